/** Sockets before they are anything: made, given options and a local address. Descriptors here are closed on failure. */
import type { Address, Family } from '../core/address.ts';
import { Failure, type Outcome } from '../core/errors.ts';
import type { OptionName } from '../core/options.ts';
import type { TcpOptions } from '../sockets/engine.ts';
import { Descriptor } from './descriptor.ts';
import { failure } from './libc/errno.ts';
import * as libc from './libc/functions.ts';
import { C } from './libc/functions.ts';
import { beginName, NAME, NAME_LENGTH, packed } from './libc/sockaddr.ts';
import { trySetoption } from './socket-options.ts';
import { closeFd, trackFd } from './worker-fds.ts';

/**
 * A new socket that does not block yet, since connect has to be left in the middle, and is not
 * inherited; `closeFd` closes it.
 */
export function newSocket(domain: number, type: number): Outcome<number> {
  const fd = libc.socket(domain, C.SOCK_NONBLOCK < 0 ? type : type | C.SOCK_NONBLOCK | C.SOCK_CLOEXEC, 0);
  if (fd < 0) return failure();
  if (C.SOCK_NONBLOCK < 0) {
    libc.fcntl(fd, C.F_SETFL, C.O_NONBLOCK);
    closeOnExec(fd);
  }
  return trackFd(fd);
}

/** Keeps child processes from inheriting a descriptor, for systems without SOCK_CLOEXEC. */
export function closeOnExec(fd: number): void {
  libc.fcntl(fd, C.F_SETFD, C.FD_CLOEXEC);
}

/** The next connection of a listening socket, which is not inherited either; -1 if there is none. The peer's name is in NAME. */
export function accept(fd: number): number {
  beginName();
  if (libc.accept4 !== undefined) return libc.accept4(fd, NAME, NAME_LENGTH, C.SOCK_CLOEXEC);
  const accepted = libc.accept(fd, NAME, NAME_LENGTH);
  if (accepted >= 0) closeOnExec(accepted);
  return accepted;
}

/** A socket of ours that is connected, or of datagrams, may block: a call that is not to says so itself. */
export function letBlock(fd: number): void {
  libc.fcntl(fd, C.F_SETFL, 0);
}

export function adoptConnected(fd: number): Descriptor {
  letBlock(fd);
  return Descriptor.own(fd);
}

export function domainOf(family: Family): number {
  return family === 'inet' ? C.AF_INET : C.AF_INET6;
}

/** A TCP socket with these options, bound to an address if one is named. */
export function newTcpSocket(
  family: Family,
  options: TcpOptions,
  local?: { readonly address: Address; readonly port: number },
): Outcome<number> {
  const fd = newSocket(domainOf(family), C.SOCK_STREAM);
  if (fd instanceof Failure) return fd;
  const refused =
    setOptions(fd, family, options) ?? (local === undefined ? undefined : bindTo(fd, local.address, local.port));
  if (refused === undefined) return fd;
  closeFd(fd);
  return refused;
}

/** Sets options of a TCP socket; those of IPv6 are nothing to one of IPv4. */
export function setOptions(fd: number, family: Family, options: TcpOptions): Failure | undefined {
  for (const [name, value] of Object.entries(options) as [OptionName, never][]) {
    if (name === 'ipv6-v6only' && family === 'inet') continue;
    const refused = trySetoption(fd, name, value);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

export function bindTo(fd: number, address: Address, port: number): Failure | undefined {
  const name = packed(address, port);
  if (name instanceof Failure) return name;
  return libc.bind(fd, name.bytes, name.length) < 0 ? failure() : undefined;
}

/** Another descriptor for the same thing. */
export function duplicate(fd: number): Outcome<number> {
  const other = libc.fcntl(fd, C.F_DUPFD_CLOEXEC, 0);
  return other < 0 ? failure() : other;
}
