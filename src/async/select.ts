/** Waiting for the first of many to be ready. It watches instead of polling descriptors, so there is no limit to their number. */
import { Failure } from '../core/errors.ts';
import type { Readiness } from '../core/io.ts';
import { deadlineAfter } from '../core/timeout.ts';
import { listed, notSelectable, type Selectable, type Selected } from '../sockets/select.ts';
import { turn } from './fairness.ts';
import { Waiter } from './waiter.ts';

type Watched = Readiness & { watch: NonNullable<Readiness['watch']> };

/**
 * Waits until a reader has something to receive or accept, or a writer has room, and returns all that are ready, in
 * the order given; both lists are empty after `timeout` seconds. Buffered data, the end and a closed socket count as
 * ready, since a receive would not wait. (LuaSocket `socket.select`, select(2).)
 *
 * ```ts
 * const [here, there] = pair();
 * const server = await bind('127.0.0.1', 0);
 * await there.send('x');
 * const { readable, writable } = await select([here, server], [], 5);
 * readable[0] === here; // => true
 * server.close();
 * ```
 *
 * @throws SocketError ERR_INVALID_ARGUMENT for what cannot be selected
 */
export async function select<R extends Selectable, W extends Selectable>(
  readers: Iterable<R> | null | undefined,
  writers: Iterable<W> | null | undefined,
  timeout?: number | null,
): Promise<Selected<R, W>> {
  const reading = entriesOf(readers);
  const writing = entriesOf(writers);
  const deadline = deadlineAfter('select', timeout);
  const ready = (): Selected<R, W> => ({
    readable: reading.filter(({ state }) => state.readable()).map(({ item }) => item),
    writable: writing.filter(({ state }) => state.writable()).map(({ item }) => item),
  });
  const any = ({ readable, writable }: Selected<R, W>): boolean => readable.length + writable.length > 0;
  // A turn first, so that a loop over sockets that are always ready does not keep out all others.
  if (any(ready())) await turn();

  const change = new Waiter<void>();
  const stops = [...reading, ...writing].map(({ state }) => state.watch(() => change.wake(undefined)));
  try {
    for (let looks = 0; ; looks++) {
      const now = ready();
      // Something may change again and again without anything being ready.
      if (any(now) || deadline.overAfter(looks)) return now;
      if ((await change.wait(deadline)) instanceof Failure) return ready();
    }
  } finally {
    for (const stop of stops) stop();
  }
}

function entriesOf<T extends Selectable>(items: Iterable<T> | null | undefined): { item: T; state: Watched }[] {
  return [...new Set(listed(items))].map((item) => {
    const state = item?.readiness;
    if (state?.watch === undefined) throw notSelectable();
    return { item, state: state as Watched };
  });
}
