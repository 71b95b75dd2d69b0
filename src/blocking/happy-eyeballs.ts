/** Connecting by a race of attempts, whose schedule `core/happy-eyeballs.ts` decides: by poll(2). */
import { type Address, shownEndpoint } from '../core/address.ts';
import { type Attempt, Failure, type Outcome, TIMED_OUT } from '../core/errors.ts';
import { Race } from '../core/happy-eyeballs.ts';
import { type Deadline, deadlineAt, now } from '../core/timeout.ts';
import { EINPROGRESS, EINTR, failure } from '../posix/libc/errno.ts';
import * as libc from '../posix/libc/functions.ts';
import { nameOf, packed } from '../posix/libc/sockaddr.ts';
import { pendingError, setoption } from '../posix/socket-options.ts';
import { pollUntil, WRITABLE } from '../posix/wait.ts';
import { closeFd } from '../posix/worker-fds.ts';

/** Gives a socket for an address. It is the race's from then on. */
export type Opener = (address: Address) => Outcome<number>;

interface Contender {
  readonly index: number;
  readonly fd: number;
}

/** The descriptor of the first connection that stands, or why none does: a failure that lists all attempts. */
export function race(
  addresses: readonly Address[],
  port: number,
  open: Opener,
  deadline: Deadline,
  attempts: Attempt[] = [],
): Outcome<number> {
  const schedule = new Race(
    addresses.map(({ address }) => shownEndpoint(address, port)),
    attempts,
  );
  const running = new Set<Contender>();
  // The whole race is one wait.
  const end = now() + deadline.remaining();

  try {
    for (;;) {
      for (let index = schedule.begin(now()); index !== undefined; index = schedule.begin(now())) {
        const fd = begin(addresses[index] as Address, port, open);
        if (fd instanceof Failure) schedule.lost(index, fd, now());
        else running.add({ index, fd });
      }
      if (schedule.failure !== undefined) return schedule.failure;

      const patience = Math.min(schedule.nextAt, end);
      const answered = awaitAnswers([...running], deadlineAt(patience, deadline.signal));
      if (answered instanceof Failure) {
        if (answered === TIMED_OUT && patience < end) continue;
        return schedule.end(answered, now());
      }
      for (const contender of answered) {
        running.delete(contender);
        const { index, fd } = contender;
        const why = pendingError(fd) ?? meetingItself(fd, port);
        if (why === undefined) {
          schedule.won(index, now());
          return fd;
        }
        closeFd(fd);
        schedule.lost(index, why, now());
      }
    }
  } finally {
    for (const { fd } of running) closeFd(fd);
  }
}

/** A socket whose connection is under way. */
function begin(address: Address, port: number, open: Opener): Outcome<number> {
  const fd = open(address);
  if (fd instanceof Failure) return fd;
  const name = packed(address, port);
  const refused = name instanceof Failure ? name : startConnect(fd, name.bytes, name.length);
  if (refused === undefined) return fd;
  closeFd(fd);
  return refused;
}

function startConnect(fd: number, name: Uint8Array, length: number): Failure | undefined {
  if (libc.connect(fd, name, length) === 0) return undefined;
  const number = libc.errno();
  return number === EINPROGRESS || number === EINTR ? undefined : failure(number);
}

/** Those whose connection stands or has failed, in the order in which they began. */
function awaitAnswers(contenders: readonly Contender[], deadline: Deadline): Outcome<Contender[]> {
  const fds = new Int32Array(contenders.length * 2);
  contenders.forEach(({ fd }, i) => {
    fds[i * 2] = fd;
    fds[i * 2 + 1] = WRITABLE;
  });
  const count = pollUntil(fds, contenders.length, deadline);
  return count instanceof Failure ? count : contenders.filter((_, i) => (fds[i * 2 + 1] as number) >>> 16 !== 0);
}

/**
 * When the system chooses, of all ports, the one that is connected to, TCP connects the socket with itself (RFC 9293,
 * section 3.5, simultaneous open). Nothing listens there, or the port could not have been chosen.
 */
function meetingItself(fd: number, port: number): Failure | undefined {
  const here = nameOf(libc.getsockname, fd);
  if (here instanceof Failure || here.port !== port) return undefined;
  const there = nameOf(libc.getpeername, fd);
  if (there instanceof Failure || there.port !== here.port || there.address !== here.address) return undefined;
  setoption(fd, 'linger', { on: true, timeout: 0 });
  return new Failure('ECONNREFUSED');
}
