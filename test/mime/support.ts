/** What the tests of filters share: chunks, how a filter is run to its end, and the filters with what suits them. */

import assert from 'node:assert/strict';
import { decode, encode, type Filter, normalize, stuff, wrap } from '../../src/entry/mime.ts';

/** Latin-1: a unit for a byte. */
export function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** Feeds the chunks, then null until the filter has ended; all output. */
export function run(filter: Filter, chunks: readonly Uint8Array[]): Buffer {
  const output: Uint8Array[] = [];
  for (const chunk of chunks) {
    const out = filter(chunk);
    assert.ok(out !== null, 'null before the end');
    output.push(out);
  }
  for (let out = filter(null); out !== null; out = filter(null)) {
    assert.ok(output.push(out) <= chunks.length + 2, 'a filter does not end');
  }
  assert.equal(filter(null), null);
  return Buffer.concat(output);
}

export function cut(data: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += size) pieces.push(data.subarray(at, at + size));
  return pieces;
}

/** Pieces of these sizes in turn, empty ones among them; the last takes what is left. */
export function cutAt(data: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const size of sizes) {
    pieces.push(data.subarray(at, at + size));
    at += size;
  }
  return [...pieces, data.subarray(at)];
}

/** A generator of the same numbers in each run: a whole number below `limit` (Marsaglia's xorshift). */
export function random(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

/** Every filter there is, under a name for messages. */
export const FILTERS: Readonly<Record<string, () => Filter>> = {
  'encode base64': () => encode('base64'),
  'encode quoted-printable': () => encode('quoted-printable'),
  'encode quoted-printable, binary': () => encode('quoted-printable', 'binary'),
  'decode base64': () => decode('base64'),
  'decode quoted-printable': () => decode('quoted-printable'),
  'wrap text': () => wrap(),
  'wrap text at 5': () => wrap(5),
  'wrap quoted-printable': () => wrap('quoted-printable'),
  normalize: () => normalize(),
  'normalize to a longer marker': () => normalize('<br>\n'),
  stuff: () => stuff(),
};

/** Bytes that mean something to one codec or another, and some that do not. */
export const ALPHABETS: Readonly<Record<string, Buffer>> = {
  'any bytes': Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
  lines: bytes('ab \t.\r\n\r\n'),
  base64: bytes('ABCabcxyz0189+/ABCabcxyz0189+/ABCabcxyz0189+/\r\n'),
  'unclean base64': bytes('AAAAB/w+=-_ \r\n!\0\xff'),
  quoted: bytes('a= \r\n=0aF=\x7f\t\xe9'),
  zeros: bytes('AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAw'),
};

export function fromAlphabet(alphabet: Buffer, length: number, next: (limit: number) => number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, () => alphabet[next(alphabet.length)] as number));
}
