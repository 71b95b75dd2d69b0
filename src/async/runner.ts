/** The await face: flows run to promises. */
import { type Flow, runAsync } from '../core/flow.ts';
import type { Runner } from '../sockets/face.ts';
import { Waiter } from './waiter.ts';

export const awaitRunner: Runner<'await'> = {
  face: 'await',

  run: runAsync,

  done: (value) => Promise.resolve(value),

  fail: (error) => Promise.reject(error),

  gate: () => new Waiter(),

  iterate<T>(
    step: () => Flow<T | undefined>,
    atHand: () => T | undefined = () => undefined,
    left?: () => void,
  ): AsyncIterableIterator<T> {
    let finished = false;
    const wait = async (): Promise<IteratorResult<T, undefined>> => {
      const value = await runAsync(step());
      finished ||= value === undefined;
      return finished ? { value: undefined, done: true } : { value: value as T, done: false };
    };
    return {
      // Not an async generator: that one takes three promises for each value.
      next() {
        if (finished) return Promise.resolve({ value: undefined, done: true });
        const value = atHand();
        return value === undefined ? wait() : Promise.resolve({ value, done: false });
      },
      return() {
        finished = true;
        left?.();
        return Promise.resolve({ value: undefined, done: true });
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  },
};
