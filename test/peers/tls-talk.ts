/** What is said over TLS with foreign programs, whoever is the server: pieces and their echo, an end of one half, and a sum. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Client, Pattern } from '../../src/entry/index.ts';
import { everyByte, PATIENCE } from './peer.ts';

/** 1 MiB, in pieces around the sizes of records. */
export const SIZES: readonly number[] = piecesOf(1_048_576, [1, 7, 100, 16_383, 16_384, 16_385, 65_536, 100_000]);
export const DATA: Buffer = everyByte(1_048_576);
export const SUM: string = sumOf(DATA);

export const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;
export type Version = (typeof VERSIONS)[number];

/** A client of either face, to be awaited. */
export interface Talker extends Pick<Client, 'settimeout' | 'shutdown'> {
  receive(pattern?: Pattern): string | Buffer | Promise<string | Buffer>;
  send(data: Uint8Array): number | Promise<number>;
}

/** What a peer does when a client has ended its half: whether it says the sum of what it got, and then goodbye (close_notify). */
export interface PeerEnd {
  readonly sum: boolean;
  readonly goodbye: boolean;
}

export const WHOLE: PeerEnd = { sum: true, goodbye: true };

/** Sends all pieces, each when the one before has come back; then ends its half, and receives until the peer's end. */
export async function talk(client: Talker, { sum, goodbye }: PeerEnd): Promise<void> {
  client.settimeout(PATIENCE);
  let at = 0;
  for (const size of SIZES) {
    const piece = DATA.subarray(at, at + size);
    at += size;
    assert.equal(await client.send(piece), size);
    assert.ok(piece.equals((await client.receive(size)) as Buffer), `what came back of the ${size} bytes before ${at}`);
  }
  client.shutdown('send');
  if (sum) assert.equal(await client.receive(), SUM);
  const code = goodbye ? 'ERR_CLOSED' : 'ERR_TLS_TRUNCATED';
  await assert.rejects(async () => await client.receive(), { code });
}

export function sumOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function piecesOf(length: number, sizes: readonly number[]): number[] {
  const pieces = [...sizes];
  let rest = length - sizes.reduce((sum, size) => sum + size, 0);
  for (; rest > 0; rest -= 65_536) pieces.push(Math.min(rest, 65_536));
  return pieces;
}
