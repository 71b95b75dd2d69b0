/** Two ends of a stream in memory: what one sends, the other receives, with the back-pressure of a real socket. */
import { ReceiveBuffer } from '../core/buffer.ts';
import { CLOSED_HERE, ENDED, Failure, type Outcome } from '../core/errors.ts';
import type { MaybePromise } from '../core/flow.ts';
import type { Io, Readiness, ShutdownHow } from '../core/io.ts';
import { READ_AHEAD } from '../core/limits.ts';
import type { Deadline } from '../core/timeout.ts';
import { Waiter } from './waiter.ts';

/** One direction. */
class Channel {
  readonly reader = new Waiter<Uint8Array>();
  readonly writer = new Waiter<number>();
  readonly watchers: Set<() => void> = new Set();
  /** The writing end sends no more. */
  ended = false;
  /** The reading end is gone. */
  broken = false;
  #held = new ReceiveBuffer();

  get readable(): boolean {
    return this.#held.size > 0 || this.ended;
  }

  get writable(): boolean {
    return this.#held.size < READ_AHEAD || this.broken;
  }

  take(deadline: Deadline): MaybePromise<Outcome<Uint8Array>> {
    if (this.#held.size === 0) return this.ended ? ENDED : this.reader.wait(deadline);
    const bytes = this.#held.take(this.#held.size);
    this.writer.wake(0);
    this.changed();
    return bytes;
  }

  /** Holds at most READ_AHEAD bytes; what is more waits until they are taken. */
  async put(bytes: Uint8Array, deadline: Deadline): Promise<Outcome<number>> {
    while (!this.writable && !this.ended) {
      const room = await this.writer.wait(deadline);
      if (room instanceof Failure) return room;
    }
    if (this.broken || this.ended) return new Failure('EPIPE');
    const piece = Buffer.from(bytes.subarray(0, READ_AHEAD - this.#held.size));
    if (this.reader.waiting) this.reader.wake(piece);
    else this.#held.push(piece);
    this.changed();
    return piece.length;
  }

  end(): void {
    this.ended = true;
    this.writer.wake(0);
    if (this.#held.size === 0) this.reader.wake(ENDED);
    this.changed();
  }

  break(): void {
    this.broken = true;
    this.#held = new ReceiveBuffer();
    this.writer.wake(0);
    this.changed();
  }

  changed(): void {
    for (const changed of this.watchers) changed();
  }
}

class PairIo implements Io, Readiness {
  readonly #inbound: Channel;
  readonly #outbound: Channel;
  #closed = false;
  #receiveEnded = false;

  constructor(inbound: Channel, outbound: Channel) {
    this.#inbound = inbound;
    this.#outbound = outbound;
  }

  recv(deadline: Deadline): MaybePromise<Outcome<Uint8Array>> {
    if (this.#closed) return CLOSED_HERE;
    return this.#receiveEnded ? ENDED : this.#inbound.take(deadline);
  }

  send(bytes: Uint8Array, deadline: Deadline): MaybePromise<Outcome<number>> {
    if (this.#closed) return CLOSED_HERE;
    return this.#outbound.ended ? new Failure('EPIPE') : this.#outbound.put(bytes, deadline);
  }

  shutdown(how: ShutdownHow): void {
    if (how !== 'receive') this.#outbound.end();
    if (how === 'send') return;
    this.#receiveEnded = true;
    this.#inbound.reader.wake(ENDED);
    this.#inbound.break();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#inbound.reader.wake(CLOSED_HERE);
    this.#outbound.writer.wake(CLOSED_HERE);
    this.#outbound.end();
    this.#inbound.break();
  }

  getfd(): number {
    return -1;
  }

  get readiness(): Readiness {
    return this;
  }

  readable(): boolean {
    return this.#closed || this.#receiveEnded || this.#inbound.readable;
  }

  writable(): boolean {
    return this.#closed || this.#outbound.writable;
  }

  watch(changed: () => void): () => void {
    this.#inbound.watchers.add(changed);
    this.#outbound.watchers.add(changed);
    return () => {
      this.#inbound.watchers.delete(changed);
      this.#outbound.watchers.delete(changed);
    };
  }
}

export function pairIo(): [Io, Io] {
  const there = new Channel();
  const back = new Channel();
  return [new PairIo(back, there), new PairIo(there, back)];
}
