/** What the tests of blocking TLS share: certificates, and two ends of a connection in one thread, in turns that do not wait. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpenSslIo } from '../../src/blocking/tls-io.ts';
import { ENDED, Failure, type Outcome, TIMED_OUT } from '../../src/core/errors.ts';
import type { Io } from '../../src/core/io.ts';
import { NO_WAIT } from '../../src/core/timeout.ts';
import { context, type TlsContext, type TlsContextOptions } from '../../src/entry/tls-blocking.ts';
import type { TlsWrapping } from '../../src/sockets/engine.ts';
import { makeCertificates } from '../conformance/tls/certificates.ts';

let folder: string | undefined;

/** Where the certificates are; they are made once for a file of tests. */
export function certificateFolder(): string {
  if (folder !== undefined) return folder;
  const made = mkdtempSync(join(tmpdir(), 'moonsocket-tls-'));
  process.on('exit', () => rmSync(made, { recursive: true, force: true }));
  makeCertificates(made);
  folder = made;
  return made;
}

export function pem(name: string): Buffer {
  return readFileSync(join(certificateFolder(), name));
}

/** A server's certificate with those between it and the root, and its key. */
export function identity(name = 'server'): { cert: Buffer; key: Buffer } {
  return { cert: Buffer.concat([pem(`${name}.pem`), pem('chain.pem')]), key: pem(`${name}.key`) };
}

export function clientContext(options: TlsContextOptions = {}): TlsContext {
  return context({ ca: pem('root.pem'), ...options });
}

export function serverContext(options: TlsContextOptions = {}, name = 'server'): TlsContext {
  return context({ ...identity(name), ...options });
}

/** How a side begins, where a test says nothing else. */
export function side(role: 'client' | 'server', how: Partial<TlsWrapping> & { context: TlsContext }): TlsWrapping {
  const servername = role === 'client' ? 'localhost' : undefined;
  return { role, servername, session: undefined, sni: undefined, unread: undefined, ...how };
}

export interface Ends {
  readonly client: OpenSslIo;
  readonly server: OpenSslIo;
  /** How each handshake has ended: undefined is well. */
  readonly clientFailure: Failure | undefined;
  readonly serverFailure: Failure | undefined;
}

/** Both handshakes over a pair of transports, in turns. */
export function handshaken([below, other]: readonly [Io, Io], client: TlsWrapping, server: TlsWrapping): Ends {
  const here = new OpenSslIo(below, client);
  const there = new OpenSslIo(other, server);
  let clientFailure: Failure | undefined = TIMED_OUT;
  let serverFailure: Failure | undefined = TIMED_OUT;
  for (let turn = 0; turn < 2000 && (clientFailure === TIMED_OUT || serverFailure === TIMED_OUT); turn++) {
    if (clientFailure === TIMED_OUT) clientFailure = here.handshake(NO_WAIT);
    if (serverFailure === TIMED_OUT) serverFailure = there.handshake(NO_WAIT);
  }
  return { client: here, server: there, clientFailure, serverFailure };
}

/** One end of a link in memory that a test has in its hand: how much it takes, and what becomes of it on the way. */
export class LinkEnd implements Io {
  /** How many bytes it still takes. */
  room = Number.POSITIVE_INFINITY;
  /** The most that one call moves. */
  piece = Number.POSITIVE_INFINITY;
  /** Changes what passes. */
  change: (bytes: Buffer) => Buffer = (bytes) => bytes;
  closed = false;
  ended = false;
  #peer: LinkEnd | undefined;
  readonly #queue: Buffer[] = [];

  static pair(): [LinkEnd, LinkEnd] {
    const ends: [LinkEnd, LinkEnd] = [new LinkEnd(), new LinkEnd()];
    ends[0].join(ends[1]);
    return ends;
  }

  /** Makes a link of this end and another one. */
  join(other: LinkEnd): void {
    this.#peer = other;
    other.#peer = this;
  }

  recv(): Outcome<Uint8Array> {
    const first = this.#queue.shift();
    if (first === undefined) return this.ended || (this.#peer as LinkEnd).closed ? ENDED : TIMED_OUT;
    if (first.length <= this.piece) return first;
    this.#queue.unshift(first.subarray(this.piece));
    return first.subarray(0, this.piece);
  }

  send(bytes: Uint8Array): Outcome<number> {
    const peer = this.#peer as LinkEnd;
    if (peer.closed) return new Failure('EPIPE');
    const length = Math.min(bytes.length, this.room, this.piece);
    if (length === 0) return TIMED_OUT;
    this.room -= length;
    const passed = this.change(Buffer.from(bytes.subarray(0, length)));
    if (passed.length > 0) peer.#queue.push(passed);
    return length;
  }

  shutdown(): void {}

  close(): void {
    this.closed = true;
  }

  getfd(): number {
    return -1;
  }
}
