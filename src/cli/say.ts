/** What the program itself says: on the standard output what was asked for, on the standard error why it failed. */

/** Writes to the standard output, which stays open. @throws the system's error: a full disk, a reader that is gone */
export function say(text: string | Uint8Array): Promise<void> {
  return new Promise((done, fail) => {
    // A stream that cannot be written to tells its callback, and emits the error besides.
    if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', () => {});
    process.stdout.write(text, (error) => (error ? fail(error) : done()));
  });
}

/** Writes a line to the standard error. A message may have what a server says: it stays in its line. */
export function complain(message: string): void {
  note(`moonsocket: ${message.replace(/[\0-\x1f\x7f-\x9f]+/g, ' ')}\n`);
}

/** Writes text of ours to the standard error, as far as that can be written to. */
export function note(text: string): void {
  // Nothing is left to say it to if that fails; the exit status says it.
  if (process.stderr.listenerCount('error') === 0) process.stderr.on('error', () => {});
  process.stderr.write(text);
}

/** Text of a server as a terminal shows it, and does not obey it: no escapes, no other lines, no reversed writing. */
export function printable(text: string): string {
  return text.replace(/[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '?');
}
