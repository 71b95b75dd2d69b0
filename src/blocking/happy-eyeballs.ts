/**
 * Connecting by a race (RFC 8305, "Happy Eyeballs", section 5): each attempt begins a quarter of a second after the one
 * before it, or at once when that one fails; the first that succeeds wins, and the others are closed.
 */
import { type Address, shownEndpoint } from '../core/address.ts';
import { type Attempt, Failure, type Outcome, TIMED_OUT } from '../core/errors.ts';
import { CONNECTION_ATTEMPT_DELAY } from '../core/limits.ts';
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
  readonly fd: number;
  readonly name: string;
  readonly began: number;
}

/** The descriptor of the first connection that stands, or why none does: a failure that lists all attempts. */
export function race(
  addresses: readonly Address[],
  port: number,
  open: Opener,
  deadline: Deadline,
  attempts: Attempt[] = [],
): Outcome<number> {
  const running = new Set<Contender>();
  let failure: Failure = TIMED_OUT;
  const ended = ({ name, began }: { name: string; began: number }, code: string): void => {
    attempts.push({ address: name, milliseconds: now() - began, code });
  };
  const lost = (runner: { name: string; began: number }, why: Failure): void => {
    ended(runner, why.code);
    failure = why;
  };
  // The whole race is one wait.
  const end = now() + deadline.remaining();
  const waiting = [...addresses];
  let next = now();

  try {
    for (;;) {
      while (waiting.length > 0 && (running.size === 0 || now() >= next)) {
        const address = waiting.shift() as Address;
        const runner = { name: shownEndpoint(address.address, port), began: now() };
        const fd = begin(address, port, open);
        if (fd instanceof Failure) lost(runner, fd);
        else running.add({ ...runner, fd });
        next = now() + CONNECTION_ATTEMPT_DELAY * 1000;
      }
      if (running.size === 0) return new Failure(failure.code, failure.cause, attempts);

      const patience = waiting.length > 0 ? Math.min(next, end) : end;
      const answered = awaitAnswers([...running], deadlineAt(patience, deadline.signal));
      if (answered instanceof Failure && (answered !== TIMED_OUT || patience === end)) {
        for (const runner of running) lost(runner, answered);
        return new Failure(answered.code, answered.cause, attempts);
      }
      for (const runner of answered instanceof Failure ? [] : answered) {
        running.delete(runner);
        const why = pendingError(runner.fd) ?? meetingItself(runner.fd, port);
        if (why === undefined) {
          ended(runner, 'connected');
          for (const slower of running) ended(slower, 'called off');
          return runner.fd;
        }
        closeFd(runner.fd);
        lost(runner, why);
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

/** Those of the runners whose connection stands or has failed, in the order in which they began. */
function awaitAnswers(runners: readonly Contender[], deadline: Deadline): Outcome<Contender[]> {
  const fds = new Int32Array(runners.length * 2);
  runners.forEach(({ fd }, i) => {
    fds[i * 2] = fd;
    fds[i * 2 + 1] = WRITABLE;
  });
  const count = pollUntil(fds, runners.length, deadline);
  return count instanceof Failure ? count : runners.filter((_, i) => (fds[i * 2 + 1] as number) >>> 16 !== 0);
}

/**
 * Where the system chooses, of all ports, the one that is connected to, TCP connects the socket with itself (RFC 9293,
 * section 3.5, simultaneous open). Nobody listens there, or the port could not have been chosen.
 */
function meetingItself(fd: number, port: number): Failure | undefined {
  const here = nameOf(libc.getsockname, fd);
  if (here instanceof Failure || here.port !== port) return undefined;
  const there = nameOf(libc.getpeername, fd);
  if (there instanceof Failure || there.port !== here.port || there.address !== here.address) return undefined;
  setoption(fd, 'linger', { on: true, timeout: 0 });
  return new Failure('ECONNREFUSED');
}
