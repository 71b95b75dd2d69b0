/** Arguments and counts of UDP's calls. */
import { checkPort, type Endpoint, familyOf, shownEndpoint } from '../core/address.ts';
import { badArgument } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import type { DatagramStats } from './datagram.ts';

/** Options of a receive. */
export interface DatagramOptions {
  /** Ends the wait, with AbortError. (The await face; a call that blocks cannot be aborted.) */
  readonly signal?: AbortSignal | undefined;
}

/** A datagram for `sendmany`: to a numeric address, or without one to the socket's peer. */
export interface OutgoingDatagram {
  /** Its content; a string stands for its UTF-8. */
  readonly data: string | Uint8Array;
  /** The numeric address that it goes to. */
  readonly address?: string | undefined;
  /** The port that it goes to, from 1 to 65535. */
  readonly port?: number | undefined;
}

/** Counts of a UDP socket. (LuaSocket `udp:getstats`.) */
export interface UdpStats extends DatagramStats {
  /**
   * Datagrams that came while the queue was full: in the await face its own (1,024 datagrams or 1 MiB; the system may
   * have dropped more), in the blocking face the system's (Linux tells).
   */
  readonly dropped: number;
}

/** A datagram's destination, as messages have it; undefined for the peer. */
export function targetOf({ address, port }: OutgoingDatagram): string | undefined {
  return address === undefined ? undefined : shownEndpoint(address, port as number);
}

/** A datagram's destination; throws for what is no numeric address and port. */
export function destination(call: string, address: unknown, port: unknown): Endpoint {
  checkPort(call, port as number, 1);
  const family = typeof address === 'string' ? familyOf(address) : undefined;
  if (family !== undefined) return { address: address as string, port: port as number, family };
  throw badArgument(`${call}: ${shown(address)} is no numeric address; resolve a name once, with dns.toip`);
}
