/** What of a message is the machine's: the time, and texts that nobody guesses. */
import { randomBytes } from 'node:crypto';

/** Now. */
export function now(): Date {
  return new Date();
}

/** 120 bits in letters and digits, for boundaries and identifiers. */
export function randomName(): string {
  return randomBytes(15).toString('hex');
}
