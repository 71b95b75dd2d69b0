/** The memory that reads go to: one for the thread, since no read outlives its call. */
import { addressOf } from '../posix/libc/functions.ts';

/** The most that one call takes from the kernel, in bytes. */
export const INPUT_SIZE = 65_536;
/** Less than this is copied out; more is handed on as it is, and the next call gets new memory. */
const COPIED = 16_384;

/** Where reads go to. Its content never outlives the call. */
export let input: Buffer = Buffer.allocUnsafeSlow(INPUT_SIZE);
let address: number | undefined;

/** Where that is, for C. */
export function inputAddress(): number {
  address ??= Number(addressOf(input));
  return address;
}

/** The first `length` bytes that a read has put into the input, as the caller's own. */
export function takeRead(length: number): Buffer {
  if (length < COPIED) {
    const bytes = Buffer.allocUnsafe(length);
    input.copy(bytes, 0, 0, length);
    return bytes;
  }
  const bytes = input.subarray(0, length);
  input = Buffer.allocUnsafeSlow(INPUT_SIZE);
  address = undefined;
  return bytes;
}
