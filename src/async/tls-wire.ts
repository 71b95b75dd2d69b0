/** The part below a TLS socket of Node's, as `tls-io.ts` asks it: a handle of Node's, or a Duplex over any transport. */
import type { Failure } from '../core/errors.ts';
import type { Io } from '../core/io.ts';
import type { TlsRole } from '../sockets/engine.ts';

/** What is below a TLS socket. */
export interface Wire {
  readonly io: Io;
  /** Whether the socket of TLS stands on a handle of Node's. */
  readonly onHandle: boolean;
  readonly role: TlsRole;
  /** Stops reading; on Deno that is below: its TLS socket reads on when paused, without bound, and loses the end. */
  pause(): void;
  resume(): void;
  /** Asked at the end of the cleartext: whether that is the end of the transport, without close_notify. */
  wasCut(): boolean;
  /** Whether all that TLS was given is where nothing can hold it back: in the kernel, or with the transport. */
  isFlushed(): boolean;
  /** Calls, once the sending half has ended, when that has been sent. */
  sentAll(done: () => void): void;
  /** What an error of the socket's is, in the handshake or after it. */
  failureOf(error: unknown, secure: boolean): Failure;
}
