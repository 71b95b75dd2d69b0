/**
 * The waist over a TLS socket of Node's, whose handshake is done or under way.
 *
 * On Node the cleartext is taken where TLS hands it to the Readable (`push`), and goes past it to the receive that waits;
 * elsewhere it comes by events. As with every stream here, reading stops while nobody receives.
 */
import type { TLSSocket } from 'node:tls';
import { CLOSED_HERE, ENDED, Failure, type Outcome, unsupported } from '../core/errors.ts';
import type { MaybePromise } from '../core/flow.ts';
import type { Io, Readiness, ShutdownHow } from '../core/io.ts';
import { LINGER_LIMIT, TICKET_WAIT, WRITE_SLICE } from '../core/limits.ts';
import type { Deadline } from '../core/timeout.ts';
import { CLOSED_IN_HANDSHAKE, TRUNCATED } from '../core/tls-failures.ts';
import { X509Certificate } from '../sockets/certificates.ts';
import type { TlsFacts, TlsIo } from '../sockets/engine.ts';
import type { Surrendered } from './duplex.ts';
import { yieldAfterBudget } from './fairness.ts';
import { Pieces } from './pieces.ts';
import { clearTimeout, setImmediate, setTimeout } from './timers.ts';
import { canUpgrade, readOn } from './tls-handle.ts';
import { packSession } from './tls-session.ts';
import type { Wire } from './tls-wire.ts';
import { Waiter } from './waiter.ts';

/** On Node, TLS is done with the caller's memory when `write` returns: it has encrypted it, or made a copy. */
const PAST_THE_READABLE = !('Bun' in globalThis || 'Deno' in globalThis);

const NOTHING = Buffer.alloc(0);

export class TlsSocketIo implements TlsIo, Readiness {
  readonly socket: TLSSocket;
  readonly #wire: Wire;
  readonly #truncation: 'error' | 'end';
  #facts: TlsFacts | undefined;
  #cert: () => X509Certificate | undefined = () => undefined;
  #session: Buffer | undefined;
  #chain: readonly X509Certificate[] | undefined;
  readonly #pieces = new Pieces();
  readonly #reader = new Waiter<Uint8Array>();
  readonly #writer = new Waiter<void>();
  /** What receives meet, once the queue is empty. */
  #end: Failure | undefined;
  /** What sends meet. */
  #failure: Failure | undefined;
  #closed = false;
  #sendEnded = false;
  /** Whether data went out that a reset could take away. */
  #hasSent = false;
  #handshake: Waiter<void> | undefined;
  #watchers: Set<() => void> | undefined;

  /** In the turn that the socket was made in: data may come with the last flight of the handshake. */
  constructor(socket: TLSSocket, wire: Wire, truncation: 'error' | 'end') {
    this.socket = socket;
    this.#wire = wire;
    this.#truncation = truncation;
    if (PAST_THE_READABLE) this.#takePushes();
    else socket.on('data', this.#onData).on('end', this.#onEnd);
    socket.on('error', this.#onError).on('close', this.#onClose);
    // In TLS 1.3 they come after the handshake; what `getSession` gives then is of no use before OpenSSL 3.5.
    socket.on('session', (session: Buffer) => {
      this.#session = session;
    });
  }

  get below(): Io {
    return this.#wire.io;
  }

  /**
   * Waits for the event by which the socket says that it is secure. `check` looks at the peer in that very turn, before a
   * byte of its comes.
   */
  async handshaken(
    event: 'secure' | 'secureConnect',
    check: () => Failure | undefined,
    deadline: Deadline,
  ): Promise<Failure | undefined> {
    const waiter = new Waiter<void>();
    this.#handshake = waiter;
    this.socket.once(event, () => waiter.wake(check()));
    const outcome = await waiter.wait(deadline);
    this.#handshake = undefined;
    return outcome instanceof Failure ? outcome : undefined;
  }

  /** What the handshake has come to, and the certificate that the peer has shown. */
  secured(facts: TlsFacts, cert: () => X509Certificate | undefined): void {
    this.#facts = facts;
    this.#cert = cert;
  }

  /** The socket, for TLS on its own handle: see `DuplexIo.surrender`. */
  surrender(): Surrendered<TLSSocket> | undefined {
    const { socket } = this;
    if (!this.#wire.onHandle || this.#end !== undefined || this.#closed || !canUpgrade(socket)) return undefined;
    Reflect.deleteProperty(socket, 'push'); // the one of takePushes
    socket.off('error', this.#onError).off('close', this.#onClose);
    return { stream: socket, queued: this.#pieces.takeAll() };
  }

  facts(): TlsFacts {
    return this.#facts as TlsFacts;
  }

  peerChain(): readonly X509Certificate[] {
    this.#chain ??= chainOf(this.socket, this.#cert());
    return this.#chain;
  }

  session(): Uint8Array | undefined {
    return this.#session && packSession(this.#cert(), this.#session);
  }

  exportKeyingMaterial(length: number, label: string, context: Uint8Array | undefined): Buffer {
    const { socket } = this;
    if (typeof socket.exportKeyingMaterial !== 'function')
      throw unsupported('exportkeyingmaterial', 'this runtime has no call for it; Node has');
    return socket.exportKeyingMaterial(length, label, context as Buffer);
  }

  recv(deadline: Deadline): MaybePromise<Outcome<Uint8Array>> {
    const at = this.#atHand();
    if (at !== undefined) return at;
    this.#read();
    return this.#atHand() ?? this.#reader.wait(deadline); // reading on may have given something at once
  }

  send(bytes: Uint8Array, deadline: Deadline): MaybePromise<Outcome<number>> {
    const { socket } = this;
    if (this.#closed) return CLOSED_HERE;
    if (this.#failure !== undefined) return this.#failure;
    if (this.#sendEnded || !socket.writable) return new Failure('EPIPE');
    if (!this.#isIdle()) return this.#sendAfterFlush(bytes, deadline);
    const slice = bytes.length > WRITE_SLICE ? bytes.subarray(0, WRITE_SLICE) : bytes;
    // A call that may end early must not leave a runtime reading memory that the caller has back.
    const own = PAST_THE_READABLE || !deadline.interruptible ? slice : Buffer.from(slice);
    this.#hasSent = true;
    socket.write(own, this.flushed);
    if (socket.errored) return this.#wire.failureOf(socket.errored, true);
    if (!this.#wire.isFlushed()) return this.#flushed(slice.length, deadline);
    return yieldAfterBudget(slice.length)?.then(() => slice.length) ?? slice.length;
  }

  shutdown(how: ShutdownHow): void {
    if (how !== 'receive' && !this.#sendEnded) {
      this.#sendEnded = true;
      this.#endSending();
    }
    if (how !== 'send') {
      this.#end ??= ENDED;
      this.#reader.wake(ENDED);
    }
    this.#changed();
  }

  /** The goodbye (close_notify) goes out first, behind what was taken; a peer that does not read it is left in the end. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pieces.clear();
    this.#reader.wake(CLOSED_HERE);
    this.#writer.wake(CLOSED_HERE);
    this.#changed();
    const { socket } = this;
    if (socket.destroyed || socket.writableFinished) {
      this.#leave();
      return;
    }
    const cutOff = setTimeout(() => this.#leave(), LINGER_LIMIT * 1000);
    socket.once('close', () => {
      clearTimeout(cutOff);
      this.#leave();
    });
    const leave = (): void => {
      const mayCome = this.#hasSent && this.#wire.role === 'client' && this.#facts?.protocol === 'TLSv1.3';
      if (!mayCome || this.#session !== undefined || this.#end !== undefined) this.#leave();
      else {
        const patience = setTimeout(() => this.#leave(), TICKET_WAIT * 1000);
        socket.once('session', () => this.#leave()).once('close', () => clearTimeout(patience));
        this.#read();
      }
    };
    // The last flight of a client needs no more than that.
    if (!this.#sendEnded && this.#wire.role === 'client') socket.end();
    else if (!this.#sendEnded) this.#endSending();
    this.#wire.sentAll(leave);
  }

  /**
   * On a handle, Node shuts the connection down before the last flight of the handshake is out, and with it a server's
   * tickets, unless something was written; a write, be it empty, goes behind that flight. Its callback comes while Node 20
   * is still at the flight, and a goodbye would not go out then: in the next turn it does.
   */
  #endSending(): void {
    const { socket } = this;
    if (this.#hasSent || !this.#wire.onHandle) socket.end();
    else socket.write(NOTHING, () => setImmediate(() => socket.end()));
  }

  /** Ends a connection whose handshake has failed: there is nobody to say goodbye to. */
  abandon(): void {
    this.#closed = true;
    this.#leave();
  }

  /** From the top down: Node crashes where a handle is closed below TLS. */
  #leave(): void {
    if (!this.socket.closed) this.socket.once('close', () => this.below.close()).destroy();
    else this.below.close();
  }

  getfd(): number {
    return this.below.getfd();
  }

  hold(holds: boolean): void {
    this.below.hold?.(holds);
  }

  get readiness(): Readiness {
    return this;
  }

  readable(): boolean {
    if (!this.#pieces.empty || this.#end !== undefined || this.#closed) return true;
    this.#read();
    return !this.#pieces.empty;
  }

  writable(): boolean {
    return this.#closed || this.#sendEnded || this.#failure !== undefined || this.#isIdle();
  }

  watch(changed: () => void): () => void {
    this.#watchers ??= new Set();
    this.#watchers.add(changed);
    return () => this.#watchers?.delete(changed);
  }

  #takePushes(): void {
    const { socket } = this;
    const push = socket.push;
    socket.push = (chunk: Buffer | null): boolean => {
      if (chunk !== null) return this.#deliver(chunk);
      this.#ended(); // before the Readable knows, whose events may close the socket
      return push.call(socket, null);
    };
  }

  readonly #onData = (chunk: Buffer): void => {
    if (!this.#deliver(chunk)) this.#wire.pause();
  };

  readonly #onEnd = (): void => this.#ended();

  readonly #onError = (error: unknown): void => {
    const failure = this.#wire.failureOf(error, this.#facts !== undefined);
    this.#failure ??= failure;
    this.#end ??= failure;
    this.#handshake?.wake(failure);
    this.#reader.wake(this.#end);
    this.#writer.wake(failure);
    this.#changed();
  };

  readonly #onClose = (): void => {
    this.#failure ??= new Failure('EPIPE');
    this.#end ??= this.#cut();
    this.#handshake?.wake(CLOSED_IN_HANDSHAKE);
    this.#reader.wake(this.#end);
    this.#writer.wake(this.#failure);
    this.#changed();
  };

  /** A write is through. */
  readonly flushed = (): void => {
    this.#writer.wake(undefined);
    this.#changed();
  };

  #ended(): void {
    this.#end ??= this.#wire.wasCut() ? this.#cut() : ENDED;
    this.#handshake?.wake(CLOSED_IN_HANDSHAKE);
    if (this.#pieces.empty) this.#reader.wake(this.#end);
    this.#changed();
  }

  #cut(): Failure {
    return this.#truncation === 'end' ? ENDED : TRUNCATED;
  }

  /** Takes in what has arrived; false says to stop reading until more is wanted. */
  #deliver(chunk: Buffer): boolean {
    if (this.#closed) return true;
    if (this.#end !== undefined) return false;
    if (this.#reader.waiting) {
      this.#reader.wake(chunk);
      return true;
    }
    this.#pieces.push(chunk);
    this.#changed();
    return !this.#pieces.full;
  }

  #read(): void {
    if (PAST_THE_READABLE) readOn(this.socket);
    else this.#wire.resume();
  }

  #atHand(): Outcome<Uint8Array> | undefined {
    return this.#pieces.take() ?? (this.#closed ? CLOSED_HERE : this.#end);
  }

  /** Elsewhere than on Node a write ends when TLS has the bytes, however much the transport leaves with it. */
  #isIdle(): boolean {
    return this.socket.writableLength === 0 && (PAST_THE_READABLE || this.#wire.isFlushed());
  }

  async #sendAfterFlush(bytes: Uint8Array, deadline: Deadline): Promise<Outcome<number>> {
    const failure = await this.#writer.wait(deadline);
    return failure instanceof Failure ? failure : await this.send(bytes, deadline);
  }

  /** What is encrypted is taken, even if there is no time to see it off: it cannot be taken back. A close sends it yet. */
  async #flushed(length: number, deadline: Deadline): Promise<Outcome<number>> {
    do {
      const outcome = await this.#writer.wait(deadline);
      if (outcome instanceof Failure) return this.#failure === undefined ? length : outcome;
    } while (!this.#isIdle());
    return length;
  }

  #changed(): void {
    if (this.#watchers !== undefined) for (const changed of this.#watchers) changed();
  }
}

/** What the peer has shown, and the issuers that are known here; a resumed connection has what its session kept. */
function chainOf(socket: TLSSocket, kept: X509Certificate | undefined): X509Certificate[] {
  const chain: X509Certificate[] = [];
  for (let cert = socket.getPeerCertificate(true); cert?.raw !== undefined; cert = cert.issuerCertificate) {
    if (chain.at(-1)?.raw.equals(cert.raw)) return chain;
    chain.push(new X509Certificate(cert.raw));
  }
  return chain.length > 0 || kept === undefined ? chain : [kept];
}
