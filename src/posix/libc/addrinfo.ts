/**
 * Names to addresses and back, by the system's resolver: getaddrinfo(3), getnameinfo(3), and getaddrinfo_a(3) to be on time.
 *
 *     struct addrinfo   flags(4) family(4) socktype(4) protocol(4) addrlen(4) padding(4) addr(8) canonname(8) next(8)
 *     struct gaicb      name(8) service(8) hints(8) result(8) status(4) reserved(20)
 *
 * macOS has canonname before addr, and no gaicb.
 */
import { isMainThread } from 'node:worker_threads';
import type { Address, Family } from '../../core/address.ts';
import { Failure, type Outcome, TIMED_OUT } from '../../core/errors.ts';
import { type Deadline, now } from '../../core/timeout.ts';
import type { NameInfo } from '../../sockets/engine.ts';
import { failure } from './errno.ts';
import * as libc from './functions.ts';
import { C, type Pointer, SYSTEM } from './functions.ts';
import { packed, unpacked } from './sockaddr.ts';

const ADDRINFO_LENGTH = 48;
const FLAGS_AT = 0;
const FAMILY_AT = 4;
const SOCKTYPE_AT = 8;
const ADDRLEN_AT = 16;
const ADDR_AT = SYSTEM === 'linux' ? 24 : 32;
const NEXT_AT = 40;

const GAICB_LENGTH = 56;
const HINTS_POINTER_AT = 16;
const RESULT_AT = 24;

/** Bytes of the longest name and service, their NUL included (NI_MAXHOST and NI_MAXSERV). */
const NAME_SIZE = 1025;
const SERVICE_SIZE = 32;

/** The shortest and the longest of the sleeps between two looks at a lookup, in milliseconds. */
const FIRST_SLEEP = 0.05;
const LAST_SLEEP = 10;
/** How much of the time that a lookup has taken so far the next sleep may add to it. */
const SLEEP_SHARE = 1 / 8;

/**
 * The addresses of a host, in the system's order.
 *
 * With a timeout, and in a worker (so that `terminate()` takes effect), a thread of C's looks them up. C has 20 of them:
 * while all are with servers that do not answer, further lookups wait for one, or for their timeouts. Where C has no such
 * threads (macOS, musl, glibc before 2.34) only the limits in resolv.conf(5) bound a lookup that has begun.
 */
export function getaddrinfo(name: string, family: Family | undefined, deadline: Deadline): Outcome<readonly Address[]> {
  const left = deadline.remaining();
  if (left === 0) return TIMED_OUT;
  const { getaddrinfo_a, gai_error, gai_cancel } = libc;
  if (getaddrinfo_a === undefined || gai_error === undefined || gai_cancel === undefined) return lookUp(name, family);
  if (left === Number.POSITIVE_INFINITY && isMainThread) return lookUp(name, family);
  return lookUpInTime(name, family, left, { getaddrinfo_a, gai_error, gai_cancel });
}

/** The address that a text means by itself, without a lookup. */
export function numericAddress(text: string, family: Family | undefined): Outcome<Address> {
  const found = lookUp(text, family, C.AI_NUMERICHOST);
  return found instanceof Failure ? found : (found[0] as Address);
}

function lookUp(name: string, family: Family | undefined, flags = 0): Outcome<Address[]> {
  const hints = Buffer.alloc(ADDRINFO_LENGTH);
  hints.writeInt32LE(flags, FLAGS_AT);
  writeHints(hints, family);
  const result = Buffer.alloc(8);
  const status = libc.getaddrinfo(name, null, hints, result);
  return status === 0 ? taken(result.readBigUInt64LE()) : failed(status, failure);
}

/** One socket type, so that each address comes once; else what the await face has, which is nothing. */
function writeHints(hints: Buffer, family: Family | undefined): void {
  hints.writeInt32LE(family === undefined ? 0 : family === 'inet' ? C.AF_INET : C.AF_INET6, FAMILY_AT);
  hints.writeInt32LE(C.SOCK_STREAM, SOCKTYPE_AT);
}

/** The addresses in a list of C's, which is freed. */
function taken(list: Pointer): Address[] {
  try {
    const found: Address[] = [];
    for (let at = list; at !== 0n; ) {
      const info = libc.copyOf(at, ADDRINFO_LENGTH);
      const { address, family } = unpacked(libc.copyOf(info.readBigUInt64LE(ADDR_AT), info.readUInt32LE(ADDRLEN_AT)));
      found.push({ address, family });
      at = info.readBigUInt64LE(NEXT_AT);
    }
    return found;
  } finally {
    if (list !== 0n) libc.freeaddrinfo(list);
  }
}

/** The part of C that glibc alone has. */
type Threads = { readonly [N in 'getaddrinfo_a' | 'gai_error' | 'gai_cancel']: NonNullable<(typeof libc)[N]> };

/**
 * A lookup in a thread of C's: where its gaicb is, with the hints and the name behind it. This is C's memory, since the
 * thread may outlive the worker that asked, and with it all that is JavaScript's; what a worker leaves behind at its end
 * is never freed.
 */
type Request = Pointer;

/** Lookups that were given up, and whose memory C still uses. */
const abandoned = new Set<Request>();

/**
 * Looks at the request again and again, where gai_suspend would wait for it: when its timeout and the answer come at the
 * same moment, glibc goes on to use the stack of a gai_suspend that has returned (the thread sets the status before it takes
 * the lock, and gai_suspend does not leave the list of those who wait once it sees the status).
 */
function lookUpInTime(
  name: string,
  family: Family | undefined,
  left: number,
  threads: Threads,
): Outcome<readonly Address[]> {
  for (const request of abandoned) {
    if (!isOver(request, threads)) continue;
    abandoned.delete(request);
    release(request);
  }
  const request = requestFor(name, family);
  if (request === undefined) return new Failure('ENOMEM');
  const list = Buffer.alloc(8);
  list.writeBigUInt64LE(request);
  const status = threads.getaddrinfo_a(C.GAI_NOWAIT, list, 1, null);
  if (status !== 0) {
    const refused = failed(status, failure);
    libc.free(request);
    return refused;
  }
  const start = now();
  while (!isOver(request, threads)) {
    const elapsed = now() - start;
    if (elapsed >= left) {
      abandon(request, threads);
      return TIMED_OUT;
    }
    sleep(Math.min(left - elapsed, LAST_SLEEP, Math.max(FIRST_SLEEP, elapsed * SLEEP_SHARE)));
  }
  const ended = threads.gai_error(request);
  const found = release(request);
  // The thread has kept its errno to itself.
  return ended === 0 ? found : failed(ended, () => new Failure('EAI_SYSTEM'));
}

function requestFor(name: string, family: Family | undefined): Request | undefined {
  const nameAt = GAICB_LENGTH + ADDRINFO_LENGTH;
  const memory = Buffer.alloc(nameAt + Buffer.byteLength(name) + 1);
  const request = libc.calloc(1, memory.length);
  if (request === null) return undefined;
  memory.writeBigUInt64LE(request + BigInt(nameAt));
  memory.writeBigUInt64LE(request + BigInt(GAICB_LENGTH), HINTS_POINTER_AT);
  writeHints(memory.subarray(GAICB_LENGTH, nameAt), family);
  memory.write(name, nameAt);
  libc.memcpy(request, memory, memory.length);
  return request;
}

/** Whether the thread is done with the request's memory; the status alone changes a little earlier. */
function isOver(request: Request, { gai_error, gai_cancel }: Threads): boolean {
  return gai_error(request) !== C.EAI_INPROGRESS && gai_cancel(request) === C.EAI_ALLDONE;
}

function abandon(request: Request, { gai_cancel }: Threads): void {
  const state = gai_cancel(request);
  // A lookup that has not begun is taken off the list for good, though its status stays that of one in progress.
  if (state === C.EAI_CANCELED || state === C.EAI_ALLDONE) release(request);
  else abandoned.add(request);
}

/** The addresses of a request that is over, whose memory is freed. */
function release(request: Request): Address[] {
  const list = libc.copyOf(request, GAICB_LENGTH).readBigUInt64LE(RESULT_AT);
  libc.free(request);
  return taken(list);
}

const NOBODY: Int32Array = new Int32Array(new SharedArrayBuffer(4));

/** `worker.terminate()` ends this, too. */
function sleep(milliseconds: number): void {
  Atomics.wait(NOBODY, 0, 0, milliseconds);
}

/**
 * The name of an address, and of a port's TCP service. C has no way to end it early: a lookup that has begun is bounded
 * by the limits in resolv.conf(5) alone.
 */
export function getnameinfo(
  address: Address,
  port: number,
  deadline: Deadline,
  flags: number = C.NI_NAMEREQD,
): Outcome<NameInfo> {
  if (deadline.remaining() === 0) return TIMED_OUT;
  const socket = packed(address, port);
  if (socket instanceof Failure) return new Failure('ENOTFOUND'); // its zone is not one of this machine's
  const name = Buffer.alloc(NAME_SIZE);
  const service = Buffer.alloc(SERVICE_SIZE);
  const { bytes, length } = socket;
  const status = libc.getnameinfo(bytes, length, name, NAME_SIZE, service, SERVICE_SIZE, flags);
  return status === 0 ? { name: textOf(name), service: textOf(service) } : failed(status, failure);
}

/** A DNS server may put any bytes in a name (RFC 2181, section 11). */
function textOf(bytes: Buffer): string {
  return bytes.toString('latin1', 0, bytes.indexOf(0));
}

const EAI_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(C)
    .filter(([name]) => name.startsWith('EAI_'))
    .map(([name, number]) => [number, name]),
);

/** The failure of a call that returned an EAI number, under the code that Node gives it; `system` knows the errno. */
function failed(status: number, system: () => Failure): Failure {
  if (status === C.EAI_SYSTEM) return system();
  if (status === C.EAI_NONAME || status === C.EAI_NODATA) return new Failure('ENOTFOUND');
  return new Failure(EAI_NAMES.get(status) ?? `EAI_${status}`);
}
