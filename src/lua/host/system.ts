/**
 * The kernel of a Lua machine: the system calls of its C library, by Emscripten's names and WASI's, on the host's files,
 * clock and environment. Paths, flags and structures are read here from the machine's memory, and nowhere else.
 *
 *     struct iovec   base(4) length(4)
 *     struct tm      sec min hour mday mon year wday yday isdst gmtoff(4 each) zone(4, a pointer)
 */
import { constants, lstatSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import type { WasmPointer } from '../api.ts';
import { Exit, inTurn, Thrown } from '../errors.ts';
import type { Reach } from '../permissions.ts';
import type { System, SystemCalls, Vm } from '../vm.ts';
import { type Calendar, formatted, localCalendar, secondsOf, utcCalendar } from './clock.ts';
import { engineErrno, SystemFailure } from './errno.ts';
import { HostFile, type OpenFile } from './files.ts';

const O_ACCMODE = 3;
const O_CREAT = 0x40;
const O_EXCL = 0x80;
const O_TRUNC = 0x200;
const O_APPEND = 0x400;
const AT_REMOVEDIR = 0x200;
const TIOCGWINSZ = 0x5413;
/** The place of the descriptor in a C FILE. */
const FILE_FD = 60;
/** How many vectors one call may have (IOV_MAX). */
const MOST_VECTORS = 1024;

/** Room for one readv: the C library asks for what the program wants, and a buffer more. */
const SCATTER: Buffer = Buffer.alloc(16_384);

export class Kernel implements System {
  readonly env: SystemCalls;
  readonly wasi: SystemCalls;
  /** Called where a write finds a pipe that is read no more; without it, that is an error of the write alone. */
  brokenPipe: (() => void) | undefined;
  readonly #vm: Vm;
  readonly #reach: Reach;
  readonly #open: (OpenFile | undefined)[];
  /** By descriptor, bytes that C has in its buffer still, though an embedder's function that failed was given them. */
  readonly #given = new Map<number, number>();
  /** The file that the next open returns, whatever its path: see `openAs`. */
  #next: OpenFile | undefined;

  constructor(vm: Vm, reach: Reach) {
    this.#vm = vm;
    this.#reach = reach;
    this.#open = [...reach.streams];
    this.env = this.#calls();
    this.wasi = this.#wasiCalls();
  }

  /** Makes `open`, which is to open a file through C, get this one. */
  openAs<T>(file: OpenFile, open: () => T): T {
    this.#next = file;
    try {
      return open();
    } finally {
      this.#next = undefined;
    }
  }

  /** Whether a C FILE is standard output or errors. */
  isOutput(file: WasmPointer): boolean {
    const fd = this.#fdOf(file);
    return fd === 1 || fd === 2;
  }

  /** What a C FILE stands for. */
  fileOf(file: WasmPointer): OpenFile {
    return this.#file(this.#fdOf(file));
  }

  #fdOf(file: WasmPointer): number {
    return this.#vm.words[(this.#vm.inside(file, FILE_FD + 4) + FILE_FD) >> 2]!;
  }

  /** Closes what the program has left open: all of it, and then throws what the first failure was. */
  closeAll(): void {
    inTurn([...new Set(this.#open.splice(3))].map((file) => () => file?.close()));
  }

  #calls(): SystemCalls {
    const vm = this.#vm;
    return {
      __syscall_openat: (_: number, path: WasmPointer, flags: number, mode: WasmPointer) =>
        negative(() => this.#opened(path, flags, mode === 0 ? 0 : vm.words[mode >> 2]!)),
      __syscall_fcntl64: () => 0,
      __syscall_ioctl: (fd: number, request: number) =>
        negative(() => {
          if (request !== TIOCGWINSZ || !this.#file(fd).isTerminal) throw new SystemFailure('ENOTTY');
          return 0;
        }),
      // freopen opens a file anew in the place of another; then the new descriptor is closed.
      __syscall_dup3: (from: number, to: number) =>
        negative(() => {
          const file = this.#file(from);
          this.#close(to);
          this.#open[to] = file;
          return to;
        }),
      __syscall_unlinkat: (_: number, path: WasmPointer, flags: number) =>
        negative(() => this.#entry(path, true, (flags & AT_REMOVEDIR) === 0 ? unlink : rmdirSync)),
      __syscall_rmdir: (path: WasmPointer) => negative(() => this.#entry(path, true, rmdirSync)),
      __syscall_renameat: (_: number, from: WasmPointer, __: number, to: WasmPointer) =>
        negative(() => this.#entry(from, true, (old) => this.#entry(to, true, (next) => renameSync(old, next)))),
      // tmpnam asks whether a name is free.
      __syscall_readlinkat: (_: number, path: WasmPointer) =>
        negative(() => {
          this.#entry(path, false, lstatSync);
          throw new SystemFailure('EINVAL');
        }),
      system: () => 0, // os.execute is ours
      exit: (status: number) => {
        throw new Exit(status & 255);
      },
      emscripten_date_now: () => Date.now(),
      _emscripten_get_now_is_monotonic: () => 1,
      _mktime_js: (tm: WasmPointer) => BigInt(this.#mktime(tm)),
      _localtime_js: (time: bigint, tm: WasmPointer) => this.#writeCalendar(tm, localCalendar(Number(time))),
      _gmtime_js: (time: bigint, tm: WasmPointer) => this.#writeCalendar(tm, utcCalendar(Number(time))),
      _tzset_js: () => {}, // the names of zones come with each time
      strftime: (text: WasmPointer, room: number, format: WasmPointer, tm: WasmPointer) => {
        const written = formatted(vm.cText(format), this.#calendar(tm));
        if (written.length >= room) return 0;
        vm.bytes[text + vm.bytes.write(written, text, 'latin1')] = 0;
        return written.length;
      },
    };
  }

  #wasiCalls(): SystemCalls {
    const vm = this.#vm;
    return {
      fd_write: (fd: number, vectors: WasmPointer, count: number, written: WasmPointer) =>
        number(() => this.#write(fd, vectors, count, written)),
      fd_read: (fd: number, vectors: WasmPointer, count: number, got: WasmPointer) =>
        number(() => this.#read(fd, vectors, count, got)),
      fd_close: (fd: number) => number(() => this.#close(fd)),
      fd_seek: (fd: number, offset: bigint, whence: number, position: WasmPointer) =>
        number(() => {
          const now = BigInt(this.#file(fd).seek(Number(offset), whence));
          vm.words[position >> 2] = Number(BigInt.asIntN(32, now));
          vm.words[(position >> 2) + 1] = Number(BigInt.asIntN(32, now >> 32n));
        }),
      environ_sizes_get: (count: WasmPointer, size: WasmPointer) => {
        const entries = this.#environment();
        vm.words[count >> 2] = entries.length;
        vm.words[size >> 2] = entries.reduce((sum, entry) => sum + entry.length, 0);
        return 0;
      },
      environ_get: (pointers: WasmPointer, text: WasmPointer) => {
        this.#environment().forEach((entry, i) => {
          vm.words[(pointers >> 2) + i] = text;
          vm.bytes.set(entry, text);
          text += entry.length;
        });
        return 0;
      },
    };
  }

  #environment(): Buffer[] {
    return Object.entries(this.#reach.env).map(([name, value]) => Buffer.from(`${name}=${value}\0`));
  }

  #file(fd: number): OpenFile {
    return this.#open[fd] ?? refuse('EBADF');
  }

  /** The file stays open where another descriptor is it, too. */
  #close(fd: number): void {
    const file = this.#file(fd);
    this.#open[fd] = undefined;
    if (!this.#open.includes(file)) file.close();
  }

  /** A copy: what it names is looked up step by step. */
  #path(path: WasmPointer): Buffer {
    const { at, end } = this.#vm.textRange(path);
    return Buffer.from(this.#vm.bytes.subarray(at, end));
  }

  #entry(path: WasmPointer, changes: boolean, use: (place: Buffer) => unknown): number {
    this.#reach.files.entry(this.#path(path), changes, use);
    return 0;
  }

  #opened(path: WasmPointer, flags: number, mode: number): number {
    const { files } = this.#reach;
    const file =
      this.#next ??
      files.opening(this.#path(path), hostFlags(flags), (place, checked) => HostFile.open(place, checked, mode));
    this.#next = undefined;
    const free = this.#open.indexOf(undefined);
    const fd = free < 0 ? this.#open.length : free;
    this.#open[fd] = file;
    return fd;
  }

  /** One write for all vectors: what C had in its buffer, and what came then. */
  #write(fd: number, vectors: WasmPointer, count: number, written: WasmPointer): void {
    const file = this.#file(fd);
    const pieces = this.#pieces(vectors, count);
    const filled = pieces.filter((piece) => piece.length > 0);
    const all = filled.length === 1 ? filled[0]! : Buffer.concat(filled);
    const given = this.#given.get(fd) ?? 0;
    this.#given.delete(fd);
    try {
      this.#vm.words[written >> 2] = all.length === given ? given : given + file.write(all.subarray(given));
    } catch (thrown) {
      if ((thrown as { code?: unknown }).code === 'EPIPE') this.brokenPipe?.();
      if (thrown instanceof Thrown) this.#given.set(fd, pieces[0]!.length); // the first is what C had in its buffer
      throw thrown;
    }
  }

  /** One read for all vectors: a second one might wait, where readv(2) gives what there is. */
  #read(fd: number, vectors: WasmPointer, count: number, got: WasmPointer): void {
    const vm = this.#vm;
    const file = this.#file(fd);
    // C flushes what a prompt has left in the buffer when a terminal is read.
    if (fd === 0 && this.#open[1]?.isTerminal) vm.api.fflush(0);
    const pieces = this.#pieces(vectors, count);
    const room = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const buffer = room > SCATTER.length ? Buffer.alloc(room) : SCATTER;
    const length = file.read(buffer.subarray(0, room));
    let at = 0;
    for (const piece of pieces) at += buffer.copy(piece, 0, at, Math.min(length, at + piece.length));
    vm.words[got >> 2] = length;
  }

  /** The memory that vectors name; all of it together is no more than the machine has. */
  #pieces(vectors: WasmPointer, count: number): Buffer[] {
    const { bytes, words } = this.#vm;
    const pieces: Buffer[] = [];
    let all = 0;
    if (count < 0 || count > MOST_VECTORS) throw new SystemFailure('EINVAL');
    for (let i = vectors >>> 2; count > 0; i += 2, count--) {
      const length = words[i + 1]! >>> 0;
      const at = this.#vm.inside(words[i]!, length);
      all += length;
      pieces.push(bytes.subarray(at, at + length));
    }
    if (all > bytes.length) throw new SystemFailure('EINVAL');
    return pieces;
  }

  #mktime(tm: WasmPointer): number {
    const seconds = secondsOf(this.#calendar(tm));
    if (!Number.isFinite(seconds)) return -1;
    this.#writeCalendar(tm, localCalendar(seconds));
    return seconds;
  }

  #calendar(tm: WasmPointer): Calendar {
    const at = tm >> 2;
    const [second, minute, hour, day, month, year, weekday, yearday, summer, offset, zone] = this.#vm.words.subarray(
      at,
      at + 11,
    ) as unknown as number[];
    const fields = { second, minute, hour, day, month, year, weekday, yearday, summer, offset };
    return { ...fields, zone: zone === 0 ? '' : this.#vm.cText(zone!) } as Calendar;
  }

  #writeCalendar(tm: WasmPointer, time: Calendar): void {
    const { second, minute, hour, day, month, year, weekday, yearday, summer, offset } = time;
    const zone = this.#vm.word(time.zone); // first: it may make memory grow
    this.#vm.words.set([second, minute, hour, day, month, year, weekday, yearday, summer, offset, zone], tm >> 2);
  }
}

/** The host's flags for those of the engine's C library, which are Linux's. */
function hostFlags(flags: number): number {
  let host = [constants.O_RDONLY, constants.O_WRONLY, constants.O_RDWR][flags & O_ACCMODE] ?? 0;
  if ((flags & O_CREAT) !== 0) host |= constants.O_CREAT;
  if ((flags & O_EXCL) !== 0) host |= constants.O_EXCL;
  if ((flags & O_TRUNC) !== 0) host |= constants.O_TRUNC;
  if ((flags & O_APPEND) !== 0) host |= constants.O_APPEND;
  return host;
}

/** As remove(3) needs it: a directory is one, whatever the system calls it. */
function unlink(path: Buffer): void {
  if (lstatSync(path).isDirectory()) throw new SystemFailure('EISDIR');
  unlinkSync(path);
}

function refuse(code: string): never {
  throw new SystemFailure(code);
}

/** Emscripten's calls return what they give, or an error number below zero; WASI's 0 or the number itself. */
function negative(call: () => number): number {
  try {
    return call();
  } catch (thrown) {
    return -engineErrno(thrown);
  }
}

function number(call: () => void): number {
  try {
    call();
    return 0;
  } catch (thrown) {
    return engineErrno(thrown);
  }
}
