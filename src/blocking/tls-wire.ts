/**
 * Ciphertext between OpenSSL and the transport, both ways. What the transport has not taken yet is held here, and every
 * call moves it on: nothing else would, and the peer may wait for it.
 */
import { Failure, misuse, type Outcome, TakenLate, TIMED_OUT } from '../core/errors.ts';
import { isPromise, type MaybePromise } from '../core/flow.ts';
import type { Io, Waits } from '../core/io.ts';
import { FIRST_BYTES, HELD_ANSWERS, WRITE_SLICE } from '../core/limits.ts';
import { type Deadline, deadlineAt, NO_WAIT, now } from '../core/timeout.ts';
import { type Connection, RECORD } from '../posix/openssl/connection.ts';
import { RecordCounter } from '../posix/openssl/records.ts';
import { pollUntil, READABLE, WRITABLE } from '../posix/wait.ts';
import { INPUT_SIZE } from './read-memory.ts';

/** Memory for it: the thread's, since what is in it does not outlive a call. TLS below TLS has some of its own meanwhile. */
let incoming: Buffer | undefined;
let outgoing: Buffer | undefined;
/** Room for all records of one slice. */
const OUTGOING_SIZE: number = WRITE_SLICE + 8192;

/** Milliseconds between two looks at a transport that has no descriptor, and is wanted for two things at once. */
const LOOK = 20;
/** More than what OpenSSL says beside data in one call: new keys. */
const SMALL = 256;

export class Wire {
  readonly below: Io;
  /** The whole records that OpenSSL may have. */
  readonly records: RecordCounter = new RecordCounter();
  /** What the peer has said first; undefined once nobody wants to know. */
  first: Buffer | undefined = Buffer.alloc(0);
  readonly #connection: Connection;
  #held: Uint8Array | undefined;
  /** Why the transport takes nothing any more, and how much was left when it said so. */
  #cut: Failure | undefined;
  #left = 0;
  /** Bytes that the transport has taken. */
  handedOver = 0;

  constructor(below: Io, connection: Connection) {
    this.below = below;
    this.#connection = connection;
  }

  /** Whether ciphertext waits for the transport, or in it. */
  get holds(): boolean {
    return this.#held !== undefined || this.below.readiness?.push?.() === false;
  }

  /** Whether more is held than a peer may cause. */
  get overfull(): boolean {
    return this.#held !== undefined && this.#held.length + this.#connection.pending > HELD_ANSWERS;
  }

  /** Hands over all ciphertext that there is, or says why not. */
  push(deadline: Deadline): Failure | undefined {
    const memory = outgoing ?? Buffer.allocUnsafeSlow(OUTGOING_SIZE);
    outgoing = undefined;
    try {
      return this.#pushBy(memory, deadline);
    } finally {
      outgoing = memory;
    }
  }

  #pushBy(memory: Buffer, deadline: Deadline): Failure | undefined {
    for (;;) {
      const bytes = this.#held ?? this.#drained(memory);
      if (bytes === undefined) return undefined;
      if (this.#cut !== undefined) return this.#dropped(this.#cut);
      const sent = atOnce(this.below.send(bytes, deadline));
      const count = sent instanceof TakenLate ? sent.taken : sent instanceof Failure ? 0 : sent;
      this.handedOver += count;
      if (count === bytes.length) {
        const last = this.#held === undefined && count < memory.length;
        this.#held = undefined;
        if (sent instanceof Failure) return TIMED_OUT; // it is in the transport, and held there
        if (last) return undefined;
        continue;
      }
      const rest = bytes.subarray(count);
      this.#held = this.#held === undefined ? Buffer.from(rest) : rest;
      if (!(sent instanceof Failure)) continue;
      return sent.code === 'ETIMEDOUT' || sent.code === 'ERR_UNSUPPORTED' ? sent : this.#dropped(sent);
    }
  }

  /** Of `length` bytes of plaintext, those whose records the transport had taken wholly before it broke, since it had taken `before`. */
  wholeRecords(length: number, before: number): number {
    const taken = this.handedOver - before;
    // Something small of OpenSSL's may have gone before them.
    const whole = Math.floor((Math.ceil(length / RECORD) * (taken - SMALL)) / (taken + this.#left));
    return Math.max(0, whole) * RECORD;
  }

  /** Feeds OpenSSL with what the transport gives: how much that was. */
  fill(deadline: Deadline): Outcome<number> {
    if (!this.holds) return this.#fillOnce(deadline);
    const left = deadline.remaining();
    const end = now() + left;
    for (;;) {
      const stuck = this.push(NO_WAIT);
      if (stuck === undefined || stuck === this.#cut) return this.#fillOnce(deadline);
      const readiness = this.below.readiness;
      const { readFd = -1, writeFd = -1 } = readiness ?? {};
      if (readiness?.readable() === true || left === 0) return this.#fillOnce(deadline);
      if (readFd < 0) {
        // Nobody can say which of the two comes first.
        const got = this.#fillOnce(deadlineAt(Math.min(end, now() + LOOK), deadline.signal));
        if (got !== TIMED_OUT || now() >= end) return got;
        continue;
      }
      const fds = Int32Array.of(readFd, READABLE, writeFd, WRITABLE);
      const found = pollUntil(fds, 2, deadlineAt(end, deadline.signal));
      if (found instanceof Failure) return found;
      if ((fds[1] as number) >>> 16 !== 0) return this.#fillOnce(deadline);
    }
  }

  /** What has to happen before there can be something to read. */
  waits(): Waits {
    const { readiness } = this.below;
    const { fds, until } = readiness?.waits?.() ?? {
      fds: [[readiness?.readFd ?? -1, READABLE] as const],
      until: Number.POSITIVE_INFINITY,
    };
    return { fds: this.#held === undefined ? fds : [...fds, [readiness?.writeFd ?? -1, WRITABLE]], until };
  }

  #fillOnce(deadline: Deadline): Outcome<number> {
    if (this.below.recvInto === undefined) {
      const bytes = atOnce(this.below.recv(deadline));
      if (bytes instanceof Failure) return bytes;
      this.take(bytes);
      return bytes.length;
    }
    const memory = incoming ?? Buffer.allocUnsafeSlow(INPUT_SIZE);
    incoming = undefined;
    try {
      const length = this.below.recvInto(memory, deadline);
      if (typeof length === 'number') this.take(memory, length);
      return length;
    } finally {
      incoming = memory;
    }
  }

  /** Feeds OpenSSL with these. */
  take(bytes: Uint8Array, length: number = bytes.length): void {
    if (this.first !== undefined && this.first.length < FIRST_BYTES)
      this.first = Buffer.concat([this.first, bytes.subarray(0, Math.min(length, FIRST_BYTES))]);
    this.#connection.feed(bytes, length);
    this.records.count(bytes, length);
  }

  #drained(memory: Buffer): Uint8Array | undefined {
    const length = this.#connection.drain(memory);
    return length === 0 ? undefined : memory.subarray(0, length);
  }

  #dropped(why: Failure): Failure {
    this.#left = (this.#held?.length ?? 0) + this.#connection.pending;
    this.#held = undefined;
    this.#cut = why;
    return why;
  }
}

/** A transport of the blocking face answers at once. */
function atOnce<T>(answer: MaybePromise<T>): T {
  if (!isPromise(answer)) return answer;
  Promise.resolve(answer).catch(() => {}); // the error is given below
  throw misuse(
    'ERR_PROMISE',
    "a transport of moonsocket/blocking answers at once, and this one gave a promise; use 'moonsocket/tls'",
  );
}
