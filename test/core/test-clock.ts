/**
 * The clock and the timers of a test file. The library takes both when it is loaded, so that a program's fake ones do not
 * stop it: this file is imported before it, and puts in their places what tests can set and count.
 */

const system = performance.now.bind(performance);
let clock = system;
performance.now = () => clock();

/** How many timers have been made. */
export const made = { timers: 0 };
const { setTimeout, setImmediate } = globalThis;
Object.assign(globalThis, { setTimeout: counted(setTimeout), setImmediate: counted(setImmediate) });

function counted<T extends (...args: never[]) => unknown>(original: T): T {
  return new Proxy(original, {
    apply(target, self, args) {
      made.timers++;
      return Reflect.apply(target, self, args);
    },
  });
}

/** Puts a clock, in milliseconds, in the place of the present one; returns how to put that back. */
export function setClock(read: () => number): () => void {
  const before = clock;
  clock = read;
  return () => {
    clock = before;
  };
}

/** The present clock. */
export function readClock(): number {
  return clock();
}
