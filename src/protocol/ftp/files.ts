/** Files of a session: whole contents of a directory, one entry, and what changes them, as commands. */
import { badArgument, ProtocolError, ReplyError } from '../../core/errors.ts';
import type { Flow } from '../../core/flow.ts';
import { gettime } from '../../core/timeout.ts';
import type { Face } from '../../sockets/face.ts';
import { commandLine } from '../tp/line.ts';
import type { Reply } from '../tp/reply.ts';
import type { Argument } from './argument.ts';
import type { FtpConnection } from './connection.ts';
import type { FtpEntry } from './entry.ts';
import { parseFacts } from './facts.ts';
import { type ListCommand, type ListingLimits, ListingParser } from './listing.ts';
import { NameList } from './name-list.ts';
import { joined, quotedPath, withParents } from './paths.ts';
import { parseTime, timeArgument } from './times.ts';
import { Transfer } from './transfer.ts';

/** How a directory is listed. */
export interface ListOptions {
  /** How much of it there may be. */
  readonly limits?: ListingLimits | undefined;
  /** Ends it; the session goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** The entries of a directory: by MLSD where the server has it, else by LIST. */
export function* list<F extends Face>(
  session: FtpConnection<F>,
  path: Argument | undefined,
  { limits, signal }: ListOptions,
): Flow<FtpEntry[]> {
  const bytes = path === undefined ? undefined : session.bytes('list: path', path);
  // RFC 3659, section 7.8: MLST stands for both.
  if (session.features.has('MLST')) {
    const line = commandLine('MLSD', bytes, session.options);
    return yield* listed(session, 'MLSD', line, limits, signal);
  }
  const option = Buffer.from('-a', 'latin1');
  if (session.knowsListAll) {
    const argument = bytes === undefined ? option : Buffer.concat([option, BLANK, noOption(bytes)]);
    try {
      return yield* listed(session, 'LIST', commandLine('LIST', argument, session.options), limits, signal);
    } catch (error) {
      if (!(error instanceof ReplyError) || !error.permanent) throw error;
    }
  }
  // The option may be what was refused, or the path.
  const line = commandLine('LIST', bytes === undefined ? undefined : noOption(bytes), session.options);
  const entries = yield* listed(session, 'LIST', line, limits, signal);
  session.knowsListAll = false;
  return entries;
}

const BLANK = Buffer.from(' ', 'latin1');
const HERE = Buffer.from('./', 'latin1');
const HYPHEN = 0x2d;

/** Servers hand the argument of LIST to ls, or read it as ls does. */
function noOption(path: Buffer): Buffer {
  return path[0] === HYPHEN ? Buffer.concat([HERE, path]) : path;
}

function* listed<F extends Face>(
  session: FtpConnection<F>,
  command: ListCommand,
  line: ReturnType<typeof commandLine>,
  limits: ListingLimits | undefined,
  signal: AbortSignal | undefined,
): Flow<FtpEntry[]> {
  const parser = new ListingParser(command, session.options.encoding ?? 'utf8', gettime() * 1000, limits);
  yield* received(session, line, (piece) => parser.push(piece), signal);
  return parser.finish();
}

/** What a command lists goes to `take`. */
function* received<F extends Face>(
  session: FtpConnection<F>,
  line: ReturnType<typeof commandLine>,
  take: (piece: Uint8Array) => void,
  signal: AbortSignal | undefined,
): Flow<void> {
  let transfer: Transfer<F>;
  try {
    transfer = yield* Transfer.begin(session, { line, signal });
  } catch (error) {
    // "450 No files found": some servers have no listing of an empty directory.
    if (error instanceof ReplyError && error.reply?.code === 450) return;
    throw error;
  }
  yield* transfer.drain((piece) => {
    if (piece !== null) take(piece);
  });
}

/** The names in a directory alone (NLST), as bytes. */
export function* names<F extends Face>(
  session: FtpConnection<F>,
  path: Argument | undefined,
  { limits, signal }: ListOptions,
): Flow<Buffer[]> {
  const bytes = path === undefined ? undefined : noOption(session.bytes('nlst: path', path));
  const list = new NameList(limits);
  yield* received(session, commandLine('NLST', bytes, session.options), (piece) => list.push(piece), signal);
  return list.finish();
}

/** One entry, of a file or a directory: by MLST, else out of its directory's list. Undefined if there is none. */
export function* entryAt<F extends Face>(session: FtpConnection<F>, path: Argument): Flow<FtpEntry | undefined> {
  const bytes = session.bytes('stat: path', path);
  if (!session.features.has('MLST')) return yield* entryInParent(session, bytes);
  const reply = yield* session.tryOut(commandLine('MLST', bytes, session.options), '250');
  if (reply instanceof ReplyError) {
    if (reply.reply?.code === 550) return undefined;
    throw reply;
  }
  // RFC 3659, section 7.2: the line between the first and the last, behind a blank.
  const line = reply.lines[1]?.toString('latin1').replace(/^ /, '') ?? '';
  const entry = parseFacts(line, session.options.encoding ?? 'utf8', true);
  if (entry) return entry;
  throw new ProtocolError(
    'ERR_FTP_LISTING',
    `ftp: the reply to MLST has no facts: ${JSON.stringify(line.slice(0, 80))}`,
  );
}

function* entryInParent<F extends Face>(session: FtpConnection<F>, path: Buffer): Flow<FtpEntry | undefined> {
  const slash = path.lastIndexOf(0x2f);
  const name = path.subarray(slash + 1);
  if (name.length === 0) throw badArgument('stat: a path ends with a name where the server has no MLST');
  const parent = slash < 0 ? undefined : path.subarray(0, Math.max(1, slash));
  const entries = yield* list(session, parent, {});
  return entries.find(({ rawName }) => session.bytes('stat: a name in the directory', rawName).equals(name));
}

/** Bytes of a file (SIZE, RFC 3659, section 4). */
export function* size<F extends Face>(session: FtpConnection<F>, path: Argument): Flow<number> {
  const line = session.line('SIZE', path, 'size: path');
  yield* session.type('I');
  const { text } = yield* session.ask(line, '213');
  const digits = /^\s*(\d{1,15})\b/.exec(text)?.[1];
  if (digits === undefined)
    throw new ProtocolError('ERR_REPLY', `ftp: the reply to SIZE has no size: ${JSON.stringify(text.slice(0, 80))}`);
  return Number(digits);
}

/** When a file was changed (MDTM, RFC 3659, section 3). */
export function* mtime<F extends Face>(session: FtpConnection<F>, path: Argument): Flow<Date> {
  const { text } = yield* session.ask(session.line('MDTM', path, 'mtime: path'), '213');
  const time = parseTime(text.trim());
  if (time === undefined)
    throw new ProtocolError('ERR_REPLY', `ftp: the reply to MDTM has no time: ${JSON.stringify(text.slice(0, 80))}`);
  return new Date(time);
}

/** Sets it: MFMT where the server has that, else MDTM with a time, as older servers take it. */
export function* setMtime<F extends Face>(session: FtpConnection<F>, path: Argument, time: Date): Flow<void> {
  const argument = timeArgument('setmtime', time);
  const name = session.features.has('MFMT') ? 'MFMT' : 'MDTM';
  const bytes = Buffer.concat([Buffer.from(`${argument} `, 'latin1'), session.bytes('setmtime: path', path)]);
  yield* session.ask(commandLine(name, bytes, session.options), '2..');
}

/** A directory; with `parents` those above it, too, and none of them has to be new. */
export function* makeDirectory<F extends Face>(
  session: FtpConnection<F>,
  path: Argument,
  parents: boolean,
): Flow<void> {
  const bytes = session.bytes('mkdir: path', path);
  if (!parents) {
    yield* session.ask(commandLine('MKD', bytes, session.options), '2..');
    return;
  }
  yield* makeWithParents(session, bytes);
}

/** A directory and those above it, as commands have them. */
export function* makeWithParents<F extends Face>(session: FtpConnection<F>, path: Buffer): Flow<void> {
  for (const directory of withParents(path)) {
    const reply = yield* session.tryOut(commandLine('MKD', directory, session.options), '2..');
    // Servers have no code for "it is there already", and differ in their words.
    if (reply instanceof ReplyError && !(yield* isDirectory(session, directory))) throw reply;
  }
}

/** Whether one can go there; the session comes back. */
export function* isDirectory<F extends Face>(session: FtpConnection<F>, path: Buffer): Flow<boolean> {
  const here = yield* workingDirectory(session);
  const reply = yield* session.tryOut(commandLine('CWD', path, session.options), '2..');
  if (reply instanceof ReplyError) return false;
  yield* session.ask(session.line('CWD', here), '2..');
  return true;
}

/** The current directory, in bytes. */
export function* workingDirectory<F extends Face>(session: FtpConnection<F>): Flow<Buffer> {
  const reply = yield* session.ask(commandLine('PWD'), '257');
  return Buffer.from(quotedPath(latin1Of(reply)), 'latin1');
}

function latin1Of(reply: Reply): string {
  return reply.lines.map((line) => line.toString('latin1')).join('\n');
}

/** A file, or with `recursive` a directory and what is below it. Links are removed, and not followed. */
export function* remove<F extends Face>(session: FtpConnection<F>, path: Argument, recursive: boolean): Flow<void> {
  const bytes = session.bytes('remove: path', path);
  const reply = yield* session.tryOut(commandLine('DELE', bytes, session.options), '2..');
  if (!(reply instanceof ReplyError)) return;
  if (!recursive || !(yield* isDirectory(session, bytes))) throw reply;
  yield* removeBelow(session, bytes);
}

function* removeBelow<F extends Face>(session: FtpConnection<F>, directory: Buffer): Flow<void> {
  // A list of what is to be done instead of calls within calls: a tree may be deep.
  const rest: { readonly path: Buffer; readonly listed: boolean }[] = [{ path: directory, listed: false }];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (next.listed) {
      yield* session.ask(commandLine('RMD', next.path, session.options), '2..');
      continue;
    }
    rest.push({ path: next.path, listed: true });
    for (const { rawName, type } of yield* list(session, next.path, {})) {
      // A name with a slash would be in another directory.
      if (rawName.includes(0x2f)) throw new ProtocolError('ERR_FTP_LISTING', 'ftp: a name of the listing has a slash');
      const path = joined(next.path, session.bytes('remove: a name in the directory', rawName));
      if (type === 'directory') rest.push({ path, listed: false });
      else yield* session.ask(commandLine('DELE', path, session.options), '2..');
    }
  }
}

/** Another name, or another directory (RNFR, RNTO). */
export function* rename<F extends Face>(session: FtpConnection<F>, from: Argument, to: Argument): Flow<void> {
  const lines = [session.line('RNFR', from, 'rename: from'), session.line('RNTO', to, 'rename: to')] as const;
  yield* session.ask(lines[0], '350');
  yield* session.ask(lines[1], '2..');
}

/** Permissions, as chmod(2) has them (SITE CHMOD, which is common and no standard). */
export function* changeMode<F extends Face>(session: FtpConnection<F>, path: Argument, mode: number): Flow<void> {
  if (!Number.isInteger(mode) || mode < 0 || mode > 0o7777)
    throw badArgument('chmod: mode is a number from 0 to 0o7777');
  const octal = mode.toString(8).padStart(3, '0');
  const bytes = Buffer.concat([Buffer.from(`${octal} `, 'latin1'), session.bytes('chmod: path', path)]);
  yield* session.ask(commandLine('SITE CHMOD', bytes, session.options), '2..');
}
