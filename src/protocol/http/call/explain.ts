/**
 * Errors of calls, in words that a reader of a log can use: which request it was, what its server had said, and from
 * which line of the program it came.
 */
import { SocketError } from '../../../core/errors.ts';
import type { Hop } from './hop.ts';

/** The longest part of a URL, or of a status line, that a message quotes. */
const QUOTED = 200;

/** The message of an error that names its request already. */
const NAMED = /^[!-~]+ https?:\/\//;

/**
 * The error with its request, and the status of the reply if that has come, before its message. Errors that are not ours
 * stay as they are.
 */
export function named(error: unknown, { target, message: { method } }: Hop, status?: string): unknown {
  if (!(error instanceof SocketError) || NAMED.test(error.message)) return error;
  const reply = status === undefined ? '' : ` (${printable(status.replace(/^HTTP\/\S+ /, ''))})`;
  const { message, stack } = error;
  error.message = `${method} ${printable(shownURL(target.url))}${reply}: ${message}`;
  // The stack has the message that was there when it was made.
  if (stack !== undefined) error.stack = stack.replace(message, () => error.message);
  return error;
}

/**
 * The error, whose stack goes on with the lines from the caller's up: a call is deeper in flows than the ten lines that
 * V8 keeps of a stack.
 */
export function withCaller(error: unknown): unknown {
  if (!isOurs(error) || error.stack === undefined) return error;
  const known = new Set(error.stack.split('\n'));
  const above = (new Error('here').stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  const missing = above.slice(1).filter((line) => !known.has(line));
  if (missing.length > 0) error.stack = [error.stack, ...missing].join('\n');
  return error;
}

/** An error of ours, or what `fetch` makes of it. */
function isOurs(error: unknown): error is Error {
  return error instanceof SocketError || (error instanceof TypeError && error.cause instanceof SocketError);
}

/** A query often holds a key: it is not shown. */
export function shownURL(url: string): string {
  return url.replace(/\?.*/s, '?…');
}

/** A part of what a server or a caller has written, in characters that a terminal shows and does not obey. */
function printable(text: string): string {
  const cut = text.length > QUOTED ? `${text.slice(0, QUOTED)}…` : text;
  return cut.replace(/[^\x20-\x7e\xa0-\xff…]/g, '?');
}
