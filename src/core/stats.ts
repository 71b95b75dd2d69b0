/** What a stream has carried. */
import { badArgument } from './errors.ts';

export interface Stats {
  /** Bytes that receives have delivered, delimiters included. */
  received: number;
  /** Bytes that sends have counted: the system has taken them. */
  sent: number;
  /** Seconds since the object was created. */
  age: number;
}

/** Throws unless the statistics that are named are numbers. */
export function checkStats(stats: Partial<Stats>): void {
  for (const [name, value] of Object.entries(stats)) {
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw badArgument(`setstats: ${name} is a number, not ${value}`);
  }
}
