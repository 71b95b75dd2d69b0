/** `moonsocket put`: uploads files over FTP. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Session } from '../async/ftp.ts';
import { ReplyError, SocketError } from '../core/errors.ts';
import { iterable } from '../ltn12/iterables.ts';
import type { Source } from '../ltn12/protocol.ts';
import { CommandError, isExpected, UsageError } from './errors.ts';
import { withSession } from './ftp.ts';
import { ftpTarget, PATIENCE } from './ftp-url.ts';
import { Logins } from './login.ts';
import type { Parsed } from './parse.ts';
import { ProgressBar } from './progress-bar.ts';
import { complain, note } from './say.ts';
import { urlOf } from './url.ts';

/** The name of the standard input. */
const STDIN = '-';

/** Where files go: a directory, '' for the one that the login leads to, and a name there, if the URL has one. */
export interface Remote {
  readonly directory: Buffer;
  readonly name: Buffer | undefined;
}

/** Gives the exit status. @throws UsageError, CommandError, SocketError, and the system's errors */
export async function put(options: Parsed, patience: number = PATIENCE): Promise<number> {
  const files = options.operands.slice(0, -1);
  const target = options.operands.at(-1);
  if (target === undefined || files.length === 0) throw new UsageError('put takes files, and a URL');
  const url = urlOf(target, 'ftp');
  const { path, type } = ftpTarget(url, options);
  if (type === 'a') throw new UsageError('put sends bytes as they are, and ;type=a is text');
  const remote = remoteOf(path);
  checkFiles(files, remote, options);
  return await withSession(url, options, new Logins(options), patience, async (session) => {
    if (options.has('mkdir') && remote.directory.length > 0) await session.mkdir(remote.directory, { parents: true });
    let status = 0;
    for (const file of files) {
      try {
        await upload(session, file, remote, options);
      } catch (error) {
        // The others may still go, unless the session is over.
        const isOver = error instanceof SocketError && !(error instanceof ReplyError);
        if (files.length === 1 || isOver || !isExpected(error)) throw error;
        complain(`${file}: ${error.message}`);
        status = 1;
      }
    }
    return status;
  });
}

/** `a/b/` is a directory, and `a/b` the name b in a. */
export function remoteOf(path: Buffer): Remote {
  const slash = path.lastIndexOf('/');
  const name = path.subarray(slash + 1);
  // The root is the one directory that has its slash in its name.
  return {
    directory: path.subarray(0, slash === 0 ? 1 : Math.max(0, slash)),
    name: name.length > 0 ? name : undefined,
  };
}

function checkFiles(files: readonly string[], { name }: Remote, options: Parsed): void {
  if (files.length > 1 && name !== undefined)
    throw new UsageError('several files go into a directory: end the URL with a slash');
  if (files.includes('')) throw new UsageError('a FILE has no name');
  if (!files.includes(STDIN)) return;
  if (name === undefined) throw new UsageError('the standard input has no name: end the URL with one');
  if (options.has('continue')) throw new UsageError('-C goes on with a file, and - is none');
}

async function upload(session: Session, file: string, { directory, name }: Remote, options: Parsed): Promise<void> {
  const path = joined(directory, name ?? Buffer.from(basename(file)));
  const stats = file === STDIN ? undefined : statSync(file);
  if (stats?.isDirectory()) throw new CommandError(`${file} is a directory, and put sends files`);
  const moved = new Moved(process.stderr.isTTY && !options.has('quiet') && !options.has('verbose'));
  const source: string | Source = file === STDIN ? iterable(process.stdin) : file;
  try {
    const sent = await session.put(source, path, {
      resume: options.has('continue'),
      progress: (bytes, total) => moved.advance(bytes, total),
    });
    if (options.has('continue') && sent === 0 && stats !== undefined && stats.size > 0) moved.sayComplete();
  } catch (error) {
    if (!isExpected(error) || moved.bytes === 0 || file === STDIN) throw error;
    throw withHint(error);
  } finally {
    moved.close();
  }
}

/** An error that leaves something to go on with says so; a refusal keeps its type, after which the session goes on. */
function withHint(error: Error): Error {
  error.message += '; -C goes on with it';
  return error;
}

function joined(directory: Buffer, name: Buffer): Buffer {
  const slash = directory.length === 0 || directory.at(-1) === 0x2f ? '' : '/';
  return Buffer.concat([directory, Buffer.from(slash), name]);
}

/** The progress of one upload. Its bar appears with the first bytes: before them it is not known where it begins. */
class Moved {
  bytes = 0;
  readonly #showing: boolean;
  #bar: ProgressBar | undefined;

  constructor(showing: boolean) {
    this.#showing = showing;
  }

  advance(bytes: number, total: number | undefined): void {
    this.bytes = bytes;
    if (this.#showing) this.#bar ??= ProgressBar.of({ before: bytes, total, here: () => this.bytes });
  }

  /** As `get -C` does. */
  sayComplete(): void {
    if (this.#showing) note('moonsocket: it is complete already\n');
  }

  close(): void {
    this.#bar?.close();
  }
}
