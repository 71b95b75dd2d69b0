/** The sessions of a pool: which are free, when one more is opened, and when one is left. */
import { atAbort } from '../../core/aborts.ts';
import { ReplyError } from '../../core/errors.ts';
import type { Flow } from '../../core/flow.ts';
import { MAIL_IDLE_SECONDS, MAIL_MORE_SECONDS } from '../../core/limits.ts';
import { type Deadline, deadlineAfter, NO_DEADLINE } from '../../core/timeout.ts';
import type { Face, Runner } from '../../sockets/face.ts';
import type { ProtocolEngine } from '../connect/engine.ts';
import { begun } from './begin.ts';
import { Mailing } from './mailing.ts';
import type { SmtpPlan } from './options.ts';
import type { PoolLimits } from './pool-options.ts';

/** A session of a pool. */
export interface Held<F extends Face> {
  readonly mailing: Mailing<F>;
  /** How many mails it has had. */
  mails: number;
  /** Until when it may be idle. */
  until: Deadline;
}

/** What sessions are made by, and for whom. */
export interface PoolOwner<F extends Face> {
  readonly runner: Runner<F>;
  readonly engine: ProtocolEngine<F>;
  readonly plan: () => SmtpPlan<F>;
  readonly limits: PoolLimits;
  /** Called when a session has ended. */
  readonly ended: () => void;
}

export class PoolSessions<F extends Face> {
  readonly #owner: PoolOwner<F>;
  /** Those that are open. */
  readonly #open = new Set<Held<F>>();
  /** Those without a mail; the last one is the one that was used last. */
  readonly #idle: Held<F>[] = [];
  /** Ends each session that is about to be opened. */
  readonly #opening = new Set<AbortController>();
  /** How many count: open, about to be, and about to be left. */
  #used = 0;
  /** When one more may be opened beside others. */
  #more: Deadline | undefined;
  #swept = false;
  #aborted = false;

  constructor(owner: PoolOwner<F>) {
    this.#owner = owner;
  }

  get used(): number {
    return this.#used;
  }

  /** Whether {@link take} has something to give. */
  get isFree(): boolean {
    if (this.#idle.length > 0) return true;
    if (this.#used >= this.#owner.limits.sessions) return false;
    return this.#used === 0 || (this.#more?.remaining() ?? 0) === 0;
  }

  /** A session, or leave to open one. It is to be given back by {@link release}. */
  take(): Held<F> | undefined {
    for (let held = this.#idle.pop(); held !== undefined; held = this.#idle.pop()) {
      held.mailing.hold(true);
      if (!held.mailing.heard()) return held;
      held.mailing.close();
      this.#forget(held);
    }
    this.#used++;
    return undefined;
  }

  /** A new session, after leave to open one. @throws as `connect` */
  *open(signal: AbortSignal | undefined): Flow<Held<F>> {
    const plan = this.#owner.plan();
    const ender = new AbortController();
    if (signal?.aborted) ender.abort(signal.reason);
    const unheard = signal === undefined ? () => {} : atAbort(signal, () => ender.abort(signal.reason));
    this.#opening.add(ender);
    try {
      const opening = { ...plan.opening, signal: ender.signal };
      const mailing = new Mailing(yield* begun(this.#owner.engine, { ...plan, opening }), plan);
      if (this.#aborted) mailing.close();
      const held = { mailing, mails: 0, until: NO_DEADLINE };
      this.#open.add(held);
      return held;
    } finally {
      unheard();
      this.#opening.delete(ender);
    }
  }

  /** Whether a server that does not let in one session has let in others: it is asked for no more then, for a while. */
  takesNoMore(error: unknown): boolean {
    const isRefusal = error instanceof ReplyError && error.permanent === false;
    if (!isRefusal || this.#used === 1) return false;
    this.#more = deadlineAfter('pool', MAIL_MORE_SECONDS);
    return true;
  }

  /** Takes a session back after its mail, or the leave that came to nothing. */
  release(held: Held<F> | undefined): void {
    if (held === undefined) this.#used--;
    else if (held.mailing.over) this.#forget(held);
    else if (held.mails >= this.#owner.limits.messages) this.#leave(held);
    else {
      held.until = deadlineAfter('pool', MAIL_IDLE_SECONDS);
      this.#idle.push(held);
      held.mailing.hold(false);
      held.mailing.heard(); // from now on the await face reads ahead, and sees a server that closes
      this.#sweepLater();
    }
  }

  /** Says goodbye in all that are idle. */
  leaveIdle(): void {
    for (const held of this.#idle.splice(0)) this.#leave(held);
  }

  /** Closes all, and what is about to be opened; those that have a mail are still to be released. */
  abort(reason: Error): void {
    this.#aborted = true;
    for (const ender of this.#opening) ender.abort(reason);
    for (const { mailing } of this.#open) mailing.close();
    for (const held of this.#idle.splice(0)) this.#forget(held);
  }

  #leave(held: Held<F>): void {
    held.mailing.hold(true);
    this.#owner.runner.run(this.#left(held));
  }

  *#left(held: Held<F>): Flow<void> {
    try {
      yield* held.mailing.leave();
    } finally {
      this.#forget(held);
      this.#owner.ended();
    }
  }

  #forget(held: Held<F>): void {
    if (this.#open.delete(held)) this.#used--;
  }

  /** One sweep for all that is idle. */
  #sweepLater(): void {
    const { later } = this.#owner.engine;
    if (this.#swept || later === undefined) return;
    this.#swept = true;
    later(MAIL_IDLE_SECONDS, () => {
      this.#swept = false;
      while (this.#idle[0]?.until.remaining() === 0) this.#leave(this.#idle.shift() as Held<F>);
      if (this.#idle.length > 0) this.#sweepLater();
    });
  }
}
