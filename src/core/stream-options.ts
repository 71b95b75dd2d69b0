/** Names, options and statistics of a stream: all that its calls take besides data. */

import { badArgument } from './errors.ts';
import { shown } from './shown.ts';

/** Bytes that a stream has moved, and its age. (LuaSocket `client:getstats`.) */
export interface Stats {
  /** Bytes that receives have delivered, delimiters included. */
  received: number;
  /** Bytes that sends have counted: the system has taken them. */
  sent: number;
  /** Seconds since the object was created. */
  age: number;
}

/** The peer as messages name it, asked for when there is an error. */
export type PeerName = () => string | undefined;

/** Options of a send. */
export interface SendOptions {
  /** Ends the wait; `error.sent` says how many bytes were taken. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of a send that protocols have besides. */
export interface StreamSendOptions extends SendOptions {
  /** Ends it, short of the end, where the peer says something before it has taken everything; see `Io.send`. */
  readonly untilHeard?: boolean | undefined;
  /** Whether the memory keeps its bytes until the stream is closed, also when the send ends early; see `Io.send`. */
  readonly steady?: boolean | undefined;
}

/** Throws unless all of these are numbers. */
export function checkStats(stats: Partial<Stats>): void {
  for (const [name, value] of Object.entries(stats)) {
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw badArgument(`setstats: ${name} is a number, not ${shown(value)}`);
  }
}
