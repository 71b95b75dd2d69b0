/** One file of a mirror, up or down, and what follows from its failure. */
import { AbortError, LimitError, ReplyError, SocketError } from '../../core/errors.ts';
import { type Flow, settle } from '../../core/flow.ts';
import { MIRROR_ATTEMPTS } from '../../core/limits.ts';
import type { Face } from '../../sockets/face.ts';
import type { FtpConnection } from './connection.ts';
import { fetchInto, type PutOptions, stored } from './copies.ts';
import { entryAt, setMtime } from './files.ts';
import type { LocalFiles } from './local-files.ts';
import type { ListedItem, MirrorFolder } from './mirror-folder.ts';
import { joined } from './paths.ts';
import type { TransferProgress } from './transfer.ts';

/** A file that is to be copied. */
export interface MirrorFile {
  readonly folder: MirrorFolder;
  readonly item: ListedItem;
  /** Whether a part of it is there, to go on with. */
  resume: boolean;
  /** The most bytes that its copy has had. */
  reached: number;
  /** How often it has failed since then. */
  attempts: number;
}

/** How a file is copied. */
export interface FileRules {
  readonly up: boolean;
  readonly progress: TransferProgress;
  readonly signal: AbortSignal | undefined;
}

/** Copies it, and gives the copy the time of the original. */
export function* copied<F extends Face>(
  session: FtpConnection<F>,
  files: LocalFiles,
  file: MirrorFile,
  { up, progress, signal }: FileRules,
): Flow<void> {
  const { folder, item } = file;
  const { name, entry, size, time } = item;
  // Refused here, and not on the way: a CR, a letter that the encoding does not have.
  session.bytes('mirror: a name', entry?.rawName ?? name);
  const remote = joined(folder.remote, entry?.rawName ?? Buffer.from(name, session.options.encoding ?? 'utf8'));
  session.bytes('mirror: a path', remote);
  const local = files.join(folder.local, name);
  if (file.attempts > 0 && !up) yield* checkUnchanged(session, file, remote);
  const { resume } = file;
  file.resume = false;
  const options = {
    resume,
    signal,
    progress(bytes: number, total: number | undefined): void {
      // What has come or gone is there, whatever happens next.
      file.resume = true;
      if (bytes > file.reached) file.attempts = 0;
      try {
        progress(bytes, total);
      } finally {
        file.reached = Math.max(bytes, file.reached);
      }
    },
  };
  if (up) {
    yield* storedWhole(session, files, local, remote, file, options);
    if (time !== undefined) yield* timed(session, remote, time);
    return;
  }
  yield* fetchInto(session, files, remote, local, options, size);
  // LIST has times of a zone that is not told: a copy that is younger than its original is better than a wrong time.
  if (time !== undefined && session.features.has('MLST')) yield* settle(files.setTime(local, time));
}

/** A part of another file's content is of no use. Where the server cannot say, the size alone is compared. */
function* checkUnchanged<F extends Face>(session: FtpConnection<F>, file: MirrorFile, remote: Buffer): Flow<void> {
  if (!file.resume || !session.features.has('MLST')) return;
  const now = yield* entryAt(session, remote);
  const { size, time } = file.item;
  if (now?.size !== size || now?.mtime?.getTime() !== time) file.resume = false;
}

/** A copy with another size than the original has is stored anew. */
function* storedWhole<F extends Face>(
  session: FtpConnection<F>,
  files: LocalFiles,
  local: string,
  remote: Buffer,
  file: MirrorFile,
  options: PutOptions,
): Flow<void> {
  try {
    yield* stored(session, files, local, remote, options);
  } catch (error) {
    if (error instanceof SocketError && error.code === 'ERR_PARTIAL' && session.usable) file.resume = false;
    throw error;
  }
}

/** Only a server that has MFMT: others would take MDTM with a time for the name of a file. */
function* timed<F extends Face>(session: FtpConnection<F>, remote: Buffer, time: number): Flow<void> {
  if (!session.features.has('MFMT')) return;
  try {
    yield* setMtime(session, remote, new Date(time));
  } catch (error) {
    // The copy is whole, and younger than the original.
    if (!(error instanceof ReplyError) || !session.usable) throw error;
  }
}

/**
 * Of what has failed: `'again'` tries once more, `'failed'` goes on with the others, `'last'` does not, since they would
 * fail, too; `'left out'` was never possible, and `'over'` is what the caller wants.
 */
export type Verdict = 'again' | 'failed' | 'last' | 'left out' | 'over';

/** Codes of the system after which no other file has room either. */
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EROFS']);

/** These would be the same. */
const NOT_AGAIN = new Set(['ENOENT', 'ERR_FTP_LISTING']);

/** `resumed`: whether it went on with a part, which may be what the server refuses. */
export function verdictOn(error: unknown, attempts: number, resumed: boolean): Verdict {
  if (!(error instanceof Error) || error instanceof AbortError) return 'over';
  if (!(error instanceof SocketError)) {
    // An error without a code is the program's, or ours.
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) return 'over';
    return NO_ROOM.has(code) ? 'last' : 'failed';
  }
  if (error.code === 'ERR_INVALID_ARGUMENT') return 'left out';
  if (error instanceof LimitError) return 'last';
  if (NOT_AGAIN.has(error.code) || attempts >= MIRROR_ATTEMPTS) return 'failed';
  return error instanceof ReplyError && error.permanent && !resumed ? 'failed' : 'again';
}
