/** Copies from one client to another, and both ways between two, in one thread. */
import {
  Copy,
  type CopyOptions,
  copied,
  ForwardClock,
  type Forwarded,
  type ForwardOptions,
  goesOn,
} from '../core/copy.ts';
import { ENDED, Failure, type SocketError, TIMED_OUT } from '../core/errors.ts';
import { runBlocking } from '../core/flow.ts';
import type { Deadline } from '../core/timeout.ts';
import type { Client } from '../sockets/client.ts';
import { select } from './select.ts';

/**
 * Copies what comes from one client to another, until `from` ends, and gives how many bytes that were. The end is passed on:
 * the sending half of `to` ends, unless `end` is false. A slow `to` slows `from`; at most a piece is held between.
 * A forwarder is two of them: {@link forward}. (Go's io.Copy, Node's pipeline.)
 *
 * Nothing is lost where it ends early: what was read and not sent is what the next receive of `from`, or another copy,
 * begins with. The timeouts of each client hold: `block` for each wait, `total` for the whole copy.
 *
 * ```ts
 * import { copy, pair } from 'moonsocket/blocking';
 * const [here, from] = pair();
 * const [to, there] = pair();
 * here.send('over the wire');
 * here.shutdown('send');
 * copy(from, to); // => 13
 * String(there.receive('*a')); // => 'over the wire'
 * for (const client of [here, from, to, there]) client.close();
 * ```
 *
 * @throws what receive and send throw: `phase` says which of them it was (`receiving`, `sending`), `sent` how many bytes
 * were copied, `partial` what was read and not sent
 */
export function copy(from: Client<'blocking'>, to: Client<'blocking'>, options: CopyOptions = {}): number {
  return runBlocking(copied(from.stream, to.stream, options));
}

/** Pieces that one direction moves before the other one is looked at. */
const TURN = 16;

/** Takes what is there, for one turn. */
const AT_HAND: Deadline = {
  remaining: () => 0,
  overAfter: (pieces) => pieces >= TURN,
  signal: undefined,
  interruptible: true,
};

/** A direction, with the clients to select. */
interface Way {
  readonly from: Client<'blocking'>;
  readonly to: Client<'blocking'>;
  readonly copy: Copy;
}

/**
 * Copies between two clients in both directions, until both have ended, and gives how many bytes went each way. The end of
 * one is passed on, and the other direction goes on until it ends, too. (socat, a proxy's tunnel.)
 *
 * The shorter timeouts of the two hold: `block` for the time in which nothing moves in either direction, `total` for the
 * whole. A client that no longer takes anything may still have something to say: that is copied before the error is thrown.
 * Both clients stay open; close them whatever comes. Both have to be such as `select` takes.
 *
 * ```ts
 * import { forward, pair } from 'moonsocket/blocking';
 * const [here, a] = pair();
 * const [b, there] = pair();
 * here.send('question');
 * here.shutdown('send');
 * there.send('answer');
 * there.shutdown('send');
 * forward(a, b); // => { forth: 8, back: 6 }
 * for (const client of [here, a, b, there]) client.close();
 * ```
 *
 * @throws what {@link copy} throws
 */
export function forward(a: Client<'blocking'>, b: Client<'blocking'>, options: ForwardOptions = {}): Forwarded {
  const clock = new ForwardClock(a.stream, b.stream, options.signal);
  const forth: Way = { from: a, to: b, copy: new Copy('forward', a.stream, b.stream, clock.moved) };
  const back: Way = { from: b, to: a, copy: new Copy('forward', b.stream, a.stream, clock.moved) };
  let open = [forth, back];
  let error: SocketError | undefined;
  while (open.length > 0) {
    // Bytes at hand wait for room, and no more are read before they have it.
    const reading = open.filter(({ from }) => !from.dirty()).map(({ from }) => from);
    const writing = open.filter(({ from }) => from.dirty()).map(({ to }) => to);
    const left = clock.remaining();
    const { readable, writable } = select(reading, writing, left === Number.POSITIVE_INFINITY ? null : left / 1000);
    const idle = readable.length + writable.length === 0;
    if (idle || clock.overAfter() || options.signal?.aborted) {
      const aborted = options.signal?.aborted ? new Failure('ABORT_ERR', options.signal.reason) : undefined;
      const { copy, from } = open[0] as Way;
      throw error ?? copy.error({ phase: from.dirty() ? 'sending' : 'receiving', failure: aborted ?? TIMED_OUT });
    }
    for (const way of open) {
      const { from, to, copy } = way;
      if (!readable.includes(from) && !writable.includes(to)) continue;
      const stop = runBlocking(copy.move(AT_HAND, AT_HAND));
      if (stop.failure === TIMED_OUT) continue;
      open = open.filter((other) => other !== way);
      if (stop.failure === ENDED) to.shutdown('send');
      else error ??= copy.error(stop);
      if (!goesOn(stop)) throw error;
    }
  }
  if (error !== undefined) throw error;
  return { forth: forth.copy.count, back: back.copy.count };
}
