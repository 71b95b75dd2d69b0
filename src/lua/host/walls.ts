/**
 * Walls around the files of a machine with permissions.
 *
 * A path is walked here, component by component: each folder is opened without following a link (O_NOFOLLOW), and the next name
 * is looked up in what was opened, by way of /proc/self/fd, since Node has no openat(2). So a process that changes the
 * tree meanwhile cannot lead a script elsewhere. Other systems have no such paths: there each component is checked, and then named
 * again.
 */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  type Stats,
  statfsSync,
  statSync,
} from 'node:fs';
import { badArgument, unsupported } from '../../core/errors.ts';
import { SystemFailure } from './errno.ts';
import { denied, type Files, randomName, temporaryPath } from './paths.ts';

/** Those of a path's components that are names, as latin1. */
type Names = readonly string[];

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_DIRECTORY, O_NOFOLLOW } = constants;
const LINUX = process.platform === 'linux';
/** A descriptor that only names a file, and opens nothing (open(2)); Node has no constant for it. */
const O_PATH = LINUX ? 0x20_0000 : 0;
const NEW = O_CREAT | O_EXCL;
const CHANGING = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;
/** As many links as Linux follows in one path (path_resolution(7)). */
const MOST_LINKS = 40;
/** How often a file may appear and disappear while it is opened. */
const ATTEMPTS = 8;
/** Folders that lead into the kernel and other processes, and the devices that lead nowhere. */
const KERNEL = ['proc', 'sys', 'dev'];
const DEVICES = ['null', 'zero', 'full', 'urandom', 'tty'];
/** PROC_SUPER_MAGIC and SYSFS_MAGIC (statfs(2)): they may be mounted elsewhere, too. */
const KERNEL_FILE_SYSTEMS = [0x9fa0, 0x6265_6572];

/** A part of the host's files: what is below a folder, or all of them but the kernel's. */
export class Walled implements Files {
  readonly any = true;
  readonly #root: string | undefined;
  readonly #write: boolean;
  /** The current folder, from where paths of the machine's begin; undefined is the process's, or the root of a folder. */
  #current: Names | undefined;

  constructor(root: string | undefined, write: boolean) {
    this.#root = root === undefined ? undefined : folderAt(root);
    this.#write = write;
  }

  /** In a folder a link could lead others out. */
  get links(): boolean {
    return this.#root === undefined;
  }

  get current(): Buffer {
    if (this.#current === undefined && this.#root === undefined) return Buffer.from(process.cwd());
    return Buffer.from(`/${this.#current?.join('/') ?? ''}`, 'latin1');
  }

  enter(name: Buffer): void {
    const names = this.#names(name, true);
    this.opening(name, O_RDONLY, (place) => {
      if (!statSync(place).isDirectory()) throw new SystemFailure('ENOTDIR');
      accessSync(place, constants.X_OK);
    });
    this.#current = names;
  }

  opening<T>(name: Buffer, flags: number, use: (place: Buffer, flags: number) => T): T {
    if (!this.#write && (flags & CHANGING) !== 0) denied();
    const names = this.#names(name, (flags & NEW) !== NEW);
    return this.#within(names, (folder, last) => {
      for (let attempt = 1; ; attempt++) {
        try {
          return looked(folder.place(last), (stats, same) => {
            if (stats.isSymbolicLink() || (isDevice(stats) && !this.#isOfDev(names)) || isKernels(same)) denied();
            if ((flags & NEW) === NEW) throw new SystemFailure('EEXIST');
            return LINUX ? use(same, flags & ~NEW) : use(same, flags | O_NOFOLLOW);
          });
        } catch (error) {
          if ((flags & O_CREAT) === 0 || codeOf(error) !== 'ENOENT') throw error;
        }
        if (this.#isOfDev(names)) denied();
        try {
          return use(folder.place(last), flags | O_EXCL | O_NOFOLLOW);
        } catch (error) {
          if ((flags & O_EXCL) !== 0 || codeOf(error) !== 'EEXIST' || attempt === ATTEMPTS) throw error;
        }
      }
    });
  }

  entry<T>(name: Buffer, changes: boolean, use: (place: Buffer) => T): T {
    const names = this.#names(name, false);
    if (changes && (!this.#write || this.#isOfDev(names))) denied();
    return this.#within(names, (folder, last) => use(folder.place(last)));
  }

  temporary(): Buffer {
    return Buffer.from(this.#root === undefined ? temporaryPath() : `/${randomName()}`);
  }

  /** Whether it is a folder, and not all. */
  get isFolder(): boolean {
    return this.#root !== undefined;
  }

  /** The path on the host, as text of bytes (latin1); `follow` is whether the last name may be a link. */
  located(name: Buffer, follow: boolean): string {
    return `${this.#base}/${this.#names(name, follow).join('/')}`;
  }

  /** The path that a script has for one of the host's. */
  shown(located: string): string {
    return this.#root !== undefined && located.startsWith(`${this.#base}/`)
      ? located.slice(this.#base.length)
      : located;
  }

  get #base(): string {
    return this.#root === undefined ? '' : latin1(this.#root);
  }

  /** From the root on. Of a folder's links none is followed; of the host's all are, and where they lead is looked at. */
  #names(name: Buffer, follow: boolean): Names {
    const text = name.toString('latin1');
    if (text === '') throw new SystemFailure('ENOENT');
    const isAbsolute = text.startsWith('/');
    if (this.#root !== undefined) return flat([...(isAbsolute ? [] : (this.#current ?? [])), ...text.split('/')]);
    const from = isAbsolute ? '' : `${this.current.toString('latin1')}/`;
    return canonical(`${from}${text}`.split('/'), follow);
  }

  /** Whether it is one of the devices that may be used, but neither made nor removed: `canonical` lets no other pass. */
  #isOfDev([first]: Names): boolean {
    return this.#root === undefined && first === 'dev';
  }

  /** Opens the folders on the way to the last name. */
  #within<T>(names: Names, use: (folder: Folder, last: string) => T): T {
    let folder = new Folder(Buffer.from(this.#root ?? '/'), 0);
    try {
      for (const name of names.slice(0, -1)) {
        const next = new Folder(folder.place(name), O_NOFOLLOW);
        folder.close();
        folder = next;
      }
      return use(folder, names.at(-1) ?? '.');
    } finally {
      folder.close();
    }
  }
}

/** A folder that is open, as far as the system has that. */
class Folder {
  readonly #fd: number;
  readonly #place: Buffer;

  constructor(place: Buffer, flags: number) {
    this.#fd = openSync(place, O_PATH | O_DIRECTORY | flags);
    this.#place = LINUX ? placeOf(this.#fd) : place;
  }

  place(name: string): Buffer {
    return Buffer.concat([this.#place, Buffer.from(`/${name}`, 'latin1')]);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Looks at what a name stands for, a link too, and gives a place that stands for the same, whatever becomes of the name. */
function looked<T>(place: Buffer, use: (stats: Stats, same: Buffer) => T): T {
  if (!LINUX) return use(lstatSync(place), place);
  const file = openSync(place, O_PATH | O_NOFOLLOW);
  try {
    return use(fstatSync(file), placeOf(file));
  } finally {
    closeSync(file);
  }
}

function placeOf(fd: number): Buffer {
  return Buffer.from(`/proc/self/fd/${fd}`);
}

/** Without `.` and `..`, which may not lead above the beginning. */
function flat(names: Names): Names {
  const flat: string[] = [];
  for (const name of names) {
    if (name === '..' && flat.pop() === undefined) denied();
    if (name !== '' && name !== '.' && name !== '..') flat.push(name);
  }
  return flat;
}

/** The names of an absolute path with all links followed; the last one's only if `follow`. */
function canonical(names: Names, follow: boolean): Names {
  const found: string[] = [];
  const rest = [...names].reverse();
  for (let links = 0; rest.length > 0; ) {
    const name = rest.pop()!;
    if (name === '..') found.pop();
    if (name === '' || name === '.' || name === '..') continue;
    found.push(name);
    if (isBarred(found, rest.length === 0)) denied();
    const target = rest.length > 0 || follow ? linkAt(found) : undefined;
    if (target === undefined) continue;
    if (++links > MOST_LINKS) throw new SystemFailure('ELOOP');
    if (target.startsWith('/')) found.length = 0;
    else found.pop();
    rest.push(...target.split('/').reverse());
  }
  return found;
}

/** Whether a canonical path leads into the kernel. */
function isBarred([first, second, ...more]: Names, isLast: boolean): boolean {
  if (!KERNEL.includes(first!)) return false;
  if (first !== 'dev') return true;
  return second === undefined ? isLast : more.length > 0 || !DEVICES.includes(second);
}

/** The target of a link; undefined for anything else, and where there is nothing. */
function linkAt(names: Names): string | undefined {
  const place = Buffer.from(`/${names.join('/')}`, 'latin1');
  try {
    return lstatSync(place).isSymbolicLink() ? readlinkSync(place, 'latin1') : undefined;
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? undefined : raise(error);
  }
}

function isDevice(stats: Stats): boolean {
  return stats.isCharacterDevice() || stats.isBlockDevice();
}

/** Whether a file is one that the kernel makes up, wherever that is mounted. */
function isKernels(place: Buffer): boolean {
  return LINUX && KERNEL_FILE_SYSTEMS.includes(statfsSync(place).type);
}

/** @throws SocketError ERR_UNSUPPORTED where Linux has none of the paths that the walls are made of */
export function checkWalls(): void {
  if (LINUX && !existsSync('/proc/self/fd')) throw unsupported('permissions.files', '/proc has to be mounted');
}

/** @throws SocketError ERR_INVALID_ARGUMENT */
function folderAt(root: string): string {
  try {
    if (statSync(root).isDirectory()) return realpathSync(root);
  } catch {
    // and so it is none
  }
  throw badArgument(`createLua: permissions.files.root is a folder, which ${JSON.stringify(root)} is not`);
}

function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}

function raise(error: unknown): never {
  throw error;
}
