/** `moonsocket get`: a download over HTTP that shows how far it is, and goes on where it was interrupted. */

import { request } from '../async/http.ts';
import { ProtocolError } from '../core/errors.ts';
import type { Chunk, Sink } from '../ltn12/protocol.ts';
import { discard } from '../ltn12/sinks.ts';
import { proxiesOf } from '../protocol/connect/proxy-env.ts';
import type { ReplyHead } from '../protocol/http/wire/head.ts';
import { getArguments } from './arguments.ts';
import { usageOf } from './commands.ts';
import { type Destination, fileDestination, standardOutput } from './destination.ts';
import { CommandError, isExpected } from './errors.ts';
import { fileNameOf } from './file-name.ts';
import { ProgressBar } from './progress-bar.ts';
import { ANEW, answerOf, type ResumeDecision, unlessModified } from './resume.ts';
import { say } from './say.ts';

/** A download takes as long as it takes, but a server that says nothing for this many seconds is gone. */
const PATIENCE = 60;

/** @throws UsageError, CommandError, SocketError, and the system's errors */
export async function get(args: readonly string[], patience: number = PATIENCE): Promise<void> {
  const asked = getArguments(args);
  if (asked === 'help') return say(usageOf('get'));
  const { url, output, resume } = asked;
  const destination =
    output === '-'
      ? standardOutput()
      : fileDestination(output ?? fileNameOf(url), { resume, overwrite: output !== undefined });
  // The text of the download and its bar would overwrite each other.
  const showing = process.stderr.isTTY && !(output === '-' && process.stdout.isTTY);
  const download = new Download(destination, showing);
  try {
    await request({
      url,
      headers: unlessModified(destination.size, destination.modified),
      range: destination.size === 0 ? undefined : { first: destination.size },
      proxy: proxiesOf(process.env),
      timeouts: { connect: patience, headers: patience, idle: patience, total: null },
      final: (head) => download.begin(head),
      sink: (chunk, error) => download.take(chunk, error),
    });
  } catch (error) {
    download.stop();
    throw download.explained(error);
  }
  download.stop();
  download.end();
}

/** One download, from the head of its reply to its last byte. */
class Download {
  readonly #destination: Destination;
  readonly #showing: boolean;
  #answer: ResumeDecision | undefined;
  #sink: Sink = discard();
  #here = 0;
  #bar: ProgressBar | undefined;

  constructor(destination: Destination, showing: boolean) {
    this.#destination = destination;
    this.#showing = showing;
  }

  begin(head: ReplyHead): void {
    const answer = answerOf(head, this.#destination.size);
    // Nothing is opened before it is known what for: an error leaves all as it was.
    if (answer.is !== 'complete') {
      this.#sink = this.#destination.open(answer.is === 'rest');
      const before = answer.is === 'rest' ? this.#destination.size : 0;
      const { total } = answer;
      this.#here = before;
      const start = performance.now();
      const progress = () => ({ here: this.#here, before, total, seconds: (performance.now() - start) / 1000 });
      if (this.#showing) this.#bar = new ProgressBar(process.stderr, progress);
    }
    this.#answer = answer;
  }

  take(chunk: Chunk, error: unknown): ReturnType<Sink> {
    this.#here += chunk?.length ?? 0;
    return this.#sink(chunk, error);
  }

  stop(): void {
    this.#bar?.close();
  }

  /** The body has come to its end, which need not be the file's. */
  end(): void {
    const answer = this.#answer;
    if (answer?.is === 'rest' && (this.#here !== answer.end || answer.end < (answer.total ?? 0))) {
      throw this.explained(new CommandError('the server sent only a part of what is missing'));
    }
    this.#destination.complete();
    if (answer?.is === 'complete' && this.#showing) process.stderr.write('moonsocket: it is complete already\n');
  }

  /** An error that leaves something to go on with says so. */
  explained(error: unknown): unknown {
    if (error instanceof ProtocolError && error.code === 'ERR_HTTP_RANGE')
      return new CommandError(`${error.message}; ${ANEW}`, { cause: error });
    const { partial } = this.#destination;
    const kept = this.#answer !== undefined && this.#answer.is !== 'complete' && partial !== undefined;
    if (!kept || !isExpected(error)) return error;
    return new CommandError(`${error.message}; -C resumes ${partial}`, { cause: error });
  }
}
