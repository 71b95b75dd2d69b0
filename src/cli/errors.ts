/** What a command says when it cannot go on; anything else that is thrown is either the network's, the system's or a bug. */

/** The command was called in a way that it does not know: its help is named. */
export class UsageError extends Error {}

/** The command was understood and cannot be done. */
export class CommandError extends Error {}

/** Whether one line says it all. Errors of the network and of the system have a code; one without is a bug of ours. */
export function isExpected(error: unknown): error is Error {
  return error instanceof CommandError || (error instanceof Error && 'code' in error);
}
