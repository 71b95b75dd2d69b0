/** One download, whatever the protocol: from the first byte to the last, with its progress, into its destination. */
import { ProtocolError } from '../core/errors.ts';
import type { Chunk, Sink } from '../ltn12/protocol.ts';
import { discard } from '../ltn12/sinks.ts';
import type { Destination } from './destination.ts';
import { CommandError, isExpected } from './errors.ts';
import { ProgressBar } from './progress-bar.ts';
import { ANEW, type ResumeDecision } from './resume.ts';

export class Download {
  readonly destination: Destination;
  readonly #showing: boolean;
  #answer: ResumeDecision | undefined;
  #sink: Sink = discard();
  #here = 0;
  #bar: ProgressBar | undefined;

  constructor(destination: Destination, showing: boolean) {
    this.destination = destination;
    this.#showing = showing;
  }

  /** Nothing is opened before it is known what for: an error leaves all as it was. */
  begin(answer: ResumeDecision): void {
    if (answer.is !== 'complete') {
      this.#sink = this.destination.open(answer.is === 'rest');
      const before = answer.is === 'rest' ? this.destination.size : 0;
      const { total } = answer;
      this.#here = before;
      if (this.#showing) this.#bar = ProgressBar.of({ before, total, here: () => this.#here });
    }
    this.#answer = answer;
  }

  get begun(): boolean {
    return this.#answer !== undefined;
  }

  take(chunk: Chunk, error: unknown): ReturnType<Sink> {
    this.#here += chunk?.length ?? 0;
    return this.#sink(chunk, error);
  }

  /** Runs what transfers it. @throws what that throws, with what is left to go on with */
  async during(transfer: () => Promise<unknown>): Promise<void> {
    try {
      await transfer();
    } catch (error) {
      this.#bar?.close();
      throw this.#explained(error);
    }
    this.#bar?.close();
    this.#end();
  }

  /** The body has come to its end, which need not be the file's. */
  #end(): void {
    const answer = this.#answer;
    if (answer?.is === 'rest' && (this.#here !== answer.end || answer.end < (answer.total ?? 0))) {
      throw this.#explained(new CommandError('the server sent only a part of what is missing'));
    }
    this.destination.complete();
    if (answer?.is === 'complete' && this.#showing) process.stderr.write('moonsocket: it is complete already\n');
  }

  /** An error that leaves something to go on with says so. */
  #explained(error: unknown): unknown {
    if (error instanceof ProtocolError && error.code === 'ERR_HTTP_RANGE')
      return new CommandError(`${error.message}; ${ANEW}`, { cause: error });
    const { partial } = this.destination;
    const kept = this.#answer !== undefined && this.#answer.is !== 'complete' && partial !== undefined;
    if (!kept || !isExpected(error)) return error;
    return new CommandError(`${error.message}; -C resumes ${partial}`, { cause: error });
  }
}
