/** Files from a server and to it: from and to files here, sinks and sources, at once or going on where a copy has ended. */

import { isBytes } from '../../core/data.ts';
import { badArgument, LimitError, ReplyError, SocketError } from '../../core/errors.ts';
import { type Flow, type MaybePromise, settle } from '../../core/flow.ts';
import { BODY_LIMIT } from '../../core/limits.ts';
import { shown } from '../../core/shown.ts';
import { abandon, type Sink, type Source, tell } from '../../ltn12/protocol.ts';
import { all, type Step } from '../../ltn12/pump.ts';
import { chain } from '../../ltn12/sources.ts';
import type { Face } from '../../sockets/face.ts';
import { type CommandLine, commandLine } from '../tp/line.ts';
import type { Argument } from './argument.ts';
import { fromNetwork, toNetwork } from './ascii.ts';
import type { FtpConnection } from './connection.ts';
import { size } from './files.ts';
import type { LocalFiles } from './local-files.ts';
import { Transfer, type TransferOptions, type TransferProgress } from './transfer.ts';

/** How a file is copied. */
export interface CopyOptions {
  /** Text: LF here, CRLF on the way (RFC 959's TYPE A). Bytes as they are without it. */
  readonly ascii?: boolean | undefined;
  /** Byte of the server's file at which to begin. */
  readonly offset?: number | undefined;
  /** Whether to go on behind what is there already, at the end of the copy. */
  readonly resume?: boolean | undefined;
  /** Called with the bytes that have come or gone, those before them included, and all that there are, if that is known. */
  readonly progress?: TransferProgress | undefined;
  /** Moves each chunk instead. (LTN12.) */
  readonly step?: Step<Source, Sink> | undefined;
  /** Ends the transfer; the session goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** How a file is fetched. */
export interface GetOptions extends CopyOptions {
  /** Bytes that are gathered where neither a file nor a sink takes them: 16 MiB without it. */
  readonly limit?: number | undefined;
}

/** How a file is stored. */
export interface PutOptions extends CopyOptions {
  /** Whether to add to what is there (APPE). */
  readonly append?: boolean | undefined;
}

/** Fetches a file; how many bytes have come. `known`: the size that a listing has named. */
export function* fetchInto<F extends Face>(
  session: FtpConnection<F>,
  files: LocalFiles,
  remote: Argument,
  to: string | Sink,
  options: GetOptions,
  known?: number,
): Flow<number> {
  const path = session.bytes('get: remote', remote);
  const line = commandLine('RETR', path, session.options);
  if (typeof to !== 'string') return yield* fetchedTo(session, line, to, options);
  let offset = checkedOffset('get', options);
  let total = known;
  const { resume = false } = options;
  if (resume) {
    offset = (yield* settle(files.size(to))) ?? 0;
    total = yield* size(session, remote);
    if (offset > total)
      throw new SocketError('ERR_PARTIAL', `get: the file here has ${offset} bytes, and the server's only ${total}`);
    if (offset === total && offset > 0) return 0;
  }
  const transfer = yield* Transfer.begin(session, { ...options, offset, total, line });
  const sink = yield* opened(files.write(to, resume ? offset : 0), transfer);
  yield* taken(transfer, sink, options);
  return transfer.moved;
}

/** The file here; where it cannot be opened, the transfer that has begun is given up. */
function* opened<F extends Face>(file: MaybePromise<Sink>, transfer: Transfer<F>): Flow<Sink> {
  try {
    return yield* settle(file);
  } catch (error) {
    yield* abandon(transfer.source(), error);
    throw error;
  }
}

/** Fetches a file, or what else a command gives, into memory. @throws LimitError */
export function* fetched<F extends Face>(
  session: FtpConnection<F>,
  line: CommandLine,
  options: GetOptions,
): Flow<Buffer> {
  const { limit = BODY_LIMIT } = options;
  const pieces: Uint8Array[] = [];
  let length = 0;
  const sink: Sink = (chunk) => {
    if (chunk === null) return;
    length += chunk.length;
    if (length > limit) throw new LimitError('ERR_LIMIT', `more than ${limit} bytes of a file; { limit } allows more`);
    pieces.push(chunk);
  };
  yield* fetchedTo(session, line, sink, options);
  return Buffer.concat(pieces, length);
}

/** What a command gives, into a sink; how many bytes have come. */
export function* fetchedTo<F extends Face>(
  session: FtpConnection<F>,
  line: CommandLine,
  sink: Sink,
  options: GetOptions,
): Flow<number> {
  if (options.resume === true) throw badArgument('get: resume needs a file to go on with; a sink has an offset');
  const transfer = yield* Transfer.begin(session, { ...options, offset: checkedOffset('get', options), line });
  yield* taken(transfer, sink, options);
  return transfer.moved;
}

/** What a source gives, to a command that takes data; how many bytes have gone. */
export function* storedFrom<F extends Face>(
  session: FtpConnection<F>,
  source: Source,
  begin: TransferOptions & CopyOptions,
): Flow<number> {
  let transfer: Transfer<F>;
  try {
    transfer = yield* Transfer.begin(session, begin);
  } catch (error) {
    yield* abandon(source, error);
    throw error;
  }
  const outgoing = begin.ascii === true ? chain(source, toNetwork()) : source;
  if (begin.step === undefined) yield* transfer.fill(outgoing);
  else yield* moved(transfer, outgoing, transfer.sink(), begin.step);
  return transfer.moved;
}

/** Bytes as they are go to the sink without a pump between. */
function* taken<F extends Face>(transfer: Transfer<F>, sink: Sink, { ascii, step }: CopyOptions): Flow<void> {
  if (ascii !== true && step === undefined) return yield* transfer.drain(sink);
  const source = ascii === true ? chain(transfer.source(), fromNetwork()) : transfer.source();
  yield* moved(transfer, source, sink, step);
}

/** Stores a file; how many bytes have gone. */
export function* stored<F extends Face>(
  session: FtpConnection<F>,
  files: LocalFiles,
  from: string | Uint8Array | Source,
  remote: Argument,
  options: PutOptions,
): Flow<number> {
  const path = session.bytes('put: remote', remote);
  const begin = checkedOffset('put', options);
  const { append = false, resume = false } = options;
  if (append && (resume || begin > 0)) throw badArgument('put: append adds all; leave out resume and offset');
  const there = resume ? yield* sizeOrNothing(session, remote) : begin;
  const { source, total } = yield* sourceOf(files, from, there);
  if (total !== undefined && there > total) {
    yield* abandon(source, undefined);
    throw new SocketError('ERR_PARTIAL', `put: the server's file has ${there} bytes, and the one here only ${total}`);
  }
  if (resume && there > 0 && there === total) {
    yield* abandon(source, undefined);
    return 0;
  }
  // APPE goes on at the end, which is `there` with resume.
  const verb = append || (resume && there > 0) ? 'APPE' : 'STOR';
  const line = commandLine(verb, path, session.options);
  const moved = yield* storedFrom(session, source, { ...options, offset: verb === 'STOR' ? there : 0, total, line });
  if (resume && total !== undefined) yield* checkSize(session, remote, total);
  return moved;
}

/** A file that is not there yet has no bytes. */
function* sizeOrNothing<F extends Face>(session: FtpConnection<F>, remote: Argument): Flow<number> {
  try {
    return yield* size(session, remote);
  } catch (error) {
    if (error instanceof ReplyError && error.reply?.code === 550) return 0;
    throw error;
  }
}

function* checkSize<F extends Face>(session: FtpConnection<F>, remote: Argument, total: number): Flow<void> {
  const there = yield* size(session, remote);
  if (there === total) return;
  throw new SocketError('ERR_PARTIAL', `put: the server's file has ${there} bytes now, and should have ${total}`);
}

function* sourceOf(
  files: LocalFiles,
  from: string | Uint8Array | Source,
  offset: number,
): Flow<{ readonly source: Source; readonly total: number | undefined }> {
  if (typeof from === 'function') {
    if (offset === 0) return { source: from, total: undefined };
    throw badArgument('put: a source gives what follows; resume and offset are for files and bytes');
  }
  if (typeof from === 'string') {
    const { source, size: total } = yield* settle(files.read(from, offset));
    return { source, total };
  }
  if (!isBytes(from))
    throw badArgument(`put: the first argument is the path of a file, bytes or a source, not ${shown(from)}`);
  let rest: Uint8Array | null = from.subarray(offset);
  const source: Source = () => {
    const chunk = rest;
    rest = null;
    return chunk;
  };
  return { source, total: from.length };
}

/** All of it. A step that says before the end that there is no more ends the transfer, and the session goes on. */
function* moved<F extends Face>(
  transfer: Transfer<F>,
  source: Source,
  sink: Sink,
  step: Step<Source, Sink> | undefined,
): Flow<void> {
  yield* settle(step === undefined ? all(source, sink) : all(source, sink, step));
  const error = yield* transfer.stopped();
  if (error === undefined) return;
  yield* abandon(source, error);
  yield* tell(sink, error);
  throw error;
}

function checkedOffset(call: string, { offset = 0, resume = false, ascii = false }: CopyOptions): number {
  if (!Number.isSafeInteger(offset) || offset < 0)
    throw badArgument(`${call}: offset is a number of bytes, 0 or more, not ${shown(offset)}`);
  if (resume && offset > 0) throw badArgument(`${call}: resume finds the offset; leave one of them out`);
  if (ascii && (resume || offset > 0)) throw badArgument(`${call}: lines of text have no offset; leave ascii out`);
  return offset;
}
