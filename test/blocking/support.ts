/** What the tests of the blocking face share. */
import assert from 'node:assert/strict';
import { SocketError } from '../../src/blocking.ts';

/** The error of `operation`: typed, with this code, and about `target`. */
export function refused(operation: () => unknown, code: string, target = ''): SocketError {
  let error: unknown;
  try {
    operation();
  } catch (thrown) {
    error = thrown;
  }
  assert.ok(error instanceof SocketError, `not typed: ${String(error)}`);
  assert.equal(error.code, code, error.message);
  assert.ok(error.message.includes(target), error.message);
  return error;
}
