/** LuaSocket's ftp: a session for one call. */
import { badArgument } from '../../core/errors.ts';
import type { Flow } from '../../core/flow.ts';
import { shown } from '../../core/shown.ts';
import type { Sink, Source } from '../../ltn12/protocol.ts';
import type { Step } from '../../ltn12/pump.ts';
import type { Face } from '../../sockets/face.ts';
import { unescapeBytes } from '../../url/escape.ts';
import type { Expected } from '../tp/dialogue.ts';
import { commandLine } from '../tp/line.ts';
import type { Reply } from '../tp/reply.ts';
import { type Argument, argumentBytes } from './argument.ts';
import type { FtpConnection } from './connection.ts';
import { fetched, fetchedTo, storedFrom } from './copies.ts';
import { openSession } from './login.ts';
import { type FtpOptions, targetOf } from './options.ts';
import type { FtpFace } from './session.ts';

/** What `get`, `put` and `command` have in common. (LuaSocket's tables.) */
interface FtpCall<F extends Face> extends FtpOptions<F> {
  /** As in a URL: escaped, its first slash left out. Instead of that of `url`. */
  readonly path?: string | undefined;
  /** The argument of the command as it is, instead of `path`. */
  readonly argument?: Argument | undefined;
  /** `'i'` without it, bytes as they are; `'a'` is text: CRLF on the way, LF here. A URL's `;type=` says the same. */
  readonly type?: 'a' | 'i' | undefined;
  /** Moves each chunk instead. (LTN12.) */
  readonly step?: Step<Source, Sink> | undefined;
}

/** What to get, where from, and where it goes. (LuaSocket `ftp.get{…}`.) */
export interface FtpGet<F extends Face = Face> extends FtpCall<F> {
  /** `'retr'` without it, or another command that gives data: `'nlst'`, `'list'`. */
  readonly command?: string | undefined;
  /** Takes the bytes; they are the result without it. */
  readonly sink?: Sink | undefined;
  /** Bytes that are gathered without a sink: 16 MiB without it. */
  readonly limit?: number | undefined;
}

/** What to put, and where. (LuaSocket `ftp.put{…}`.) */
export interface FtpPut<F extends Face = Face> extends FtpCall<F> {
  /** `'stor'` without it, or another command that takes data: `'appe'`. */
  readonly command?: string | undefined;
  /** What gives the bytes. */
  readonly source: Source;
}

/** Commands, one after the other. (LuaSocket `ftp.command{…}`.) */
export interface FtpCommand<F extends Face = Face> extends FtpOptions<F> {
  /** One command, or several. */
  readonly command: string | readonly string[];
  /** Its argument, or one for each command. */
  readonly argument?: Argument | readonly (Argument | undefined)[] | undefined;
  /** The codes that are expected of its reply, or of each: `'2..'` without it. */
  readonly check?: Expected | readonly Expected[] | undefined;
}

/** See `get` of the faces. */
export function* getOnce<F extends Face>({ engine }: FtpFace<F>, input: string | URL | FtpGet<F>): Flow<Buffer> {
  const options: FtpGet<F> = typeof input === 'string' || input instanceof URL ? { url: input } : input;
  const { argument, ascii } = subjectOf('get', options);
  const verb = wordOf('get', options.command ?? 'retr');
  if (argument === undefined && verb === 'RETR') throw badArgument('get: the url or the path names no file');
  // Refused before there is a connection, if it is no command.
  const line = commandLine(verb, argument);
  return yield* during('get', engine, options, function* (session) {
    const { sink, step, limit, signal } = options;
    const how = { ascii, step, limit, signal };
    if (sink === undefined) return yield* fetched(session, line, how);
    yield* fetchedTo(session, line, sink, how);
    return Buffer.alloc(0);
  });
}

/** See `put` of the faces. */
export function* putOnce<F extends Face>(
  { engine }: FtpFace<F>,
  input: string | URL | FtpPut<F>,
  content: string | Uint8Array | undefined,
): Flow<number> {
  const options = putOptions(input, content);
  if (typeof options.source !== 'function')
    throw badArgument(`put: source is a function, not ${shown(options.source)}`);
  const { argument, ascii } = subjectOf('put', options);
  const verb = wordOf('put', options.command ?? 'stor');
  if (argument === undefined) throw badArgument('put: the url or the path names no file');
  const line = commandLine(verb, argument);
  return yield* during('put', engine, options, function* (session) {
    const { source, step, signal } = options;
    return yield* storedFrom(session, source, { line, ascii, step, signal });
  });
}

/** See `command` of the faces. */
export function* commandOnce<F extends Face>({ engine }: FtpFace<F>, options: FtpCommand<F>): Flow<Reply> {
  const { command, argument, check = '2..', encoding } = options;
  const commands = typeof command === 'string' ? [command] : command;
  if (!Array.isArray(commands) || commands.length === 0) throw badArgument('command: command names at least one');
  const each = Array.isArray(argument) ? (argument as readonly (Argument | undefined)[]) : [argument as Argument];
  const lines = commands.map((name, i) => {
    const word = each[i];
    return commandLine(name, word === undefined ? undefined : argumentBytes('command: argument', word, encoding));
  });
  // One list of patterns is for all of several commands unless there is one for each.
  const checks = Array.isArray(check) && commands.length > 1 && check.length === commands.length ? check : undefined;
  return yield* during('command', engine, options, function* (session) {
    let reply: Reply | undefined;
    for (const [i, line] of lines.entries()) reply = yield* session.ask(line, checks?.[i] ?? (check as Expected));
    return reply as Reply;
  });
}

/** A session for what `flow` does. Its end is no part of that: a success is one, whatever becomes of QUIT. */
function* during<F extends Face, T>(
  call: string,
  engine: FtpFace<F>['engine'],
  options: FtpOptions<F>,
  flow: (session: FtpConnection<F>) => Flow<T>,
): Flow<T> {
  const session = yield* openSession(call, engine, options);
  try {
    const result = yield* session.call(() => flow(session));
    yield* session.quit();
    return result;
  } finally {
    session.close();
  }
}

/** What the command is about: bytes, checked before there is a connection. */
function subjectOf<F extends Face>(
  call: string,
  options: FtpCall<F>,
): { readonly argument: Buffer | undefined; readonly ascii: boolean } {
  const { path, argument, encoding, type } = options;
  const target = targetOf(call, options);
  if (type !== undefined && type !== 'a' && type !== 'i')
    throw badArgument(`${call}: type is 'a' or 'i', not ${shown(type)}`);
  const ascii = (type ?? target.type) === 'a';
  if (argument !== undefined) return { argument: argumentBytes(`${call}: argument`, argument, encoding), ascii };
  const bytes =
    path === undefined ? target.path : argumentBytes(`${call}: path`, unescapeBytes(path.replace(/^\//, '')));
  return { argument: bytes.length === 0 ? undefined : bytes, ascii };
}

function wordOf(call: string, command: string): string {
  if (typeof command !== 'string') throw badArgument(`${call}: command is a word, not ${shown(command)}`);
  return command.toUpperCase();
}

function putOptions<F extends Face>(
  input: string | URL | FtpPut<F>,
  content: string | Uint8Array | undefined,
): FtpPut<F> {
  if (typeof input === 'object' && !(input instanceof URL)) return input;
  if (content === undefined) throw badArgument('put: name the content, as a string or bytes');
  let rest: Uint8Array | null = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  return {
    url: input,
    source: () => {
      const chunk = rest;
      rest = null;
      return chunk;
    },
  };
}
