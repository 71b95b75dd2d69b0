/** The base of UDP and Unix datagram sockets: it counts, and refuses calls after `close`. */
import { CLOSED_HERE, Failure, failed, type Outcome, type SocketError } from '../core/errors.ts';
import { now, Timeouts } from '../core/timeout.ts';
import type { Face } from './face.ts';
import { SocketObject } from './object.ts';

/** Counts of a datagram socket. (LuaSocket `udp:getstats`.) */
export interface DatagramStats {
  /** Bytes of datagrams delivered. */
  readonly received: number;
  /** Bytes of datagrams sent. */
  readonly sent: number;
  /** Datagrams that were longer than the size asked for; the rest of each is gone. */
  readonly truncated: number;
  /** Seconds since the object was created. */
  readonly age: number;
}

/** A socket for datagrams. */
export abstract class DatagramObject<F extends Face> extends SocketObject<F> {
  protected readonly timeouts: Timeouts = new Timeouts();
  readonly #born = now();
  #received = 0;
  #sent = 0;
  #truncated = 0;

  protected abstract readonly closed: boolean;
  /** The name in messages of a receive: the peer's, or without one the socket's own. */
  protected abstract get target(): string | undefined;

  protected get counts(): DatagramStats {
    const age = (now() - this.#born) / 1000;
    return { received: this.#received, sent: this.#sent, truncated: this.#truncated, age };
  }

  protected countReceived({ data, size }: { readonly data: Uint8Array; readonly size: number }): void {
    this.#received += data.length;
    if (size > data.length) this.#truncated++;
  }

  protected countSent(bytes: number): number {
    this.#sent += bytes;
    return bytes;
  }

  protected checkOpen(call: string): void {
    if (this.closed) throw failed(call, CLOSED_HERE);
  }

  /** The error of a call that goes to `target`, or to the peer. */
  protected failed(call: string, failure: Failure, target: string | undefined = this.target): SocketError {
    return failed(call, failure, { target });
  }

  protected named<T>(call: string, name: Outcome<T>): T {
    if (name instanceof Failure) throw failed(call, name);
    return name;
  }
}
