/** The await face: flows run to promises. */
import { type Flow, runAsync } from '../core/flow.ts';
import type { Runner } from '../sockets/face.ts';

export const awaitRunner: Runner<'await'> = {
  run: runAsync,

  done: (value) => Promise.resolve(value),

  fail: (error) => Promise.reject(error),

  iterate<T>(step: () => Flow<T | undefined>, atHand: () => T | undefined = () => undefined): AsyncIterableIterator<T> {
    let finished = false;
    const wait = async (): Promise<IteratorResult<T, undefined>> => {
      const value = await runAsync(step());
      finished ||= value === undefined;
      return finished ? { done: true, value: undefined } : { done: false, value: value as T };
    };
    return {
      // Not an async generator: that one takes three promises for each value.
      next() {
        if (finished) return Promise.resolve({ done: true, value: undefined });
        const value = atHand();
        return value === undefined ? wait() : Promise.resolve({ done: false, value });
      },
      return() {
        finished = true;
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  },
};
