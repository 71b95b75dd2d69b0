/** What a mirror is asked to do, what it has done, and the error of one that has left files out. */
import { shownEndpoint } from '../../core/address.ts';
import { badArgument, Failure, SocketError } from '../../core/errors.ts';
import { MIRROR_DEPTH, MIRROR_ENTRIES } from '../../core/limits.ts';
import { shown } from '../../core/shown.ts';
import type { Face } from '../../sockets/face.ts';
import { type Argument, argumentBytes } from './argument.ts';
import { type FtpOptions, targetOf } from './options.ts';

/** A mirror: which folder becomes like which, and how the server is reached. */
export interface FtpMirror<F extends Face = Face> extends FtpOptions<F> {
  /** `'down'`: the folder here becomes like the server's. `'up'`: the server's like the one here. */
  readonly direction: 'down' | 'up';
  /** The folder here. */
  readonly local: string;
  /** The server's folder, instead of the path of `url`. Where the login leads, without either. */
  readonly remote?: Argument | undefined;
  /** Connections that copy at once: 4 without it, at most 32; the blocking face has one. A server may take fewer. */
  readonly sessions?: number | undefined;
  /**
   * Whether a copy that is shorter, and not older, was cut off by an earlier mirror, and is gone on with. Without it such
   * a file is copied anew. What this mirror itself has begun is gone on with in any case.
   */
  readonly resume?: boolean | undefined;
  /** Called with each piece of a file, and once at its end. An error that it throws ends the mirror. */
  readonly progress?: ((progress: MirrorProgress) => void) | undefined;
  /** How much of the server's folders there may be. */
  readonly limits?: MirrorLimits | undefined;
  /** Ends the mirror: what is copied so far stays. */
  readonly signal?: AbortSignal | undefined;
}

/** How much a mirror takes from a server. */
export interface MirrorLimits {
  /** Entries of all folders together: 1,000,000 without it. */
  readonly entries?: number | undefined;
  /** Folders in folders: 100 without it. */
  readonly depth?: number | undefined;
}

/** How far a mirror is. */
export interface MirrorProgress {
  /** The file: its path below both folders, parted by `/`. */
  readonly path: string;
  /** Bytes of its copy, those that were there before included. */
  readonly bytes: number;
  /** Bytes of the file, if that is known. */
  readonly total: number | undefined;
  /** The mirror as a whole. What is to be copied grows with each folder that is listed. */
  readonly all: {
    /** Files that are copied. */
    readonly files: number;
    /** Files that are to be copied, as far as that is known. */
    readonly filesKnown: number;
    /** Bytes that have come or gone. */
    readonly bytes: number;
    /** Bytes that are to come or go, as far as that is known. */
    readonly bytesKnown: number;
  };
}

/** What a mirror has done. */
export interface MirrorResult {
  /** Files that were copied. */
  readonly files: number;
  /** Bytes of these that were not there before; what was sent again counts once. */
  readonly bytes: number;
  /** Files that were the same on both sides already. */
  readonly same: number;
  /** What is not copied on purpose. */
  readonly leftOut: readonly MirrorOmission[];
}

/** What a mirror leaves out on purpose. */
export interface MirrorOmission {
  /** Its path below both folders, parted by `/`. */
  readonly path: string;
  /** Why: a link, a device, a name that would lead out of the folder. */
  readonly why: string;
}

/** A file or a folder that could not be copied. */
export interface MirrorFailure {
  /** Its path below both folders, parted by `/`. */
  readonly path: string;
  /** Why: a {@link SocketError}, or the system's error of a file here. */
  readonly error: Error;
}

/** Some files were not copied (`ERR_FTP_MIRROR`); the others were. `cause` is the first one's error. */
export class MirrorError extends SocketError {
  /** `'MirrorError'`. */
  override name = 'MirrorError';
  /** Each of them. */
  readonly failures: readonly MirrorFailure[];
  /** What was done besides. */
  readonly result: MirrorResult;

  constructor(failures: readonly MirrorFailure[], result: MirrorResult, name: string, isOver: boolean) {
    const [first] = failures;
    const many = failures.length === 1 ? '' : ` and ${failures.length - 1} more`;
    const over = isOver ? '; with that the mirror has ended, before all was looked at' : '';
    const text = `${name}: ${JSON.stringify(first?.path)}${many} not copied: ${first?.error.message}${over}`;
    super('ERR_FTP_MIRROR', `${text} (ERR_FTP_MIRROR)`, {}, new Failure('ERR_FTP_MIRROR', first?.error));
    this.failures = failures;
    this.result = result;
  }
}

/** The same, checked. */
export interface MirrorJob {
  /** As messages name it. */
  readonly server: string;
  readonly up: boolean;
  readonly local: string;
  /** As a command has it; empty where the login leads. */
  readonly remote: Buffer;
  readonly sessions: number;
  readonly resume: boolean;
  readonly entries: number;
  readonly depth: number;
}

/** @throws SocketError `ERR_INVALID_ARGUMENT` */
export function jobOf(options: FtpMirror, sessions: { readonly usual: number; readonly most: number }): MirrorJob {
  const { direction, local, remote, resume = false, progress, limits = {}, encoding } = options;
  const target = targetOf('mirror', options);
  if (direction !== 'up' && direction !== 'down')
    throw badArgument(`mirror: direction is 'up' or 'down', not ${shown(direction)}`);
  if (typeof local !== 'string' || local === '')
    throw badArgument(`mirror: local is the path of a folder here, not ${shown(local)}`);
  if (local.includes('\0')) throw badArgument('mirror: local has a NUL, which no path can hold');
  if (typeof resume !== 'boolean') throw badArgument(`mirror: resume is true or false, not ${shown(resume)}`);
  if (progress !== undefined && typeof progress !== 'function')
    throw badArgument(`mirror: progress is a function, not ${shown(progress)}`);
  const { usual, most } = sessions;
  return {
    server: shownEndpoint(target.place.host, target.place.port),
    up: direction === 'up',
    local,
    remote: remote === undefined ? target.path : argumentBytes('mirror: remote', remote, encoding),
    sessions: counted('sessions', options.sessions, usual, most),
    resume,
    entries: counted('limits.entries', limits.entries, MIRROR_ENTRIES),
    depth: counted('limits.depth', limits.depth, MIRROR_DEPTH),
  };
}

function counted(name: string, given: number | undefined, usual: number, most = Number.MAX_SAFE_INTEGER): number {
  if (given === undefined) return usual;
  if (Number.isSafeInteger(given) && given >= 1 && given <= most) return given;
  const range = most === 1 ? '1 in the blocking face' : most < Number.MAX_SAFE_INTEGER ? `1 to ${most}` : '1 or more';
  throw badArgument(`mirror: ${name} is a number, ${range}, not ${shown(given)}`);
}
