/**
 * TLS behind the waist: OpenSSL's state machine between two memory BIOs, over any transport that answers at once.
 *
 *     Stream  <- plaintext <- SSL_read  <- BIO <- ciphertext <- below.recv
 *     Stream  -> plaintext -> SSL_write -> BIO -> ciphertext -> below.send
 *
 * A record that is encrypted has to be sent, whatever becomes of the call: it has its number. So where the call may end
 * early, one is made only when the one before is in the kernel, and there is room for it; else a few at once.
 */
import { CLOSED_HERE, ENDED, Failure, type Outcome, TakenLate, TIMED_OUT } from '../core/errors.ts';
import type { Io, Readiness, ShutdownHow, Waits } from '../core/io.ts';
import { CLOSING_READ, LINGER_LIMIT, TICKET_WAIT, WRITE_SLICE } from '../core/limits.ts';
import { type Deadline, deadlineAfter, deadlineAt, NO_WAIT, now } from '../core/timeout.ts';
import { CLOSED_IN_HANDSHAKE, TRUNCATED } from '../core/tls-failures.ts';
import { addressOf } from '../posix/libc/functions.ts';
import { isAcknowledged } from '../posix/libc/tcp-info.ts';
import { Connection, FAILED, RECORD, WANTS } from '../posix/openssl/connection.ts';
import { LONGEST_RECORD } from '../posix/openssl/records.ts';
import { WRITABLE, wait } from '../posix/wait.ts';
import { checkName, checkPins, type X509Certificate } from '../sockets/certificates.ts';
import type { TlsFacts, TlsIo, TlsWrapping } from '../sockets/engine.ts';
import { INPUT_SIZE, inputAddress, takeRead } from './read-memory.ts';
import { refusedCertificate, tlsFailure } from './tls-failure.ts';
import { Wire } from './tls-wire.ts';

/** Milliseconds between two looks at whether the peer's kernel has all that was sent: of that poll(2) tells nothing. */
const LOOK = 10;

export class OpenSslIo implements TlsIo, Readiness {
  readonly below: Io;
  readonly #connection: Connection;
  readonly #wire: Wire;
  readonly #servername: string | undefined;
  #handshaken = false;
  /** How receiving has ended, and sending. */
  #over: Failure | undefined;
  #sendOver: Failure | undefined;
  /** What `readable` has read to be able to tell. */
  #ahead: Buffer | undefined;
  /** Whether OpenSSL may have answered what it has read. */
  #answers = false;
  /** Whether data went out, and whether anything came since the handshake. */
  #hasSent = false;
  #hasRead = false;
  #closed = false;
  /** Milliseconds that a close may wait for what is held: the last call's timeout. */
  #patience: number = LINGER_LIMIT * 1000;

  constructor(below: Io, how: TlsWrapping) {
    this.below = below;
    this.#servername = how.servername;
    this.#connection = new Connection(how);
    this.#wire = new Wire(below, this.#connection);
    if (how.unread !== undefined) this.#wire.take(how.unread);
  }

  /** Undefined when it is done, else why not: after TIMED_OUT it may go on. A deadline that has passed looks once. */
  handshake(deadline: Deadline): Failure | undefined {
    if (this.#sendOver !== undefined) return this.#sendOver;
    let late = 0;
    for (;;) {
      let step = FAILED;
      let unsent: Failure | undefined;
      try {
        step = this.#connection.handshake();
      } finally {
        unsent = this.#wire.push(step === WANTS || step > 0 ? deadline : NO_WAIT); // an alert, too
      }
      if (step < 0) return this.#failed();
      if (step > 0) return unsent ?? this.#begin();
      if (unsent === TIMED_OUT) return unsent;
      const got = this.#wire.fill(deadline);
      if (got instanceof Failure) return got === ENDED ? CLOSED_IN_HANDSHAKE : got;
      // A peer that never stops is at an end here as well.
      if (deadline.remaining() === 0) late += got;
      if (late > LONGEST_RECORD) return TIMED_OUT;
    }
  }

  recv(deadline: Deadline): Outcome<Uint8Array> {
    if (this.#ahead !== undefined && !this.#closed) {
      const bytes = this.#ahead;
      this.#ahead = undefined;
      return bytes;
    }
    const length = this.#read(undefined, deadline);
    return length instanceof Failure ? length : takeRead(length);
  }

  recvInto(memory: Uint8Array, deadline: Deadline): Outcome<number> {
    if (this.#ahead === undefined || this.#closed) return this.#read(memory, deadline);
    const length = this.#ahead.copy(memory);
    this.#ahead = length < this.#ahead.length ? this.#ahead.subarray(length) : undefined;
    return length;
  }

  /** At least one byte of plaintext into this memory, or into the thread's; or why not. All whole records that are there, if there is room. */
  #read(memory: Uint8Array | undefined, deadline: Deadline): Outcome<number> {
    if (this.#closed) return CLOSED_HERE;
    if (deadline.interruptible) this.#patience = deadline.remaining();
    const { records } = this.#wire;
    if (this.#wire.holds) this.#wire.push(NO_WAIT); // a record that an earlier call has left here
    let late = 0;
    for (;;) {
      // Asked for each time: the transport may read into the thread's memory, and hand it on.
      const address = memory === undefined ? inputAddress() : Number(addressOf(memory));
      const size = memory?.length ?? INPUT_SIZE;
      let length = 0;
      while (records.waiting > 0 && length < size && this.#over === undefined) {
        const got = this.#connection.read(address + length, size - length, length > 0);
        if (got > 0) {
          if (got < size - length) records.waiting--; // else the record may have more
          length += got;
          continue;
        }
        records.waiting = 0;
        if (got < 0) this.#over = got === FAILED ? this.#failed() : ENDED;
        this.#answers = true; // to new keys, or an alert
      }
      if (length > 0) return length;
      if (this.#answers) this.#wire.push(NO_WAIT);
      this.#answers = false;
      if (this.#over !== undefined) return this.#over;
      const stuck = this.#wire.overfull ? this.#wire.push(deadline) : undefined;
      if (stuck === TIMED_OUT) return stuck;
      // A peer that never stops, and be it with records that have nothing in them for the program, is at an end here as well.
      if (late > LONGEST_RECORD) return TIMED_OUT;
      const got = this.#wire.fill(deadline);
      this.#hasRead ||= typeof got === 'number';
      if (got === ENDED) this.#over = this.#connection.context.settings.truncation === 'end' ? ENDED : TRUNCATED;
      else if (got instanceof Failure) return got;
      else if (deadline.remaining() === 0) late += got;
    }
  }

  send(bytes: Uint8Array, deadline: Deadline): Outcome<number> {
    if (this.#closed) return CLOSED_HERE;
    if (deadline.interruptible) this.#patience = deadline.remaining();
    let sent = 0;
    while (sent < bytes.length) {
      const unready = this.#awaitRoom(deadline);
      if (unready !== undefined) return sent > 0 ? sent : unready;
      const rest = sent === 0 ? bytes : bytes.subarray(sent);
      const length = this.#connection.write(rest, Math.min(rest.length, deadline.interruptible ? RECORD : WRITE_SLICE));
      if (length <= 0) {
        this.#over = this.#failed();
        this.#wire.push(NO_WAIT);
        return this.#over;
      }
      sent += length;
      this.#hasSent = true;
      const before = this.#wire.handedOver;
      const unsent = this.#wire.push(deadline);
      if (unsent === undefined) continue;
      if (unsent.code === 'ETIMEDOUT') return new TakenLate(sent);
      sent -= length - this.#wire.wholeRecords(length, before);
      return sent > 0 ? sent : unsent;
    }
    return sent;
  }

  /** Waits until all of what was encrypted is in the kernel, and there is room for more. */
  #awaitRoom(deadline: Deadline): Failure | undefined {
    if (this.#sendOver !== undefined) return this.#sendOver;
    if (this.#wire.holds) {
      const unsent = this.#wire.push(deadline);
      if (unsent !== undefined) return unsent;
    }
    const fd = deadline.interruptible ? (this.below.readiness?.writeFd ?? -1) : -1;
    return fd < 0 ? undefined : wait(fd, WRITABLE, deadline);
  }

  shutdown(how: ShutdownHow): void {
    if (how !== 'receive') this.#endSending();
    if (how !== 'send') {
      this.#over ??= ENDED;
      this.#ahead = undefined;
    }
  }

  /** The goodbye (close_notify) ends this half alone (RFC 8446, section 6.1); the transport's goes on, for the peer's. */
  #endSending(): void {
    if (this.#sendOver !== undefined || this.#closed) return;
    this.#sendOver = new Failure('EPIPE');
    if (!this.#handshaken) return;
    this.#connection.sayGoodbye();
    this.#wire.push(NO_WAIT);
  }

  close(): void {
    if (this.#closed) return;
    this.#endSending();
    if (this.#wire.holds) this.#wire.push(deadlineAfter('close', Math.min(this.#patience / 1000, LINGER_LIMIT)));
    this.#readRest();
    this.#closed = true;
    this.#ahead = undefined;
    this.#connection.free();
    this.below.close();
  }

  /** What the peer has sent, and be it a ticket: a socket that is closed with unread bytes is reset, with what it had to send. */
  #readRest(): void {
    // The tickets of a server come behind the handshake: where nothing has come yet, they are on their way.
    const first = this.#connection.role === 'client' && this.#hasSent && !this.#hasRead;
    if (first) this.below.shutdown('send');
    const end = now() + (first ? Math.min(this.#patience, TICKET_WAIT * 1000) : 0);
    for (let size = 0; size < CLOSING_READ; ) {
      // No reset takes away what the peer's kernel has.
      const waits = first && !(isAcknowledged(this.below.getfd()) ?? size > 0);
      const got = this.#wire.fill(waits ? deadlineAt(Math.min(end, now() + LOOK), undefined) : NO_WAIT);
      if (typeof got === 'number') size += got;
      else if (got !== TIMED_OUT || !waits || now() >= end) return;
    }
  }

  getfd(): number {
    return this.below.getfd();
  }

  facts(): TlsFacts {
    return this.#connection.facts();
  }

  peerChain(): readonly X509Certificate[] {
    return this.#closed ? [] : this.#connection.peerChain();
  }

  session(): Uint8Array | undefined {
    return this.#connection.session();
  }

  exportKeyingMaterial(length: number, label: string, context: Uint8Array | undefined): Buffer {
    return this.#connection.exportKeyingMaterial(length, label, context);
  }

  /** Has the keys made new, the peer's too where `both` says so. It goes with the next bytes that are sent. */
  updateKeys(both: boolean): void {
    if (!this.#closed) this.#connection.updateKeys(both);
  }

  get readiness(): Readiness | undefined {
    return this.below.readiness === undefined ? undefined : this;
  }

  /** A record may have come in part, or have nothing in it for the program: whether it has, only reading tells. */
  readable(): boolean {
    if (this.#closed || this.#ahead !== undefined || this.#over !== undefined) return true;
    const length = this.#read(undefined, NO_WAIT);
    if (typeof length === 'number') this.#ahead = takeRead(length);
    return length !== TIMED_OUT;
  }

  writable(): boolean {
    return this.#closed || this.#sendOver !== undefined;
  }

  push(): boolean {
    return this.#closed || this.#wire.push(NO_WAIT)?.code !== 'ETIMEDOUT';
  }

  waits(): Waits {
    return this.#wire.waits();
  }

  get readFd(): number | undefined {
    return this.below.readiness?.readFd;
  }

  get writeFd(): number | undefined {
    return this.below.readiness?.writeFd;
  }

  /** The handshake is done. A session that goes on has the result of an earlier verification, of another name perhaps. */
  #begin(): Failure | undefined {
    const connection = this.#connection;
    if (connection.role === 'client' && connection.context.settings.verify !== false && connection.resumed) {
      const cert = connection.peerChain()[0];
      if (cert !== undefined && connection.verifyResult !== 0) return refusedCertificate(connection, this.#servername);
      const wrong = cert && this.#servername !== undefined ? checkName(cert, this.#servername) : undefined;
      if (wrong !== undefined) return wrong;
    }
    const { settings } = connection.context;
    const unpinned = settings.pins.length === 0 ? undefined : checkPins(connection.peerChain(), settings);
    if (unpinned !== undefined) return unpinned;
    this.#handshaken = true;
    this.#wire.first = undefined;
    return undefined;
  }

  /** Why OpenSSL's last call has failed. It is of no more use after that. */
  #failed(): Failure {
    this.#handshaken = false;
    const failure = tlsFailure(this.#connection, this.#servername, this.#wire.first);
    this.#sendOver = failure;
    return failure;
  }
}
