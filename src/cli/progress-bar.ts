/** Shows a progress on a terminal, in one line that is written over and over. */
import type { WriteStream } from 'node:tty';
import { type Progress, progressLine } from './progress.ts';

const UPDATE_MS = 100;
/** Of a terminal that does not say how wide it is. */
const WIDTH = 80;

/** What is moved: how much of it was there before, how much there is in all, and how much by now. */
export interface Counted extends Pick<Progress, 'before' | 'total'> {
  readonly here: () => number;
}

/** Draws what `progress` says ten times a second, until the bar is closed; Ctrl-C leaves the line as it is. */
export class ProgressBar {
  readonly #terminal: WriteStream;
  readonly #progress: () => Progress;
  readonly #timer: NodeJS.Timeout;

  /** A bar on the standard error, of bytes that are counted elsewhere. */
  static of({ before, total, here }: Counted): ProgressBar {
    const start = performance.now();
    const progress = () => ({ here: here(), before, total, seconds: (performance.now() - start) / 1000 });
    return new ProgressBar(process.stderr, progress);
  }

  constructor(terminal: WriteStream, progress: () => Progress) {
    this.#terminal = terminal;
    this.#progress = progress;
    this.#timer = setInterval(() => this.#draw(), UPDATE_MS);
    process.once('SIGINT', this.#interrupted);
    this.#draw();
  }

  /** Draws it for the last time; what is written next begins a line. */
  close(): void {
    clearInterval(this.#timer);
    process.off('SIGINT', this.#interrupted);
    this.#draw();
    this.#terminal.write('\n');
  }

  #draw(): void {
    // The last column stays free: some terminals begin a new line as soon as it is written to.
    const width = (this.#terminal.columns || WIDTH) - 1;
    this.#terminal.write(`\r${progressLine(this.#progress(), width).padEnd(width)}`);
  }

  /** The shell's prompt belongs on a new line. With the listener gone, the signal does what it does by default. */
  readonly #interrupted = (): void => {
    this.close();
    process.kill(process.pid, 'SIGINT');
  };
}
