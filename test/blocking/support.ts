/** What the tests of the blocking face share. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { SocketError, TimeoutError, type UnixDatagram, unix } from '../../src/entry/blocking.ts';
import { newFolder } from '../peers/peer.ts';
import type { Cleanup } from '../peers/tools.ts';

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

/** Milliseconds until `operation` times out, and the processor's part of them. */
export function timesOut(operation: () => unknown): { took: number; busy: number } {
  const begin = performance.now();
  const before = process.cpuUsage();
  const error = refused(operation, 'ETIMEDOUT');
  const { user, system } = process.cpuUsage(before);
  assert.ok(error instanceof TimeoutError);
  return { took: performance.now() - begin, busy: (user + system) / 1000 };
}

/** A Unix datagram socket that waits for 10 s at most. */
export function socket(cleanup: Cleanup): UnixDatagram {
  const made = unix.dgram();
  cleanup.defer(() => made.close());
  made.settimeout(10);
  return made;
}

/** The same, with a path. */
export function bound(cleanup: Cleanup, path: string = join(newFolder(cleanup), 'socket')): UnixDatagram {
  const made = socket(cleanup);
  made.bind(path);
  return made;
}
