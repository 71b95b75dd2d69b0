/** What a case asks of its peer: steps, which go over the wire as one line of JSON and are run one after the other. */
import { createHash } from 'node:crypto';
import type { PeerFtp } from './ftp/peer-ftp.ts';
import type { PeerTls } from './tls/peer-tls.ts';

/** Text goes as UTF-8; a pattern is so many bytes of a sequence that both sides know. */
export type Bytes = string | { readonly hex: string } | { readonly pattern: number };

export type Step =
  /** Sends bytes, in pieces of `cut` where it is given, each a turn of the event loop (or `pause` milliseconds) after the other. */
  | { readonly do: 'send'; readonly bytes: Bytes; readonly cut?: number; readonly pause?: number }
  /** Sends bytes again and again, as quickly as they are taken, `most` in all; less where the connection ends. */
  | { readonly do: 'flood'; readonly bytes: Bytes; readonly most: number }
  /** Waits for so many bytes. A peer reads nothing but what a step asks for. */
  | { readonly do: 'receive'; readonly count: number }
  /** Reads until the end of the stream. */
  | { readonly do: 'receiveAll' }
  /** Sends back what comes until its end, and ends then. */
  | { readonly do: 'echo' }
  | { readonly do: 'sleep'; readonly seconds: number }
  /** Ends the sending half (FIN). */
  | { readonly do: 'end' }
  /** Cuts the connection (RST). */
  | { readonly do: 'reset' }
  /** What was received since the script began: as a line on this connection, or under a name for another one. */
  | { readonly do: 'report'; readonly as?: string }
  | { readonly do: 'signal'; readonly name: string }
  /** Waits for a signal or a report of this name; its answer is the report. */
  | { readonly do: 'wait'; readonly name: string }
  /** Connects to a port or a path of the case, and runs a script of its own on each such connection meanwhile. */
  | {
      readonly do: 'connectTo';
      readonly to: { readonly port: number; readonly host?: string } | { readonly path: string };
      readonly script: readonly Step[];
      readonly count?: number;
    }
  /** Each further line is a step, answered with a line. */
  | { readonly do: 'control' }
  /** Goes on in TLS: does the handshake, and runs `then` on what the connection is from then on. */
  | { readonly do: 'tls'; readonly how: PeerTls; readonly then: readonly Step[] }
  /** In TLS: ends the connection below, without the goodbye of TLS; the next, as it ends. */
  | { readonly do: 'cut' }
  /** In TLS: a line of JSON of what the handshake has come to here, under a name. */
  | { readonly do: 'tlsFacts'; readonly as: string }
  /** Listens as a web server and proxy; with `how`, through TLS. The answer is its port. */
  | { readonly do: 'serveWeb'; readonly how?: PeerTls }
  /** Listens as an FTP server. The answer is its port. */
  | { readonly do: 'serveFtp'; readonly how: PeerFtp }
  /** Opens the connection's UDP socket; the answer is its port. */
  | { readonly do: 'udpOpen'; readonly host?: string }
  | { readonly do: 'udpSend'; readonly port: number; readonly host?: string; readonly bytes: readonly Bytes[] }
  /** Waits for so many datagrams; the answer is what they were. */
  | { readonly do: 'udpReceive'; readonly count: number }
  /** From now on each datagram is sent back. */
  | { readonly do: 'udpEcho' }
  /** From now on the socket takes datagrams from this port alone; the system refuses all others (ICMP). */
  | { readonly do: 'udpConnect'; readonly port: number }
  /** A port that takes connection attempts, and answers none. */
  | { readonly do: 'silentPort' }
  /** Listens on a path; a connection begins with a script, like those of the peer's port. */
  | { readonly do: 'listenAt'; readonly path: string }
  /** Opens a file or a FIFO, writes, and closes it. */
  | { readonly do: 'writeTo'; readonly path: string; readonly bytes: Bytes; readonly cut?: number }
  /** Reads a file or a FIFO to its end, and reports it under a name. */
  | { readonly do: 'readFrom'; readonly path: string; readonly as: string };

/** What a peer has received. */
export interface Report {
  readonly length: number;
  readonly sha256: string;
  /** Whether the stream has ended. */
  readonly ended: boolean;
  /** The code of the connection's error, if it had one. */
  readonly error: string | null;
}

/** A datagram that a peer has received. */
export interface PeerDatagram {
  readonly length: number;
  readonly sha256: string;
  readonly port: number;
  readonly address: string;
}

/** `size` bytes of a sequence without a short period. */
export function pattern(size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  for (let i = 0; i < size; i++) bytes[i] = i * 131 + (i >>> 8) * 29 + (i >>> 16) * 17;
  return bytes;
}

export function bytesOf(bytes: Bytes): Buffer {
  if (typeof bytes === 'string') return Buffer.from(bytes, 'utf8');
  return 'hex' in bytes ? Buffer.from(bytes.hex, 'hex') : pattern(bytes.pattern);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
