/**
 * The timers, taken once: a program that puts others in their place later, as tests with a fake clock do, stops its own
 * timeouts and not the turns of the event loop that sockets need. (`core/timeout.ts` takes the clock in the same way.)
 */
export const setTimeout: typeof globalThis.setTimeout = globalThis.setTimeout;
export const clearTimeout: typeof globalThis.clearTimeout = globalThis.clearTimeout;
export const setImmediate: typeof globalThis.setImmediate = globalThis.setImmediate;
export const clearImmediate: typeof globalThis.clearImmediate = globalThis.clearImmediate;
