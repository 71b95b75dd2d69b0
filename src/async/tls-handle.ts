/**
 * TLS on the handle of a socket of Node's, by names that Node does not document. They are all here, and what they must do
 * is tried before they are used: where it is otherwise, TLS goes over an `IoDuplex`.
 */
import { Socket } from 'node:net';
import { constants } from 'node:os';
import { TLSSocket } from 'node:tls';

/** A native stream: StreamBase of Node's C++. */
interface Handle {
  /** 0, or libuv's error: UV_EALREADY where the stream reads already. */
  readStart(): number;
  readStop(): number;
  /** Whether Node has asked it to read. */
  reading?: boolean;
  /** Bytes that libuv has taken and the kernel has not. */
  readonly writeQueueSize?: number;
  /** Of TLS: the stream below. */
  readonly _parent?: Handle;
  /** Of TLS: why the peer's certificate is not good. */
  verifyError?(): NodeJS.ErrnoException | null;
}

type WithHandle = { readonly _handle?: Handle | null };

const EALREADY = -constants.errno.EALREADY;

/** Only on Node, and not on Windows, where nobody has tried it. */
const KNOWN = !('Bun' in globalThis || 'Deno' in globalThis) && process.platform !== 'win32';

function handleOf(socket: object): Handle | undefined {
  return (socket as WithHandle)._handle ?? undefined;
}

let namesAreThere: boolean | undefined;

/** Whether TLS can go on this socket's own handle. The socket must not read. */
export function canUpgrade(socket: unknown): socket is Socket {
  if (!KNOWN || !(socket instanceof Socket)) return false;
  const handle = handleOf(socket);
  namesAreThere ??= hasNames();
  return namesAreThere && handle !== undefined && tellsWhetherItReads(bottomOf(handle));
}

/** The names that {@link wasCut} and the like need, on a TLS socket that is connected to nothing. */
function hasNames(): boolean {
  const probe = new TLSSocket(undefined as never);
  const handle = handleOf(probe);
  const below = handle?._parent;
  probe.destroy();
  return (
    handle !== undefined &&
    'reading' in handle &&
    typeof below?.readStart === 'function' &&
    typeof below.readStop === 'function'
  );
}

/** Whether a stream that reads says so when it is asked to read. */
function tellsWhetherItReads(handle: Handle): boolean {
  if (typeof handle.writeQueueSize !== 'number') return false;
  // One that reads already, as that below TLS does, has answered.
  if (handle.readStart() === EALREADY) return true;
  const tells = handle.readStart() === EALREADY;
  handle.readStop();
  return tells;
}

/** The lowest of streams that stand one on the other: the one that libuv reads. */
function bottomOf(handle: Handle): Handle {
  let bottom = handle;
  while (bottom._parent !== undefined) bottom = bottom._parent;
  return bottom;
}

/**
 * Asked at the end of the cleartext: whether it came from below TLS, without close_notify. libuv stops reading before it
 * reports the end of a socket, and goes on at a close_notify, which it knows nothing of; so asking it to read tells them
 * apart. Where Node had it stop, only close_notify can have come.
 */
export function wasCut(socket: TLSSocket): boolean {
  const handle = handleOf(socket);
  const below = handle?._parent;
  if (below === undefined || handle?.reading !== true || below.readStart() === EALREADY) return false;
  below.readStop(); // or it would read on
  return true;
}

/** Whether the kernel has all that was written. */
export function isFlushed(socket: TLSSocket): boolean {
  const handle = handleOf(socket);
  return handle !== undefined && bottomOf(handle).writeQueueSize === 0;
}

/** Reads on, after a full queue: `read(0)` would not, where chunks went past the Readable. */
export function readOn(socket: TLSSocket): void {
  if (handleOf(socket)?.reading === false) socket._read(0);
}

/** Why the peer's certificate is not good, by node:tls's code and OpenSSL's words; null where it is good, or there is none. */
export function verifyError(socket: TLSSocket): NodeJS.ErrnoException | null | undefined {
  return handleOf(socket)?.verifyError?.();
}
