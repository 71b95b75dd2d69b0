/** One folder of a mirror: it is listed on both sides, and what is to be done in it is planned. */
import { ReplyError, SocketError } from '../../core/errors.ts';
import { type Flow, settle } from '../../core/flow.ts';
import { shown } from '../../core/shown.ts';
import type { Face } from '../../sockets/face.ts';
import { commandLine } from '../tp/line.ts';
import type { FtpConnection } from './connection.ts';
import type { FtpEntry } from './entry.ts';
import { isDirectory, list, mtime } from './files.ts';
import type { LocalFiles } from './local-files.ts';
import { type MirrorItem, type MirrorPlan, planMirror } from './mirror-plan.ts';
import { joined } from './paths.ts';

/** A folder on both sides. */
export interface MirrorFolder {
  /** The server's, below the one that is mirrored; as an argument of calls. */
  readonly remote: Buffer;
  /** The path of the one here. */
  readonly local: string;
  /** For messages: below both, parted by `/`. */
  readonly name: string;
  readonly depth: number;
  /** Whether the side that is written has it. */
  readonly exists: boolean;
}

/** A name in a folder; `entry` is there where the server has listed it. */
export interface ListedItem extends MirrorItem {
  readonly entry?: FtpEntry;
}

/** How a folder is listed. */
export interface FolderRules {
  readonly up: boolean;
  readonly resume: boolean;
  readonly caseless: boolean;
  /** Entries that a server may still list. */
  readonly entries: number;
  readonly signal: AbortSignal | undefined;
}

/** Seconds: MFMT and MLSD have whole ones, and some file systems even ones. */
const TOLERANCE = 2;

/** Milliseconds: LIST has days, in a zone that is not told. */
const VAGUE = 26 * 3600 * 1000;

/** What is to be done in a folder, and how many entries the server has listed. */
export function* planned<F extends Face>(
  session: FtpConnection<F>,
  files: LocalFiles,
  folder: MirrorFolder,
  rules: FolderRules,
): Flow<{ readonly plan: MirrorPlan<ListedItem>; readonly listed: number }> {
  const { up, resume, caseless } = rules;
  const { local, remote, exists } = folder;
  let here: readonly ListedItem[] = [];
  if (up || exists) {
    const listed = yield* settle(files.list(local));
    if (listed === undefined && up)
      throw new SocketError('ENOENT', `mirror: there is no folder ${shown(local)} (ENOENT)`);
    here = listed ?? [];
  }
  if (!up) yield* settle(files.makeFolder(local));
  const there = up && !exists ? [] : yield* listedBy(session, remote, rules);
  if (up && !exists) yield* made(session, remote);
  const exact = yield* withExactTimes(session, folder, there, here);
  const how = { resume, tolerance: TOLERANCE, caseless };
  const plan = up ? planMirror(here, exact, how) : planMirror(exact, here, how);
  return { plan, listed: there.length };
}

function* listedBy<F extends Face>(
  session: FtpConnection<F>,
  remote: Buffer,
  { entries, signal }: FolderRules,
): Flow<ListedItem[]> {
  const all = yield* list(session, remote.length === 0 ? undefined : remote, { limits: { entries }, signal });
  return all.map((entry) => {
    const { name, type, size, mtime: time } = entry;
    return { name, type, size, time: time?.getTime(), entry };
  });
}

/** A folder that was not listed may be there all the same. */
function* made<F extends Face>(session: FtpConnection<F>, remote: Buffer): Flow<void> {
  const line = commandLine('MKD', session.bytes('mirror: a folder', remote), session.options);
  const reply = yield* session.tryOut(line, '2..');
  if (reply instanceof ReplyError && !(yield* isDirectory(session, remote))) throw reply;
}

/** A list by LIST is vague about times: those on which it depends whether a file is copied are asked for. */
function* withExactTimes<F extends Face>(
  session: FtpConnection<F>,
  folder: MirrorFolder,
  there: readonly ListedItem[],
  here: readonly MirrorItem[],
): Flow<readonly ListedItem[]> {
  if (session.features.has('MLST') || !session.features.has('MDTM')) return there;
  const local = new Map(here.map((item) => [item.name, item]));
  const exact: ListedItem[] = [];
  for (const item of there) {
    const other = local.get(item.name);
    const asks = item.type === 'file' && other?.type === 'file' && isNear(item.time, other.time);
    exact.push(asks ? { ...item, time: yield* exactTime(session, folder, item) } : item);
  }
  return exact;
}

function isNear(a: number | undefined, b: number | undefined): boolean {
  return a === undefined || b === undefined || Math.abs(a - b) <= VAGUE;
}

function* exactTime<F extends Face>(
  session: FtpConnection<F>,
  { remote }: MirrorFolder,
  { name, time, entry }: ListedItem,
): Flow<number | undefined> {
  try {
    return (yield* mtime(session, joined(remote, entry?.rawName ?? Buffer.from(name)))).getTime();
  } catch (error) {
    if (error instanceof ReplyError && session.usable) return time;
    throw error;
  }
}
