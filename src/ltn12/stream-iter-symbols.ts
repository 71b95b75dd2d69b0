/**
 * The symbols by which objects and node:stream/iter (Node 24 and 26, experimental) know each other. They are registered ones,
 * so that nobody has to import the module.
 */

/** Asks for a loop that does not wait. */
export const TO_STREAMABLE: unique symbol = Symbol.for('Stream.toStreamable') as never;

/** Asks for a loop that may wait. */
export const TO_ASYNC_STREAMABLE: unique symbol = Symbol.for('Stream.toAsyncStreamable') as never;
