/** The blocking face: flows run to values. */
import { type Flow, runBlocking } from '../core/flow.ts';
import type { Runner } from '../sockets/face.ts';

export const blockingRunner: Runner<'blocking'> = {
  face: 'blocking',

  run: runBlocking,

  done: (value) => value,

  fail(error) {
    throw error;
  },

  iterate<T>(
    step: () => Flow<T | undefined>,
    atHand: () => T | undefined = () => undefined,
    left?: () => void,
  ): IterableIterator<T> {
    let finished = false;
    return {
      next() {
        const value = finished ? undefined : (atHand() ?? runBlocking(step()));
        finished ||= value === undefined;
        return finished ? { value: undefined, done: true } : { value: value as T, done: false };
      },
      return() {
        finished = true;
        left?.();
        return { value: undefined, done: true };
      },
      [Symbol.iterator]() {
        return this;
      },
    };
  },
};
