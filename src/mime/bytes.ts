/** What all codecs share: what they take and return, and the bytes that mean something. */
import { badArgument } from '../core/errors.ts';

/** Bytes; a string stands for its UTF-8. */
export type Bytes = string | Uint8Array;

/** What a codec with a rest returns: what it has made, and the bytes to be passed in front of the next chunk. */
export type Coded = [output: Buffer | null, rest: Buffer | null];

/** What a codec with a counter returns: what it has made, and the counter for the next chunk. */
export type Counted = [output: Buffer | null, next: number];

export const NOTHING: Buffer = Buffer.alloc(0);

export const TAB = 9;
export const LF = 10;
export const CR = 13;
export const SPACE = 32;
export const DOT = 46;
export const EQUALS = 61;

/** A counter or a length. */
export function wholeOf(call: string, what: string, value: number): number {
  if (Number.isSafeInteger(value)) return value;
  throw badArgument(`${call}: ${what} is a whole number, not ${String(value)}`);
}

/** The rest of earlier chunks and this one. */
export function joined(rest: Buffer, chunk: Buffer): Buffer {
  return rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
}

/** At the end LuaSocket has nil where there is no output. */
export function nullIfEmpty(output: Buffer): Buffer | null {
  return output.length === 0 ? null : output;
}
