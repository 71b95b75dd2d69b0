/** What a program passes to be sent, as bytes. */
import { badArgument } from './errors.ts';

/** The bytes of `data`; a string is UTF-8. */
export function dataOf(call: string, data: string | Uint8Array): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  if (data instanceof Uint8Array) return data;
  throw badArgument(
    `${call}: data is a string or bytes (Uint8Array, Buffer), not ${data === null ? 'null' : typeof data}`,
  );
}
