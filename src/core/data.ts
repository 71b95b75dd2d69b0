/** What a program passes to be sent, as bytes, and how many it asks for. */
import { badArgument } from './errors.ts';

/** The bytes of `data`; a string is UTF-8. */
export function dataOf(call: string, data: string | Uint8Array): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  if (data instanceof Uint8Array) return data;
  throw badArgument(
    `${call}: data is a string or bytes (Uint8Array, Buffer), not ${data === null ? 'null' : typeof data}`,
  );
}

/** The bytes of `data` that a send names, as `Uint8Array.prototype.subarray` counts them. */
export function sliced(data: string | Uint8Array, start: number | undefined, end: number | undefined): Uint8Array {
  const bytes = dataOf('send', data);
  for (const index of [start, end]) {
    if (index !== undefined && !Number.isSafeInteger(index))
      throw badArgument(`send: start and end are whole numbers, not ${index}`);
  }
  return start === undefined && end === undefined ? bytes : bytes.subarray(start, end);
}

/** Throws unless it could be how much of a datagram is kept. */
export function checkSize(call: string, size: number): void {
  if (!Number.isSafeInteger(size) || size < 0)
    throw badArgument(`${call}: size is a number of bytes, 0 or more, not ${size}`);
}
