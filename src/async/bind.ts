/**
 * A real bind(2), before anyone knows whether the socket will listen or connect.
 *
 * Node has this as `net.BoundSocket` from 24.19 and 26.4 on. Before that, and in Deno, the call below `server.listen`
 * does it. Bun has neither: there the socket listens from its bind on, and refuses connections until it may.
 */
import net from 'node:net';
import { getSystemErrorName } from 'node:util';
import type { Address, Endpoint } from '../core/address.ts';
import { Failure, type Outcome } from '../core/errors.ts';
import { failureOf } from './node-streams.ts';

/** A bound handle of the runtime: what `server.listen` and `new net.Socket({ handle })` take. */
export interface BoundHandle {
  readonly handle: object;
  readonly name: Endpoint;
  readonly fd: number;
  close(): void;
}

export interface BindFlags {
  readonly ipv6Only: boolean;
  readonly reusePort: boolean;
}

interface RawHandle {
  readonly fd?: number;
  getsockname(out: object): number;
  close(): void;
}

interface BoundSocket {
  address(): { address: string; port: number };
  fd(): number;
  close(): void;
}

/** What Node's types do not declare, or not for every version. */
const { BoundSocket, _createServerHandle } = net as unknown as {
  BoundSocket?: new (options: object) => BoundSocket;
  _createServerHandle?: (
    address: string,
    port: number,
    type: 4 | 6,
    fd: undefined,
    flags: number,
  ) => RawHandle | number;
};

// libuv's uv_tcp_flags (uv.h).
const UV_TCP_IPV6ONLY = 1;
const UV_TCP_REUSEPORT = 2;

/** Whether the runtime can bind without listening. */
export const CAN_BIND: boolean = BoundSocket !== undefined || _createServerHandle !== undefined;

/** Whether several sockets may share a port: libuv has SO_REUSEPORT from 1.49 on (Node 22.12). Deno takes the flag and ignores it. */
export const CAN_REUSE_PORT: boolean =
  CAN_BIND &&
  !('Deno' in globalThis) &&
  (process.versions.uv ?? '1.0').localeCompare('1.49', 'en', { numeric: true }) >= 0;

export function bindHandle(address: Address, port: number, flags: BindFlags): Outcome<BoundHandle> {
  return BoundSocket === undefined ? bindRaw(address, port, flags) : bindPublic(BoundSocket, address, port, flags);
}

function bindPublic(
  Bound: NonNullable<typeof BoundSocket>,
  { address, family }: Address,
  port: number,
  { ipv6Only, reusePort }: BindFlags,
): Outcome<BoundHandle> {
  try {
    const handle = new Bound({ host: address, port, ipv6Only: ipv6Only && family === 'inet6', reusePort });
    return { handle, name: { ...handle.address(), family }, fd: handle.fd(), close: () => handle.close() };
  } catch (error) {
    return failureOf(error);
  }
}

function bindRaw({ address, family }: Address, port: number, { ipv6Only, reusePort }: BindFlags): Outcome<BoundHandle> {
  const six = family === 'inet6';
  const flags = (six && ipv6Only ? UV_TCP_IPV6ONLY : 0) | (reusePort ? UV_TCP_REUSEPORT : 0);
  const handle = _createServerHandle?.(address, port, six ? 6 : 4, undefined, flags);
  if (typeof handle !== 'object') return new Failure(getSystemErrorName(handle as number));
  // libuv keeps EADDRINUSE back until the next call, which this is.
  const name = { address: '', port: 0 };
  const status = handle.getsockname(name);
  if (status !== 0 || name.port === 0) {
    handle.close();
    return new Failure(status === 0 ? 'EADDRINUSE' : getSystemErrorName(status)); // Deno keeps it back until listen
  }
  const { address: bound = address, port: chosen } = name;
  return { handle, name: { address: bound, port: chosen, family }, fd: handle.fd ?? -1, close: () => handle.close() };
}
