/**
 * The kernel's measurements of a TCP connection (tcp(7), TCP_INFO; struct tcp_info in linux/tcp.h, which only grows
 * at its end).
 */
import { type Outcome, unsupported } from '../../core/errors.ts';
import type { TcpInfo } from '../../sockets/engine.ts';
import { failure } from './errno.ts';
import * as libc from './functions.ts';
import { C } from './functions.ts';

/** The part that every kernel has, in bytes. */
const LENGTH = 104;
/** The same and more, to tcpi_notsent_bytes (Linux 4.6). */
const LONGER = 148;
/** enum in net/tcp_states.h; RFC 9293, section 3.3.2. */
const STATES = [
  'UNKNOWN',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
] as const;

export function tcpInfo(fd: number): Outcome<TcpInfo> {
  if (C.TCP_INFO < 0) throw unsupported('info', 'TCP_INFO is of Linux');
  const bytes = Buffer.alloc(LENGTH);
  if (libc.getsockopt(fd, C.IPPROTO_TCP, C.TCP_INFO, bytes, new Int32Array([LENGTH])) < 0) return failure();
  const seconds = (at: number): number => bytes.readUInt32LE(at) / 1e6;
  return {
    state: STATES[bytes[0] as number] ?? 'UNKNOWN',
    retransmits: bytes[2] as number,
    totalRetransmits: bytes.readUInt32LE(100),
    rto: seconds(8),
    rtt: seconds(68),
    rttvar: seconds(72),
    sndMss: bytes.readUInt32LE(16),
    rcvMss: bytes.readUInt32LE(20),
    unacked: bytes.readUInt32LE(24),
    lost: bytes.readUInt32LE(32),
    pmtu: bytes.readUInt32LE(60),
    ssthresh: bytes.readUInt32LE(76),
    cwnd: bytes.readUInt32LE(80),
  };
}

/**
 * Whether the peer's kernel has all that was sent, the end too; undefined where the system does not tell. A socket that is not
 * TCP's hands over at once.
 */
export function isAcknowledged(fd: number): boolean | undefined {
  if (C.TCP_INFO < 0 || fd < 0) return undefined;
  const bytes = Buffer.alloc(LONGER);
  if (libc.getsockopt(fd, C.IPPROTO_TCP, C.TCP_INFO, bytes, new Int32Array([LONGER])) < 0) return true;
  return bytes.readUInt32LE(24) === 0 && bytes.readUInt32LE(144) === 0; // tcpi_unacked, in segments
}
