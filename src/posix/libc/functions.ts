/** The C functions that the blocking face calls, by koffi. Another way to call C would take the place of this file alone. */
import { createRequire } from 'node:module';
import { SocketError } from '../../core/errors.ts';
import { placeOf } from '../own-place.ts';
import { type Constants, DARWIN, LINUX } from './constants.ts';

type Koffi = typeof import('koffi');

/** Memory of ours that C reads or writes while it is called. */
export type CMemory = Uint8Array | Int32Array;
/** The address of memory that is C's, or that C keeps after the call; 0n is NULL. */
export type Pointer = bigint;

/** The system, as far as its C differs. */
export const SYSTEM: 'linux' | 'darwin' = supportedSystem();
export const C: Constants = SYSTEM === 'linux' ? LINUX : DARWIN;

/** A library, or all that the process has loaded. */
export interface Library {
  /** The function of this C declaration; calls to it have the type `F`. Throws where the library has none of that name. */
  declare<F extends (...args: never[]) => unknown>(declaration: string): F;
}

const koffi = loadKoffi();
const libc = openLibrary(null);

/**
 * The library of that name, or with null what the process has. With `deep` its own names, and those of the libraries that
 * it needs, go before the process's (RTLD_DEEPBIND). Throws where there is none.
 */
export function openLibrary(name: string | null, deep = false): Library {
  const library = koffi.load(name, { deep });
  return {
    declare: <F extends (...args: never[]) => unknown>(declaration: string) =>
      library.func(declaration) as unknown as F,
  };
}

/** A function of ours for C to call, as long as this thread lives: its address. */
export function callback(result: string, parameters: string[], call: (...args: never[]) => unknown): Pointer {
  return koffi.register(call, koffi.pointer(koffi.proto(result, parameters)));
}

function declare<F extends (...args: never[]) => unknown>(declaration: string): F {
  return libc.declare<F>(declaration);
}

/** The same, where not every C library has it. */
function declareIfThere<F extends (...args: never[]) => unknown>(declaration: string): F | undefined {
  try {
    return declare<F>(declaration);
  } catch {
    return undefined;
  }
}

/** Each returns -1 after a failure, whose number `errno` then tells, except where something else is said. */
type Fd = number;
type Count = number;

export const socket: (domain: number, type: number, protocol: number) => Fd = declare('int socket(int, int, int)');
export const socketpair: (domain: number, type: number, protocol: number, pair: Int32Array) => number = declare(
  'int socketpair(int, int, int, void *)',
);
export const bind: (fd: Fd, name: CMemory, length: number) => number = declare('int bind(int, const void *, uint32_t)');
export const listen: (fd: Fd, backlog: number) => number = declare('int listen(int, int)');
export const accept: (fd: Fd, name: CMemory | null, length: Int32Array | null) => Fd = declare(
  'int accept(int, void *, void *)',
);
/** Linux only: the new descriptor has these flags from the beginning. */
export const accept4: ((fd: Fd, name: CMemory | null, length: Int32Array | null, flags: number) => Fd) | undefined =
  declareIfThere('int accept4(int, void *, void *, int)');
export const connect: (fd: Fd, name: CMemory, length: number) => number = declare(
  'int connect(int, const void *, uint32_t)',
);
export const shutdown: (fd: Fd, how: number) => number = declare('int shutdown(int, int)');
export const close: (fd: Fd) => number = declare('int close(int)');
export const dup2: (fd: Fd, other: Fd) => Fd = declare('int dup2(int, int)');
/** Linux only: the other descriptor has these flags from the beginning. */
export const dup3: ((fd: Fd, other: Fd, flags: number) => Fd) | undefined = declareIfThere('int dup3(int, int, int)');

export const recv: (fd: Fd, into: CMemory, size: number, flags: number) => Count = declare(
  'intptr_t recv(int, void *, size_t, int)',
);
export const send: (fd: Fd, bytes: CMemory, length: number, flags: number) => Count = declare(
  'intptr_t send(int, const void *, size_t, int)',
);
/** The memory is given by its address: a slab of it takes many datagrams, and a view for each call costs as much as the call. */
export const recvfrom: (
  fd: Fd,
  address: number,
  size: number,
  flags: number,
  name: CMemory | null,
  nameLength: Int32Array | null,
) => Count = declare('intptr_t recvfrom(int, uintptr_t, size_t, int, void *, void *)');
/** The same for send(2). */
export const sendAt: (fd: Fd, address: number, length: number, flags: number) => Count = declare(
  'intptr_t send(int, uintptr_t, size_t, int)',
);
export const recvAt: (fd: Fd, address: number, size: number, flags: number) => Count = declare(
  'intptr_t recv(int, uintptr_t, size_t, int)',
);
export const sendto: (
  fd: Fd,
  bytes: CMemory,
  length: number,
  flags: number,
  name: CMemory | null,
  nameLength: number,
) => Count = declare('intptr_t sendto(int, const void *, size_t, int, const void *, uint32_t)');
export const sendtoAt: (
  fd: Fd,
  address: number,
  length: number,
  flags: number,
  name: CMemory | null,
  nameLength: number,
) => Count = declare('intptr_t sendto(int, uintptr_t, size_t, int, const void *, uint32_t)');
/** Linux only: how many messages were received, or sent. */
export const recvmmsg: ((fd: Fd, messages: CMemory, count: number, flags: number, timeout: null) => Count) | undefined =
  declareIfThere('int recvmmsg(int, void *, unsigned int, int, void *)');
export const sendmmsg: ((fd: Fd, messages: CMemory, count: number, flags: number) => Count) | undefined =
  declareIfThere('int sendmmsg(int, void *, unsigned int, int)');
export const read: (fd: Fd, into: CMemory, size: number) => Count = declare('intptr_t read(int, void *, size_t)');
export const write: (fd: Fd, bytes: CMemory, length: number) => Count = declare(
  'intptr_t write(int, const void *, size_t)',
);

/** The same with memory given by its address. */
export const readAt: (fd: Fd, address: number, size: number) => Count = declare(
  'intptr_t read(int, uintptr_t, size_t)',
);
export const writeAt: (fd: Fd, address: number, length: number) => Count = declare(
  'intptr_t write(int, uintptr_t, size_t)',
);

/** How many of the `pollfd` structures have something to tell. */
export const poll: (fds: Int32Array, count: number, milliseconds: number) => number = declare(
  'int poll(void *, unsigned long, int)',
);
const fcntlVariadic: (fd: Fd, command: number, type: 'int' | 'void *', argument: number | CMemory) => number =
  declare('int fcntl(int, int, ...)');
export function fcntl(fd: Fd, command: number, argument: number): number {
  return fcntlVariadic(fd, command, 'int', argument);
}
/** The same for commands of a structure. */
export function fcntlOf(fd: Fd, command: number, structure: CMemory): number {
  return fcntlVariadic(fd, command, 'void *', structure);
}
/** The new place of the next byte, or -1. */
export const lseek: (fd: Fd, offset: number, whence: number) => number = declare('int64_t lseek(int, int64_t, int)');

export const getsockopt: (fd: Fd, level: number, name: number, value: CMemory, length: Int32Array) => number = declare(
  'int getsockopt(int, int, int, void *, void *)',
);
export const setsockopt: (fd: Fd, level: number, name: number, value: CMemory, length: number) => number = declare(
  'int setsockopt(int, int, int, const void *, uint32_t)',
);
export const getsockname: (fd: Fd, name: CMemory, length: Int32Array) => number = declare(
  'int getsockname(int, void *, void *)',
);
export const getpeername: (fd: Fd, name: CMemory, length: Int32Array) => number = declare(
  'int getpeername(int, void *, void *)',
);

/** 1, or 0 for what is no address of the family. */
export const inet_pton: (family: number, text: string, address: CMemory) => number = declare(
  'int inet_pton(int, const char *, void *)',
);
/** The same for IPv4 in all the forms that C knows: 0 for what is none. */
export const inet_aton: (text: string, address: CMemory) => number = declare('int inet_aton(const char *, void *)');
/** NULL after a failure. */
export const inet_ntop: (family: number, address: CMemory, text: CMemory, size: number) => number | bigint = declare(
  'uintptr_t inet_ntop(int, const void *, void *, uint32_t)',
);
/** 0 after a failure. */
export const if_nametoindex: (name: string) => number = declare('unsigned int if_nametoindex(const char *)');
/** NULL after a failure. */
export const if_indextoname: (index: number, name: CMemory) => number | bigint = declare(
  'uintptr_t if_indextoname(unsigned int, void *)',
);

/** 0, or an EAI number; so do the next ones. What it writes to `result` is for `freeaddrinfo`. */
export const getaddrinfo: (name: string, service: null, hints: CMemory, result: CMemory) => number = declare(
  'int getaddrinfo(const char *, const char *, const void *, void *)',
);
export const freeaddrinfo: (list: Pointer) => void = declare('void freeaddrinfo(void *)');
export const getnameinfo: (
  address: CMemory,
  length: number,
  name: CMemory,
  nameSize: number,
  service: CMemory,
  serviceSize: number,
  flags: number,
) => number = declare('int getnameinfo(const void *, uint32_t, void *, uint32_t, void *, uint32_t, int)');
/** getaddrinfo in threads of C's own: glibc only, in libc itself from 2.34 on. */
export const getaddrinfo_a: ((mode: number, requests: CMemory, count: number, event: null) => number) | undefined =
  declareIfThere('int getaddrinfo_a(int, void *, int, void *)');
export const gai_error: ((request: Pointer) => number) | undefined = declareIfThere('int gai_error(void *)');
export const gai_cancel: ((request: Pointer) => number) | undefined = declareIfThere('int gai_cancel(void *)');

/** `attributes` is a struct termios; so it is below. */
export const tcgetattr: (fd: Fd, attributes: CMemory) => number = declare('int tcgetattr(int, void *)');
export const tcsetattr: (fd: Fd, when: number, attributes: CMemory) => number = declare(
  'int tcsetattr(int, int, const void *)',
);
export const cfmakeraw: (attributes: CMemory) => void = declare('void cfmakeraw(void *)');
export const cfsetspeed: (attributes: CMemory, speed: number) => number = declare(
  'int cfsetspeed(void *, unsigned long)',
);

/** A C `FILE *` whose other end is a command of the shell; NULL after a failure. */
export const popen: (command: CMemory, mode: string) => Pointer | null = declare(
  'void *popen(const void *, const char *)',
);
export const fileno: (file: Pointer) => Fd = declare('int fileno(void *)');
/** The command's status, as wait(2) has it. */
export const pclose: (file: Pointer) => number = declare('int pclose(void *)');
/** The same of a command that runs to its end; with NULL, whether there is a shell. */
export const system: (command: CMemory | null) => number = declare('int system(const void *)');

/** NULL when there is no memory. */
export const calloc: (count: number, size: number) => Pointer | null = declare('void *calloc(size_t, size_t)');
export const free: (memory: Pointer) => void = declare('void free(void *)');
/** Between memory of ours and C's. (What a view costs is given back when the event loop turns, so perhaps never.) */
export const memcpy: (to: CMemory | Pointer, from: CMemory | Pointer, length: number) => void = declare(
  'void memcpy(void *, const void *, size_t)',
);

export function copyOf(memory: Pointer, length: number): Buffer {
  const copy = Buffer.alloc(length);
  memcpy(copy, memory, length);
  return copy;
}

/** The number of the last failure. */
export const errno: () => number = () => koffi.errno();

/** The number of the last failure of `gethostbyname` and `gethostbyaddr`; where it is not to be had, that of an unknown host. */
export function h_errno(): number {
  if (hErrnoLocation === undefined) return C.HOST_NOT_FOUND;
  const number = new Int32Array(1);
  memcpy(number, hErrnoLocation(), number.byteLength);
  return number[0] as number;
}

/** The system's words for an error number, and for one of getaddrinfo's. */
export const strerror: (number: number) => string = declare('const char *strerror(int)');
export const gai_strerror: (number: number) => string = declare('const char *gai_strerror(int)');

/** A struct hostent of C's, which the next call overwrites; NULL after a failure, whose number `h_errno` tells. */
export const gethostbyname: (name: CMemory) => Pointer | null = declare('void *gethostbyname(const void *)');
export const gethostbyaddr: (address: CMemory, length: number, family: number) => Pointer | null = declare(
  'void *gethostbyaddr(const void *, uint32_t, int)',
);
/** Linux only, where `h_errno` is each thread's own. */
const hErrnoLocation: (() => Pointer) | undefined = declareIfThere('void *__h_errno_location()');
export const hstrerror: (number: number) => string = declare('const char *hstrerror(int)');

/** A struct servent of C's, which the next call overwrites; NULL for a service that is unknown. */
export const getservbyname: (name: string, protocol: string) => Pointer | null = declare(
  'void *getservbyname(const char *, const char *)',
);

/** `errno`'s names, by number. */
export const ERRNO_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(koffi.os.errno as unknown as Readonly<Record<string, number>>)
    // Of two names for one number, the one that Node has: it is what programs compare with.
    .filter(([name]) => name !== 'EWOULDBLOCK' && name !== 'EOPNOTSUPP' && name !== 'EDEADLOCK')
    .map(([name, number]) => [number, name]),
);

/** The address of memory of ours. It stays there as long as the object lives. */
export function addressOf(bytes: CMemory): Pointer {
  return koffi.address(bytes) as Pointer;
}

function supportedSystem(): 'linux' | 'darwin' {
  const { platform, arch } = process;
  const runtime = 'Bun' in globalThis ? 'Bun' : 'Deno' in globalThis ? 'Deno' : 'Node';
  const known = (platform === 'linux' || platform === 'darwin') && (arch === 'x64' || arch === 'arm64');
  if (known && runtime === 'Node') return platform;
  throw new SocketError(
    'ERR_UNSUPPORTED',
    `moonsocket/blocking runs in Node on Linux and macOS, on x64 and arm64, and not in ${runtime} on ${platform} ${arch}; ` +
      "import 'moonsocket', the await face, instead",
  );
}

function loadKoffi(): Koffi {
  try {
    return createRequire(placeOf(import.meta))('koffi') as Koffi;
  } catch (cause) {
    throw new SocketError(
      'ERR_UNSUPPORTED',
      "moonsocket/blocking calls C by the package koffi, which cannot be loaded: npm install koffi, or import 'moonsocket', the await face",
      {},
      { code: 'ERR_UNSUPPORTED', cause, attempts: undefined },
    );
  }
}
