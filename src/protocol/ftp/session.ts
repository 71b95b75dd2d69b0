/** A session with an FTP server, as programs see it. Its calls are done one after the other, in their order. */
import { misuse, ReplyError } from '../../core/errors.ts';
import type { Flow } from '../../core/flow.ts';
import type { Sink, Source } from '../../ltn12/protocol.ts';
import type { Face, Iteration, Result, Runner } from '../../sockets/face.ts';
import type { ProtocolEngine } from '../connect/engine.ts';
import { type CommandLine, commandLine } from '../tp/line.ts';
import type { Reply } from '../tp/reply.ts';
import type { Argument } from './argument.ts';
import type { FtpConnection } from './connection.ts';
import { fetched, fetchInto, type GetOptions, type PutOptions, stored } from './copies.ts';
import { decoded, type FtpEntry } from './entry.ts';
import {
  changeMode,
  entryAt,
  type ListOptions,
  list,
  makeDirectory,
  mtime,
  names,
  remove,
  rename,
  setMtime,
  size,
  workingDirectory,
} from './files.ts';
import type { LocalFiles } from './local-files.ts';
import { openSession } from './login.ts';
import type { FtpOptions } from './options.ts';

/** What a face gives to its sessions. */
export interface FtpFace<F extends Face> {
  readonly runner: Runner<F>;
  readonly engine: ProtocolEngine<F>;
  readonly files: LocalFiles;
  /** By which chain of calls a call is made. Absent where calls cannot be made within others. */
  readonly calls?: CallChain | undefined;
  /** Sessions of a mirror that names no number, and the most that it may name. */
  readonly sessions: { readonly usual: number; readonly most: number };
}

/** Which sessions wait for the program, where it makes a call: such a call would wait for itself. */
export interface CallChain {
  /** Whether a call of this session, which has not ended, has led to the present one. */
  within(session: object): boolean;
  /** Begins a call of it. */
  run<T>(session: object, begin: () => T): T;
}

/**
 * A session. Paths are text, in the encoding of the session, or bytes such as an entry's `rawName`.
 *
 * Every call throws ReplyError `ERR_FTP_REPLY` for a reply that says no, after which the session goes on; and ends the
 * session by anything else that goes wrong on the control connection: ClosedError, TimeoutError, ProtocolError.
 */
export class FtpSession<F extends Face> {
  readonly #face: FtpFace<F>;
  readonly #session: FtpConnection<F>;

  constructor(face: FtpFace<F>, session: FtpConnection<F>) {
    this.#face = face;
    this.#session = session;
  }

  /** The entries of a directory, of the current one without a path: by MLSD where the server has it, else by LIST. */
  list(path?: Argument, options: ListOptions = {}): Result<F, FtpEntry[]> {
    return this.#run(() => list(this.#session, path, options));
  }

  /**
   * The same, one after the other. The list is read to its end before the first one; other calls of the session are refused
   * (`ERR_BUSY`) until the loop has ended. Use {@link list} to make calls for each.
   */
  entries(path?: Argument, options: ListOptions = {}): Iteration<F, FtpEntry> {
    const { runner } = this.#face;
    const session = this.#session;
    const turn = <T>(flow: () => Flow<T>): Flow<T> => this.#turn(flow);
    let rest: FtpEntry[] | undefined;
    let end: (() => void) | undefined;
    function* next(): Flow<FtpEntry | undefined> {
      rest ??= yield* turn(function* () {
        const all = yield* list(session, path, options);
        end = session.loop();
        return all.reverse();
      });
      const entry = rest.pop();
      if (entry === undefined) end?.();
      return entry;
    }
    return runner.iterate(next, undefined, () => end?.());
  }

  /** The names in a directory alone, as the server writes them: with their path or without. (NLST.) */
  nlst(path?: Argument, options: ListOptions = {}): Result<F, string[]> {
    const { encoding = 'utf8' } = this.#session.options;
    const session = this.#session;
    return this.#run(function* () {
      const all = yield* names(session, path, options);
      return all.map((name) => decoded(name.toString('latin1'), encoding));
    });
  }

  /** The entry of a file or directory. @throws ReplyError where there is none */
  stat(path: Argument): Result<F, FtpEntry> {
    const session = this.#session;
    return this.#run(function* () {
      const entry = yield* entryAt(session, path);
      if (entry !== undefined) return entry;
      const text = `${session.dialogue.options.name}: no such file or directory (ERR_FTP_REPLY)`;
      throw new ReplyError('ERR_FTP_REPLY', text, { reply: { code: 550, text: 'no such file or directory' } });
    });
  }

  /** Whether there is such a file or directory. */
  exists(path: Argument): Result<F, boolean> {
    const session = this.#session;
    return this.#run(function* () {
      return (yield* entryAt(session, path)) !== undefined;
    });
  }

  /** Bytes of a file. (SIZE.) */
  size(path: Argument): Result<F, number> {
    return this.#run(() => size(this.#session, path));
  }

  /** When a file was changed. (MDTM.) */
  mtime(path: Argument): Result<F, Date> {
    return this.#run(() => mtime(this.#session, path));
  }

  /** Sets that, to the second. (MFMT; MDTM where the server has no MFMT.) */
  setmtime(path: Argument, time: Date): Result<F, void> {
    return this.#run(() => setMtime(this.#session, path, time));
  }

  /** Makes a directory; with `parents` also those above it, and none of them has to be new. (MKD.) */
  mkdir(path: Argument, options: { readonly parents?: boolean | undefined } = {}): Result<F, void> {
    return this.#run(() => makeDirectory(this.#session, path, options.parents === true));
  }

  /** Removes an empty directory. (RMD.) */
  rmdir(path: Argument): Result<F, void> {
    return this.#command('RMD', path, 'rmdir: path');
  }

  /** Removes a file; with `recursive` also a directory with all that is below it. (DELE.) */
  remove(path: Argument, options: { readonly recursive?: boolean | undefined } = {}): Result<F, void> {
    return this.#run(() => remove(this.#session, path, options.recursive === true));
  }

  /** Gives a file another name, or another place. (RNFR, RNTO.) */
  rename(from: Argument, to: Argument): Result<F, void> {
    return this.#run(() => rename(this.#session, from, to));
  }

  /** Sets permissions, such as `0o644`. (SITE CHMOD.) */
  chmod(path: Argument, mode: number): Result<F, void> {
    return this.#run(() => changeMode(this.#session, path, mode));
  }

  /** Makes another directory the current one. (CWD.) */
  cwd(path: Argument): Result<F, void> {
    return this.#command('CWD', path, 'cwd: path');
  }

  /** The current directory. (PWD.) */
  pwd(): Result<F, string> {
    const session = this.#session;
    return this.#run(function* () {
      const path = yield* workingDirectory(session);
      return decoded(path.toString('latin1'), session.options.encoding ?? 'utf8');
    });
  }

  /** What the server has named in its reply to FEAT: names in capitals, with what stands behind them. */
  get features(): ReadonlyMap<string, string> {
    return this.#session.features;
  }

  /**
   * Any other command, and its reply, whatever that says: `quote('SITE', 'HELP')`. Those that use a data connection are
   * not for this.
   */
  quote(command: string, argument?: Argument): Result<F, Reply> {
    const session = this.#session;
    return this.#run(function* () {
      const reply = yield* session.ask(session.line(command, argument, 'quote: argument'), [
        '2..',
        '3..',
        '4..',
        '5..',
      ]);
      session.forgetType();
      return reply;
    });
  }

  /**
   * A file's content; or with `to`, the path of a file here or a sink, how many bytes have come. It is a success only
   * with all bytes and the server's word.
   *
   * @throws SocketError `ERR_PARTIAL` for a data connection that broke off, `ERR_UNKNOWN_OUTCOME` where the last reply
   * did not come, LimitError; what the sink throws, after which the session goes on
   */
  get(remote: Argument, to?: undefined, options?: GetOptions): Result<F, Buffer>;
  get(remote: Argument, to: string | Sink, options?: GetOptions): Result<F, number>;
  get(remote: Argument, to?: string | Sink, options: GetOptions = {}): Result<F, Buffer> | Result<F, number> {
    const { files } = this.#face;
    if (to === undefined) {
      const session = this.#session;
      const line = (): CommandLine => session.line('RETR', remote, 'get: remote');
      return this.#run(() => fetched(session, line(), options), options.step !== undefined);
    }
    return this.#run(
      () => fetchInto(this.#session, files, remote, to, options),
      typeof to === 'function' || options.step !== undefined,
    );
  }

  /**
   * Stores a file: the one at a path here, bytes, or what a source gives. How many bytes have gone.
   *
   * @throws as {@link get}; what the source throws
   */
  put(from: string | Uint8Array | Source, remote: Argument, options: PutOptions = {}): Result<F, number> {
    const { files } = this.#face;
    return this.#run(
      () => stored(this.#session, files, from, remote, options),
      typeof from === 'function' || options.step !== undefined,
    );
  }

  /** Says goodbye and closes, in a short time and without an error. (QUIT.) */
  quit(): Result<F, void> {
    return this.#face.runner.run(this.#session.quit());
  }

  /** Closes the connection, without a word. */
  close(): void {
    this.#session.close();
  }

  /** The same as {@link close}; in the blocking face as {@link quit}. */
  [Symbol.dispose](): void {
    if (this.#face.runner.face === 'blocking') this.quit();
    else this.close();
  }

  /** The same as {@link quit}, for `await using`. */
  [Symbol.asyncDispose](): Result<F, void> {
    return this.quit();
  }

  #command(name: string, argument: Argument, what: string): Result<F, void> {
    const session = this.#session;
    return this.#run(function* () {
      yield* session.ask(commandLine(name, session.bytes(what, argument), session.options), '2..');
    });
  }

  /** `asks`: whether the call waits for a source, a sink or a step of the program's, which may call the session itself. */
  #run<T>(flow: () => Flow<T>, asks = false): Result<F, T> {
    const { runner, calls } = this.#face;
    const turn = this.#turn(flow);
    const run = (): Result<F, T> => runner.run(turn);
    return asks && calls !== undefined ? calls.run(this.#session, run) : run();
  }

  #turn<T>(flow: () => Flow<T>): Flow<T> {
    const session = this.#session;
    return this.#face.calls?.within(session) === true ? refused() : session.call(flow);
  }
}

/** Fails as a call does, by its promise where it gives one. */
function* refused(): Flow<never> {
  const message = 'ftp: a source, a sink or a step calls the session that waits for it: use another session there';
  throw misuse('ERR_BUSY', message);
}

/** See `connect` of the faces. */
export function* connected<F extends Face>(face: FtpFace<F>, input: string | URL | FtpOptions<F>): Flow<FtpSession<F>> {
  const options = typeof input === 'string' || input instanceof URL ? { url: input } : input;
  return new FtpSession(face, yield* openSession('connect', face.engine, options));
}
