/**
 * From a caller's values to bytes: the one place that says what is taken for bytes.
 *
 * An object's own `length`, `byteOffset` or `buffer` may hide the real ones, and C would read foreign memory by them. So
 * only the engine's own getters are asked, and bytes go on as a view that is not shared. These getters know the typed
 * arrays of every realm (node:vm, jsdom), which `instanceof` does not.
 */
import { badArgument } from './errors.ts';
import { shown } from './shown.ts';

const { tagOf, bufferOf, offsetOf, sizeOf } = gettersOf(Object.getPrototypeOf(Uint8Array.prototype) as object);
const ofDataView = gettersOf(DataView.prototype);

/** Whether it is a Uint8Array, such as a Buffer, of whatever realm. */
export function isBytes(value: unknown): value is Uint8Array {
  return tagOf.call(value) === 'Uint8Array';
}

/** How many bytes there really are. */
export function lengthOf(bytes: Uint8Array): number {
  return sizeOf.call(bytes);
}

/** The same memory, as a Buffer of this realm that only we have. */
export function viewOf(bytes: ArrayBufferView): Buffer {
  if (tagOf.call(bytes) !== undefined)
    return Buffer.from(bufferOf.call(bytes), offsetOf.call(bytes), sizeOf.call(bytes));
  return Buffer.from(ofDataView.bufferOf.call(bytes), ofDataView.offsetOf.call(bytes), ofDataView.sizeOf.call(bytes));
}

/** The bytes of `data`, as a view where they are bytes already; a string is UTF-8. */
export function dataOf(call: string, data: string | Uint8Array): Buffer {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  try {
    if (isBytes(data)) return viewOf(data);
  } catch {
    throw badArgument(`${call}: the memory of the data is gone, its ArrayBuffer is detached`);
  }
  throw badArgument(`${call}: data is a string or bytes (Uint8Array, Buffer), not ${shown(data)}`);
}

/** The same, copied, for what is sent after the call has given its caller a turn. */
export function copyOf(call: string, data: string | Uint8Array): Buffer {
  const bytes = dataOf(call, data);
  return typeof data === 'string' ? bytes : Buffer.from(bytes);
}

/** The bytes of `data` that a send names, as `Uint8Array.prototype.subarray` counts them. */
export function sliced(data: string | Uint8Array, start: number | undefined, end: number | undefined): Uint8Array {
  const bytes = dataOf('send', data);
  for (const index of [start, end]) {
    if (index !== undefined && !Number.isSafeInteger(index))
      throw badArgument(`send: start and end are whole numbers, not ${shown(index)}`);
  }
  return start === undefined && end === undefined ? bytes : bytes.subarray(start, end);
}

/** Throws unless it could be how much of a datagram is kept. */
export function checkSize(call: string, size: number): void {
  if (!Number.isSafeInteger(size) || size < 0)
    throw badArgument(`${call}: size is a number of bytes, 0 or more, not ${shown(size)}`);
}

/** The getters that a prototype has for its objects' inner slots. */
function gettersOf(prototype: object) {
  return {
    tagOf: getter<string | undefined>(prototype, Symbol.toStringTag),
    bufferOf: getter<ArrayBuffer>(prototype, 'buffer'),
    offsetOf: getter<number>(prototype, 'byteOffset'),
    sizeOf: getter<number>(prototype, 'byteLength'),
  };
}

function getter<T>(prototype: object, name: PropertyKey): { call(of: unknown): T } {
  return Object.getOwnPropertyDescriptor(prototype, name)?.get as { call(of: unknown): T };
}

/** The first bytes in a message, quoted, whatever they are. */
export function shownBytes(bytes: Uint8Array): string {
  const text = JSON.stringify(Buffer.from(bytes.subarray(0, 40)).toString('latin1'));
  return bytes.length > 40 ? `${text}…` : text;
}
