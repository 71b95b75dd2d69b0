/** What the program itself says: on the standard output what was asked for, on the standard error why it failed. */

/** Writes to the standard output. @throws the system's error: a full disk, a reader that is gone */
export function say(text: string): Promise<void> {
  return new Promise((done, fail) => {
    // A stream that cannot be written to tells its callback and emits the error, in either order.
    process.stdout.on('error', fail);
    process.stdout.write(text, (error) => (error ? fail(error) : done()));
  });
}

/** Writes a line to the standard error, and what explains it. A message may have what a server says: it stays in its line. */
export function complain(message: string, more = ''): void {
  // Nothing is left to say it to if that fails; the exit status says it.
  process.stderr.on('error', () => {});
  process.stderr.write(`moonsocket: ${message.replace(/[\0-\x1f\x7f-\x9f]+/g, ' ')}\n${more}`);
}
