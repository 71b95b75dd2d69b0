/**
 * Flows: conversations written once, for every face.
 *
 * A flow is a generator. It calls I/O that answers at once where it can, and yields a promise only where it must wait;
 * the runner of the flow decides what waiting means. With data at hand a flow runs from end to end without a promise.
 */

import { misuse } from './errors.ts';

/** A value, or the promise of one where it is not there yet. */
export type MaybePromise<T> = T | PromiseLike<T>;

/** A conversation that ends in a `T`. It yields nothing but promises, and only through {@link settle}. */
export type Flow<T> = Generator<PromiseLike<unknown>, T, unknown>;

/** Whether `value` has to be waited for. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

/** Inside a flow: the value, waited for only if it is a promise. */
export function* settle<T>(value: MaybePromise<T>): Flow<T> {
  return isPromise(value) ? ((yield value) as T) : value;
}

/** Runs a flow to its end, awaiting what it waits for. What the promise rejects with is thrown inside the flow. */
export function runAsync<T>(flow: Flow<T>): Promise<T> {
  // A flow that never waits costs no more than its result's promise.
  let step: IteratorResult<PromiseLike<unknown>, T>;
  try {
    step = flow.next();
  } catch (error) {
    return Promise.reject(error);
  }
  return step.done ? Promise.resolve(step.value) : finish(flow, step.value);
}

/**
 * Runs a flow to its end: at once, to the value, if it never waits, and else to a promise of it. For what may be called
 * from either face, with parts that answer at once or later.
 */
export function runMaybe<T>(flow: Flow<T>): T | Promise<T> {
  const step = flow.next();
  return step.done ? step.value : finish(flow, step.value, AWAITS_PER_TURN);
}

/** Taken once: a program may put a clock of its own, which stands still, in the place of the timers. */
const { setImmediate } = globalThis;

/** Promises that have their value already would, one after the other, keep all timers and sockets out. */
const AWAITS_PER_TURN = 256;

async function finish<T>(
  flow: Flow<T>,
  first: PromiseLike<unknown>,
  awaitsPerTurn: number = Number.POSITIVE_INFINITY,
): Promise<T> {
  let step: IteratorResult<PromiseLike<unknown>, T> = { done: false, value: first };
  for (let awaits = 1; !step.done; awaits++) {
    if (awaits % awaitsPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
    let value: unknown;
    try {
      value = await step.value;
    } catch (error) {
      step = flow.throw(error);
      continue;
    }
    step = flow.next(value);
  }
  return step.value;
}

/** Runs a flow over I/O that answers at once. A promise is a mistake of the transport: the flow throws it. */
export function runBlocking<T>(flow: Flow<T>): T {
  let step = flow.next();
  while (!step.done) {
    step.value.then(undefined, () => {}); // neither its value nor its error is waited for
    step = flow.throw(
      misuse(
        'ERR_PROMISE',
        'a transport of the blocking face gave a promise; it has to answer at once, or use the await face',
      ),
    );
  }
  return step.value;
}
