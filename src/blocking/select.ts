/** Waiting for the first of many to be ready, by one poll(2) over all of them: there is no limit to their number. */
import { Failure, failed, type Outcome, TIMED_OUT } from '../core/errors.ts';
import type { Waits } from '../core/io.ts';
import { type Deadline, deadlineAfter, deadlineAt, NO_WAIT, now } from '../core/timeout.ts';
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
  for (;;) {
    const waits: Waits[] = [];
    if (fds.length < count * 2) fds = new Int32Array(count * 2);
    // What is known to be ready has no descriptor here: poll passes over those that are negative, and looks only once.
    let known = 0;
    reading.forEach((item, i) => {
      const state = item?.readiness;
      if (state?.readFd === undefined) throw notSelectable();
      const ready = state.readable();
      if (ready) known++;
      else if (state.waits !== undefined) waits.push(state.waits());
      fds[i * 2] = ready ? READY : state.waits === undefined ? state.readFd : NONE;
      fds[i * 2 + 1] = READABLE;
    });
    writing.forEach((item, i) => {
      const state = item?.readiness;
      if (state?.writeFd === undefined) throw notSelectable();
      const ready = state.writable();
      if (ready) known++;
      const held = !ready && state.push?.() === false;
      if (held && state.waits !== undefined) waits.push(state.waits());
      fds[(reading.length + i) * 2] = ready ? READY : held ? NONE : state.writeFd;
      fds[(reading.length + i) * 2 + 1] = WRITABLE;
    });
    const bound = known > 0 ? NO_WAIT : deadline;
    const found = waits.length === 0 ? pollUntil(fds, count, bound) : pollWith(waits, count, bound);
    if (found instanceof Failure && found !== TIMED_OUT) throw failed('select', found);
    const readable = chosen(reading, 0);
    const writable = chosen(writing, reading.length);
    // Of those that have to be asked again somebody may be ready now.
    const goesOn = waits.length > 0 && readable.length + writable.length === 0 && bound.remaining() > 0;
    if (!goesOn) return { readable, writable };
  }
}

/** The same poll, for what several transports wait for besides. */
function pollWith(waits: readonly Waits[], count: number, deadline: Deadline): Outcome<number> {
  const more = waits.flatMap((wait) => wait.fds.flat());
  if (fds.length < count * 2 + more.length) {
    const before = fds;
    fds = new Int32Array(count * 2 + more.length);
    fds.set(before);
  }
  fds.set(more, count * 2);
  const until = Math.min(now() + deadline.remaining(), ...waits.map((wait) => wait.until));
  return pollUntil(fds, count + more.length / 2, deadlineAt(until, deadline.signal));
}

/** Stands for the descriptor of a socket that is ready without asking. */
const READY = -2;
/** Stands for that of a socket that one descriptor alone does not tell about. */
const NONE = -1;

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
