/**
 * A pool: mails in several sessions at once, each mail in the turn that it was given in. A call of `send` gets a session, sends in it
 * and gives it back; one whose connection is lost before the end of its message has its turn again, before all others.
 *
 *     send ─→ line ─(pace, a session that is free or may be opened)─→ one mail ─→ idle ─→ QUIT
 *               ↑                                                        │
 *               └────────────── lost, and not yet delivered ─────────────┘
 */
import { ClosedError, Failure, failed, misuse, type Outcome, ReplyError, SocketError } from '../../core/errors.ts';
import { type Flow, type MaybePromise, settle } from '../../core/flow.ts';
import { MAIL_ATTEMPTS } from '../../core/limits.ts';
import { deadlineAfter, NO_DEADLINE } from '../../core/timeout.ts';
import type { Gate } from '../../core/turns.ts';
import type { Message } from '../../mail/compose.ts';
import type { Face, Result, Runner } from '../../sockets/face.ts';
import type { ProtocolEngine } from '../connect/engine.ts';
import { type Letter, letterOf, type RawMail, type SendOptions } from './letter.ts';
import type { SendResult } from './mailing.ts';
import type { SmtpPlan } from './options.ts';
import { Pace } from './pace.ts';
import type { PoolLimits } from './pool-options.ts';
import { type Held, PoolSessions } from './pool-sessions.ts';

/** A place in the line. */
interface Turn<F extends Face> {
  readonly gate: Gate<Held<F> | undefined>;
  readonly given: MaybePromise<Outcome<Held<F> | undefined>>;
}

/** Sessions with one server, for many mails. Nothing is sent twice that the server may have taken. */
export class SmtpPool<F extends Face> {
  readonly #runner: Runner<F>;
  readonly #engine: ProtocolEngine<F>;
  readonly #queue: number;
  readonly #pace: Pace;
  readonly #sessions: PoolSessions<F>;
  /** Mails that wait for a session, or for leave to open one. */
  readonly #line: Gate<Held<F> | undefined>[] = [];
  /** Calls of `ready`, and of `close`, that wait. */
  readonly #producers: Gate<void>[] = [];
  readonly #closers: Gate<void>[] = [];
  /** Mails that have no answer yet. */
  #pending = 0;
  #state: 'open' | 'closing' | 'aborted' = 'open';
  #pausing = false;

  constructor(runner: Runner<F>, engine: ProtocolEngine<F>, plan: () => SmtpPlan<F>, limits: PoolLimits) {
    this.#runner = runner;
    this.#engine = engine;
    this.#queue = limits.queue;
    this.#pace = new Pace(limits.rate);
    const ended = () => {
      this.#serve();
      this.#settled();
    };
    this.#sessions = new PoolSessions({ runner, engine, plan, limits, ended });
  }

  /** How many mails wait for their turn. */
  get queued(): number {
    return this.#line.length;
  }

  /** How many sessions there are. */
  get sessions(): number {
    return this.#sessions.used;
  }

  /**
   * Sends a mail when its turn has come. A mail whose connection is lost before the end of its message is sent again, in another session;
   * `signal` takes it out of the queue, or ends its session.
   *
   * @throws what a session's `send` and `connect` throw: `ERR_UNKNOWN_OUTCOME` where the server may have taken the mail, which is not
   * sent again then; SocketError `ERR_BUSY` where the queue is full, `ERR_SPENT` after {@link close}; ClosedError after {@link abort}
   */
  send(mail: Message | RawMail, options: SendOptions = {}): Result<F, SendResult> {
    return this.#runner.run(this.#send(mail, options));
  }

  /** Waits until the queue has room for a mail. */
  ready(): Result<F, void> {
    return this.#runner.run(this.#ready());
  }

  /** Takes no more mails, waits until all that were given have their answers, and ends the sessions. */
  close(): Result<F, void> {
    return this.#runner.run(this.#close());
  }

  /** Ends all at once: mails that wait fail, and so do those under way, some with `ERR_UNKNOWN_OUTCOME`. */
  abort(): void {
    this.#state = 'aborted';
    this.#sessions.abort(aborted());
    for (const gate of this.#line.splice(0)) gate.wake(new Failure('ERR_CLOSED'));
    this.#letIn();
    this.#settled();
  }

  /** The same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Result<F, void> {
    return this.close();
  }

  *#send(mail: Message | RawMail, options: SendOptions): Flow<SendResult> {
    const letter = letterOf('send', mail, options);
    if (this.#state !== 'open') throw misuse('ERR_SPENT', 'this pool is closed: make another one');
    if (this.#isFull)
      throw misuse('ERR_BUSY', `${this.#queue} mails wait already: wait for ready() before the next one`);
    this.#pending++;
    try {
      return yield* this.#delivered(letter, options.signal);
    } finally {
      this.#pending--;
      this.#settled();
    }
  }

  *#delivered(letter: Letter, signal: AbortSignal | undefined): Flow<SendResult> {
    let turn = this.#enter(signal, 'last');
    this.#serve();
    let lost: unknown;
    for (let attempt = 1; ; ) {
      let held = yield* this.#given(turn);
      try {
        if (!this.#isAborted) held ??= yield* this.#sessions.open(signal);
        if (held === undefined || this.#isAborted) throw aborted();
        held.mails++;
        const result = yield* held.mailing.deliver(letter, signal);
        this.#pace.answered();
        return result;
      } catch (error) {
        if (held === undefined && this.#isAborted) throw aborted();
        if (held === undefined && this.#sessions.takesNoMore(error)) {
          turn = this.#enter(signal, 'first');
          continue;
        }
        // It comes from a source that is read once, and was.
        if (lost !== undefined && error instanceof SocketError && error.code === 'ERR_MAIL_SOURCE') throw lost;
        if (!isLost(error)) {
          if (held !== undefined) this.#pace.answered();
          throw error;
        }
        this.#pace.lost();
        if (attempt++ === MAIL_ATTEMPTS || this.#isAborted) throw error;
        lost = error;
        turn = this.#enter(signal, 'first');
      } finally {
        this.#sessions.release(held);
        this.#serve();
      }
    }
  }

  /** Takes a place in the line. */
  #enter(signal: AbortSignal | undefined, place: 'first' | 'last'): Turn<F> {
    const gate = this.#engine.gate<Held<F> | undefined>();
    if (place === 'first') this.#line.unshift(gate);
    else this.#line.push(gate);
    return { gate, given: gate.wait(deadlineAfter('send', null, signal)) };
  }

  /** Waits for the turn: gives a session, or undefined for leave to open one. */
  *#given({ gate, given }: Turn<F>): Flow<Held<F> | undefined> {
    const held = yield* settle(given);
    if (!(held instanceof Failure)) return held;
    const at = this.#line.indexOf(gate);
    if (at >= 0) this.#line.splice(at, 1);
    this.#letIn();
    throw held.code === 'ERR_CLOSED' ? aborted() : failed('send', held);
  }

  /** Gives what is free to those whose turn it is. */
  #serve(): void {
    for (;;) {
      // Given up in this very turn.
      while (this.#line[0]?.waiting === false) this.#line.shift();
      if (this.#line.length === 0 || !this.#sessions.isFree) return;
      const { pause } = this.#pace;
      if (pause > 0) {
        if (!this.#pausing) this.#runner.run(this.#resume(pause));
        return;
      }
      this.#pace.began();
      this.#line.shift()?.wake(this.#sessions.take());
      this.#letIn();
    }
  }

  *#resume(pause: number): Flow<void> {
    this.#pausing = true;
    yield* settle(this.#engine.sleep(deadlineAfter('pool', pause / 1000)));
    this.#pausing = false;
    this.#serve();
  }

  get #isAborted(): boolean {
    return this.#state === 'aborted';
  }

  get #isFull(): boolean {
    return this.#line.length >= this.#queue;
  }

  *#ready(): Flow<void> {
    while (this.#state === 'open' && this.#isFull) {
      const gate = this.#engine.gate<void>();
      this.#producers.push(gate);
      yield* settle(gate.wait(NO_DEADLINE));
    }
  }

  /** Wakes as many callers of `ready` as there is room for. */
  #letIn(): void {
    const room = this.#state === 'open' ? this.#queue - this.#line.length : this.#producers.length;
    for (const gate of this.#producers.splice(0, Math.max(0, room))) gate.wake(undefined);
  }

  *#close(): Flow<void> {
    if (this.#state === 'open') this.#state = 'closing';
    this.#letIn();
    this.#settled();
    while (this.#pending > 0 || this.#sessions.used > 0) {
      const gate = this.#engine.gate<void>();
      this.#closers.push(gate);
      yield* settle(gate.wait(NO_DEADLINE));
    }
  }

  /** After the last answer of a pool that closes come the goodbyes, and after those the end. */
  #settled(): void {
    if (this.#state === 'open' || this.#pending > 0) return;
    this.#sessions.leaveIdle();
    if (this.#sessions.used === 0) for (const gate of this.#closers.splice(0)) gate.wake(undefined);
  }
}

/** Whether the connection was lost before the end of the message: what came of it, the server has to forget. */
function isLost(error: unknown): boolean {
  return error instanceof ClosedError || (error instanceof ReplyError && error.reply?.code === 421);
}

function aborted(): ClosedError {
  return new ClosedError('ERR_CLOSED', 'send: the pool was aborted (ERR_CLOSED)');
}
