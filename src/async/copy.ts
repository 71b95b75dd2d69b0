/** Copies from one client to another, and both ways between two. */
import { atAbort } from '../core/aborts.ts';
import {
  Copy,
  type CopyOptions,
  copied,
  ForwardClock,
  type Forwarded,
  type ForwardOptions,
  goesOn,
  type Stop,
} from '../core/copy.ts';
import { ENDED, TIMED_OUT } from '../core/errors.ts';
import { runAsync } from '../core/flow.ts';
import type { Client } from '../sockets/client.ts';

/**
 * Copies what comes from one client to another, until `from` ends, and gives how many bytes that were. The end is passed on:
 * the sending half of `to` ends, unless `end` is false. A slow `to` slows `from`; at most a piece is held between.
 * A forwarder is two of them: {@link forward}. (Go's io.Copy, Node's pipeline.)
 *
 * Nothing is lost where it ends early: what was read and not sent is what the next receive of `from`, or another copy,
 * begins with. The timeouts of each client hold: `block` for each wait, `total` for the whole copy.
 *
 * ```ts
 * import { copy, pair } from 'moonsocket';
 * const [here, from] = pair();
 * const [to, there] = pair();
 * await here.send('over the wire');
 * here.shutdown('send');
 * await copy(from, to); // => 13
 * String(await there.receive('*a')); // => 'over the wire'
 * for (const client of [here, from, to, there]) client.close();
 * ```
 *
 * @throws what receive and send throw: `phase` says which of them it was (`receiving`, `sending`), `sent` how many bytes
 * were copied, `partial` what was read and not sent
 */
export async function copy(from: Client<'await'>, to: Client<'await'>, options: CopyOptions = {}): Promise<number> {
  return await runAsync(copied(from.stream, to.stream, options));
}

/**
 * Copies between two clients in both directions, until both have ended, and gives how many bytes went each way. The end of
 * one is passed on, and the other direction goes on until it ends, too. (socat, a proxy's tunnel.)
 *
 * The shorter timeouts of the two hold: `block` for the time in which nothing moves in either direction, `total` for the
 * whole. A client that no longer takes anything may still have something to say: that is copied before the error is thrown.
 * Both clients stay open; close them whatever comes.
 *
 * ```ts
 * import { forward, pair } from 'moonsocket';
 * const [here, a] = pair();
 * const [b, there] = pair();
 * await here.send('question');
 * here.shutdown('send');
 * await there.send('answer');
 * there.shutdown('send');
 * await forward(a, b); // => { forth: 8, back: 6 }
 * for (const client of [here, a, b, there]) client.close();
 * ```
 *
 * @throws what {@link copy} throws
 */
export async function forward(
  a: Client<'await'>,
  b: Client<'await'>,
  options: ForwardOptions = {},
): Promise<Forwarded> {
  const stopping = new AbortController();
  const { signal } = options;
  if (signal?.aborted) stopping.abort(signal.reason);
  const unheard = signal && atAbort(signal, () => stopping.abort(signal.reason));
  const clock = new ForwardClock(a.stream, b.stream, stopping.signal);
  const forth = new Copy('forward', a.stream, b.stream, clock.moved);
  const back = new Copy('forward', b.stream, a.stream, clock.moved);
  let failed: { readonly error: unknown } | undefined;

  const way = async (copy: Copy): Promise<void> => {
    try {
      let stop: Stop;
      // A timeout that has met a wait of this direction may not be one of both.
      do stop = await runAsync(copy.move(clock, clock));
      while (stop.failure === TIMED_OUT && clock.remaining() > 0);
      if (stop.failure === ENDED) return copy.to.shutdown('send');
      failed ??= { error: copy.error(stop) };
      if (!goesOn(stop)) stopping.abort();
    } catch (error) {
      failed ??= { error };
      stopping.abort();
    }
  };

  await Promise.all([way(forth), way(back)]);
  unheard?.();
  if (failed !== undefined) throw failed.error;
  return { forth: forth.count, back: back.count };
}
