/** Waiting for the first of many to be ready, by one poll(2) over all of them: there is no limit to their number. */
import { Failure, failed, TIMED_OUT } from '../core/errors.ts';
import { deadlineAfter, NO_WAIT } from '../core/timeout.ts';
import { INVALID, pollUntil, READABLE, WRITABLE } from '../posix/wait.ts';
import { listed, notSelectable, type Selectable, type Selected } from '../sockets/select.ts';

/** The pollfds of a call: for each a descriptor, and the events wanted (low half) and come (high half). */
let fds: Int32Array = new Int32Array(128);

/**
 * Waits until a reader has something to receive or accept, or a writer has room, and returns all that are ready, in
 * the order given; both lists are empty after `timeout` seconds. Buffered data, the end and a closed socket count as
 * ready, since a receive would not wait. (LuaSocket `socket.select`, poll(2).)
 *
 * ```ts
 * import { bind, pair, select } from 'moonsocket/blocking';
 * const [here, there] = pair();
 * const server = bind('127.0.0.1', 0);
 * there.send('x');
 * const { readable } = select([here, server], [], 5);
 * readable[0] === here; // => true
 * for (const socket of [here, there, server]) socket.close();
 * ```
 *
 * @throws SocketError ERR_INVALID_ARGUMENT for what cannot be selected, EBADF for a descriptor that is not open
 */
export function select<R extends Selectable, W extends Selectable>(
  readers: Iterable<R> | null | undefined,
  writers: Iterable<W> | null | undefined,
  timeout?: number | null,
): Selected<R, W> {
  const deadline = deadlineAfter('select', timeout);
  const reading = [...listed(readers)];
  const writing = [...listed(writers)];
  const count = reading.length + writing.length;
  if (fds.length < count * 2) fds = new Int32Array(count * 2);
  // A socket that is known to be ready has no descriptor here: poll passes over negative ones, and looks only once.
  let known = 0;
  reading.forEach((item, i) => {
    const state = item?.readiness;
    if (state?.readFd === undefined) throw notSelectable();
    const ready = state.readable();
    if (ready) known++;
    fds[i * 2] = ready ? READY : state.readFd;
    fds[i * 2 + 1] = READABLE;
  });
  writing.forEach((item, i) => {
    const state = item?.readiness;
    if (state?.writeFd === undefined) throw notSelectable();
    const ready = state.writable();
    if (ready) known++;
    fds[(reading.length + i) * 2] = ready ? READY : state.writeFd;
    fds[(reading.length + i) * 2 + 1] = WRITABLE;
  });
  const found = pollUntil(fds, count, known > 0 ? NO_WAIT : deadline);
  if (found instanceof Failure && found !== TIMED_OUT) throw failed('select', found);
  return { readable: chosen(reading, 0), writable: chosen(writing, reading.length) };
}

/** Stands for the descriptor of a socket that is ready without asking. */
const READY = -2;

/** Those of the items that are ready, once each; their pollfds begin at `first`. */
function chosen<T>(items: readonly T[], first: number): T[] {
  const ready = items.filter((_, i) => {
    const at = (first + i) * 2;
    const events = (fds[at + 1] as number) >>> 16;
    if ((events & INVALID) !== 0) throw failed('select', new Failure('EBADF'), { target: String(fds[at]) });
    return events !== 0 || fds[at] === READY;
  });
  return ready.length > 1 ? [...new Set(ready)] : ready;
}
