/**
 * The waist: what a transport of your own implements, and what runs conversations over it. `stream(io)` of either face
 * lifts it to a client with receive patterns, timeouts, statistics and every protocol.
 *
 * ```ts
 * import { stream } from 'moonsocket';
 * import { ENDED } from 'moonsocket/io';
 *
 * // What is sent comes back.
 * const sent = [];
 * const echo = stream({
 *   recv: () => sent.shift() ?? ENDED,
 *   send(bytes) {
 *     sent.push(Buffer.from(bytes));
 *     return bytes.length;
 *   },
 *   shutdown() {},
 *   close() {},
 *   getfd: () => -1,
 * });
 * await echo.send('one\ntwo\n');
 * await echo.receive(); // => 'one'
 * await echo.receive(3); // => Buffer.from('two')
 * ```
 *
 * A transport answers at once where it can; in the blocking face always, in the await face by a promise where it has to
 * wait, no longer than the deadline's `remaining()`. It returns failures and throws none: `TIMED_OUT`, `ENDED` at the end of
 * the stream, `CLOSED_HERE` for calls that `close` ends, `new Failure('ECONNRESET')` for the system's errors.
 *
 * A conversation for both faces is a flow: a generator that waits by `settle`.
 *
 * ```ts
 * import * as blocking from 'moonsocket/blocking';
 * import * as moonsocket from 'moonsocket';
 * import { runAsync, runBlocking, settle } from 'moonsocket/io';
 *
 * function* ask(client, question) {
 *   yield* settle(client.send(`${question}\n`));
 *   return yield* settle(client.receive());
 * }
 *
 * const [here, there] = moonsocket.pair();
 * await there.send('42\n');
 * await runAsync(ask(here, 'six by seven?')); // => '42'
 *
 * const [left, right] = blocking.pair();
 * right.send('42\n');
 * runBlocking(ask(left, 'six by seven?')); // => '42'
 * ```
 *
 * @module moonsocket/io
 */
/// <reference types="node" preserve="true" />

export {
  CLOSED_HERE,
  ENDED,
  Failure,
  type FailureWords,
  type Outcome,
  type TakenLate,
  TIMED_OUT,
} from '../core/errors.ts';
export { type Flow, type MaybePromise, runAsync, runBlocking, settle } from '../core/flow.ts';
export type { Io, Readiness, ShutdownHow, Waits } from '../core/io.ts';
export type { Deadline } from '../core/timeout.ts';
