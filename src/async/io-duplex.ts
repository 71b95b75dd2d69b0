/** Node's stream over an `Io`: what node:tls wants below it, where there is no socket of Node's. */
import { Duplex } from 'node:stream';
import { ENDED, Failure, type Outcome } from '../core/errors.ts';
import { isPromise } from '../core/flow.ts';
import type { Io } from '../core/io.ts';
import { FIRST_BYTES, READ_AHEAD } from '../core/limits.ts';
import { NO_DEADLINE } from '../core/timeout.ts';

/** A failure of the transport, on its way through Node's streams. */
export class IoError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.words?.text ?? failure.code);
    this.failure = failure;
  }
}

type Done = (error?: Error | null) => void;

export class IoDuplex extends Duplex {
  /** The beginning of what has come. */
  first: Buffer | undefined;
  /** Is called each time that the transport has taken all. */
  flushed: (() => void) | undefined;
  readonly #io: Io;
  #unread: Uint8Array | undefined;
  #reading = false;
  #paused = false;
  #pausedPull = false;

  /** `unread` has been read from the transport already, and comes first. */
  constructor(io: Io, unread: Uint8Array | undefined) {
    super({ highWaterMark: READ_AHEAD, allowHalfOpen: true });
    this.#io = io;
    this.#unread = unread;
  }

  override _read(): void {
    if (this.#reading) return;
    this.#reading = true;
    const unread = this.#unread;
    this.#unread = undefined;
    if (unread !== undefined && !this.#take(unread)) return;
    this.#pull();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#send(chunk, this.#telling(done));
  }

  /** The records of one send go out together. */
  override _writev(chunks: { chunk: Buffer }[], done: Done): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)), this.#telling(done));
  }

  override _final(done: Done): void {
    this.#io.shutdown('send');
    done();
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#io.close();
    done(error);
  }

  /** Takes no more from the transport than the call under way gives. */
  pausePulling(): void {
    this.#paused = true;
  }

  resumePulling(): void {
    this.#paused = false;
    if (!this.#pausedPull) return;
    this.#pausedPull = false;
    this.#pull();
  }

  #telling(done: Done): Done {
    const { flushed } = this;
    if (flushed === undefined) return done;
    return (error) => {
      done(error);
      if (this.writableLength === 0) flushed();
    };
  }

  #pull(): void {
    for (;;) {
      if (this.#paused) {
        this.#pausedPull = true;
        return;
      }
      const got = this.#io.recv(NO_DEADLINE);
      if (isPromise(got)) {
        got.then((outcome) => {
          if (this.#take(outcome)) this.#pull();
        });
        return;
      }
      if (!this.#take(got)) return;
    }
  }

  /** Passes on what came; whether more is wanted. */
  #take(got: Outcome<Uint8Array>): boolean {
    if (got === ENDED) this.push(null);
    else if (got instanceof Failure) this.destroy(new IoError(got));
    else {
      this.first ??= Buffer.from(got.subarray(0, FIRST_BYTES));
      if (this.push(got)) return true;
    }
    this.#reading = false;
    return false;
  }

  #send(chunk: Uint8Array, done: Done): void {
    for (let left = chunk; ; ) {
      const answer = this.#io.send(left, NO_DEADLINE);
      if (isPromise(answer)) {
        answer.then((taken) => {
          if (taken instanceof Failure) done(new IoError(taken));
          else if (taken === left.length) done();
          else this.#send(left.subarray(taken), done);
        });
        return;
      }
      if (answer instanceof Failure || answer === left.length) {
        done(answer instanceof Failure ? new IoError(answer) : null);
        return;
      }
      left = left.subarray(answer);
    }
  }
}
