/** A link in memory between two ends of TLS, of either face: it cuts, holds and delays what passes, and spoils it at one byte. */
import { setImmediate as turn } from 'node:timers/promises';
import { Waiter } from '../../src/async/waiter.ts';
import { CLOSED_HERE, ENDED, Failure, type Outcome, TIMED_OUT } from '../../src/core/errors.ts';
import type { MaybePromise } from '../../src/core/flow.ts';
import type { Io, ShutdownHow } from '../../src/core/io.ts';
import type { Deadline } from '../../src/core/timeout.ts';

export type FaceName = 'await' | 'blocking';

/** What happens to one direction at the byte `at`, counted from the first. */
export interface Fault {
  readonly kind: 'flip' | 'drop' | 'double' | 'end' | 'reset';
  readonly at: number;
  /** Which bit is flipped, or how many bytes are lost or doubled. */
  readonly size: number;
}

/** How one direction moves. */
export interface Weather {
  /** What one receive gives at most, in turn; beyond {@link SMALL_PIECES} it gives more. */
  readonly pieces: readonly number[];
  /** Turns of the event loop between two of those pieces. */
  readonly delay: number;
  /** The most that one send takes, and that waits before a send takes nothing. */
  readonly taken: number;
  readonly room: number;
  readonly fault: Fault | undefined;
}

/** A stream of thousands of single bytes is another test. */
const SMALL_PIECES = 200;
/** Turns without a move, more than streams need to pass on what they have. */
const STILL = 60;

class Direction {
  readonly #weather: Weather;
  readonly #queue: Buffer[] = [];
  #queued = 0;
  #given = 0;
  passed = 0;
  #due = 0;
  #end: Failure | undefined;
  faulted = false;

  constructor(weather: Weather) {
    this.#weather = weather;
  }

  /** How many of these it takes; undefined says that it has no room now. */
  take(bytes: Uint8Array): Outcome<number> | undefined {
    if (this.#end !== undefined) return this.#end === ENDED ? new Failure('EPIPE') : this.#end;
    const { taken, room } = this.#weather;
    const length = Math.min(bytes.length, taken, room - this.#queued);
    if (length <= 0) return undefined;
    const passed = this.#spoiled(Buffer.from(bytes.subarray(0, length)));
    if (passed.length > 0) this.#queue.push(passed);
    this.#queued += passed.length;
    return length;
  }

  /** The next piece; undefined says that none is due. */
  give(now: number): Outcome<Buffer> | undefined {
    const first = this.#queue[0];
    if (first === undefined) return this.#end;
    if (now < this.#due) return undefined;
    const { pieces, delay } = this.#weather;
    const i = this.#given++;
    const piece = first.subarray(0, i < SMALL_PIECES ? pieces[i % pieces.length] : 20_000);
    if (piece.length < first.length) this.#queue[0] = first.subarray(piece.length);
    else this.#queue.shift();
    this.#queued -= piece.length;
    if (i < SMALL_PIECES) this.#due = now + delay;
    return Buffer.from(piece);
  }

  get empty(): boolean {
    return this.#queue.length === 0;
  }

  end(why: Failure = ENDED): void {
    this.#end ??= why;
  }

  /** Nobody takes it any more. */
  abandon(): void {
    this.#end = new Failure('EPIPE');
    this.#queue.length = 0;
  }

  #spoiled(bytes: Buffer): Buffer {
    const { fault } = this.#weather;
    const at = fault === undefined ? -1 : fault.at - this.passed;
    this.passed += bytes.length;
    if (fault === undefined || at < 0 || at >= bytes.length) return bytes;
    this.faulted = true;
    const [head, rest] = [bytes.subarray(0, at), bytes.subarray(at)];
    switch (fault.kind) {
      case 'flip':
        bytes[at] = (bytes[at] as number) ^ (1 << (fault.size & 7));
        return bytes;
      case 'drop':
        return Buffer.concat([head, rest.subarray(fault.size)]);
      case 'double':
        return Buffer.concat([head, rest.subarray(0, fault.size), rest]);
      default:
        this.end(fault.kind === 'end' ? ENDED : new Failure('ECONNRESET'));
        return head;
    }
  }
}

export class Link {
  readonly #directions: readonly [Direction, Direction];
  readonly #ends: WaitingEnd[] = [];
  /** Turns of the event loop so far, and the last in which something moved. */
  turn = 0;
  moved = 0;

  constructor(there: Weather, back: Weather) {
    this.#directions = [new Direction(there), new Direction(back)];
  }

  ends(first: FaceName, second: FaceName): [Io, Io] {
    const [there, back] = this.#directions;
    return [this.#newEnd(first, there, back), this.#newEnd(second, back, there)];
  }

  /**
   * Turns until `done`. Two ends would wait for each other when a fault has happened and nothing moves any more: then the
   * link ends, as networks do in the end. Without a fault it stands as it is, and the test is not done in time.
   */
  async until(done: () => boolean): Promise<void> {
    for (; !done(); this.turn++) {
      await turn();
      for (const end of this.#ends) end.retry();
      const isStill = this.turn - this.moved > STILL && this.#directions.every(({ empty }) => empty);
      if (isStill && this.faulted) for (const direction of this.#directions) direction.end();
    }
  }

  /** How many bytes were sent so far: there, and back. */
  get passed(): readonly number[] {
    return this.#directions.map(({ passed }) => passed);
  }

  get faulted(): boolean {
    return this.#directions.some(({ faulted }) => faulted);
  }

  #newEnd(face: FaceName, out: Direction, into: Direction): Io {
    if (face === 'blocking') return new InstantEnd(this, out, into);
    const end = new WaitingEnd(this, out, into);
    this.#ends.push(end);
    return end;
  }
}

/** An end whose calls answer at once, for the blocking face. */
class InstantEnd implements Io {
  readonly #link: Link;
  readonly #out: Direction;
  readonly #into: Direction;
  #closed = false;

  constructor(link: Link, out: Direction, into: Direction) {
    this.#link = link;
    this.#out = out;
    this.#into = into;
  }

  recv(_deadline: Deadline): MaybePromise<Outcome<Uint8Array>> {
    return this.received() ?? TIMED_OUT;
  }

  send(bytes: Uint8Array, _deadline: Deadline): MaybePromise<Outcome<number>> {
    return this.sent(bytes) ?? TIMED_OUT;
  }

  shutdown(how: ShutdownHow): void {
    if (how !== 'receive') this.#out.end();
  }

  close(): void {
    this.#closed = true;
    this.#out.end();
    this.#into.abandon();
  }

  getfd(): number {
    return -1;
  }

  protected received(): Outcome<Uint8Array> | undefined {
    if (this.#closed) return CLOSED_HERE;
    return this.#noting(this.#into.give(this.#link.turn));
  }

  protected sent(bytes: Uint8Array): Outcome<number> | undefined {
    if (this.#closed) return CLOSED_HERE;
    return this.#noting(this.#out.take(bytes));
  }

  #noting<T>(outcome: T): T {
    if (outcome !== undefined) this.#link.moved = this.#link.turn;
    return outcome;
  }
}

/** An end whose calls wait, for the await face. */
class WaitingEnd extends InstantEnd {
  readonly #reader = new Waiter<Uint8Array>();
  readonly #writer = new Waiter<number>();
  #bytes: Uint8Array = Buffer.alloc(0);

  override recv(deadline: Deadline): MaybePromise<Outcome<Uint8Array>> {
    return this.received() ?? this.#reader.wait(deadline);
  }

  override send(bytes: Uint8Array, deadline: Deadline): MaybePromise<Outcome<number>> {
    const taken = this.sent(bytes);
    if (taken !== undefined) return taken;
    this.#bytes = bytes;
    return this.#writer.wait(deadline);
  }

  override close(): void {
    super.close();
    this.retry();
  }

  /** Looks again, once a turn, whether what waits can go on. */
  retry(): void {
    const got = this.#reader.waiting ? this.received() : undefined;
    if (got !== undefined) this.#reader.wake(got);
    const taken = this.#writer.waiting ? this.sent(this.#bytes) : undefined;
    if (taken !== undefined) this.#writer.wake(taken);
  }
}
