/** The clock of one HTTP call: how long each of its phases may last, the phase that it is in, and when each was reached. */
import { type Attempt, badArgument, Failure, TimeoutError } from '../../../core/errors.ts';
import type { Stream } from '../../../core/stream.ts';
import { type Deadline, deadlineAt, now } from '../../../core/timeout.ts';
import type { DialWatch } from '../../connect/dial.ts';

/** How long the phases of a call may take, in seconds; null, or nothing, is no limit. */
export interface PhaseTimeouts {
  /** Until there is a connection: a place among those of a session, the host's name, all attempts, TLS. */
  readonly connect?: number | null | undefined;
  /** From the last byte of the request to the end of the reply's head. */
  readonly headers?: number | null | undefined;
  /** Each wait for the server to take a piece of the request, or to send one of the body. */
  readonly idle?: number | null | undefined;
  /**
   * The whole call, with its redirects and repetitions: `timeout` by another name. What the caller's own source, sink and
   * functions take counts too; a body that has come whole is delivered, however late.
   */
  readonly total?: number | null | undefined;
}

/** When each step of the exchange that was answered was reached, in seconds since the call began. */
export interface Timeline {
  /** The addresses of the host were known; undefined on a connection that has served before. */
  readonly dns: number | undefined;
  /** All attempts to connect. */
  readonly attempts: readonly Attempt[];
  /** The last handshake of TLS, with the server or its proxy, was done; undefined without TLS, and on a connection that has served before. */
  readonly secured: number | undefined;
  /** The connection was there, with TLS where there is one. */
  readonly connected: number;
  /** The request was sent, with its body. */
  readonly sent: number;
  /** The first line of a reply was there. */
  readonly replied: number;
  /** The body was there to its end. */
  readonly end: number;
}

/** LuaSocket's http.TIMEOUT, in seconds. */
const TIMEOUT = 60;

const NO_LIMITS: PhaseTimeouts = {};

type Phase = 'connecting' | 'sending the request' | 'waiting for the reply' | 'reading the body';

/** What bounds each phase, besides the whole call's limit. */
const LIMIT_OF: Readonly<Record<Phase, 'connect' | 'idle' | 'headers'>> = {
  connecting: 'connect',
  'sending the request': 'idle',
  'waiting for the reply': 'headers',
  'reading the body': 'idle',
};

/** The clock of one call. A connection has its timeouts until {@link CallClock.ended}. */
export class CallClock implements DialWatch {
  readonly #limits: PhaseTimeouts;
  readonly #total: number | null;
  readonly #start = now();
  /** When the whole call is over. */
  readonly #end: number;
  #phase: Phase = 'connecting';
  /** The connection that is used, or was, and what puts its timeouts back. */
  #stream: Stream | undefined;
  #restores: (() => void)[] = [];
  #timeline: { -readonly [K in keyof Timeline]: Timeline[K] } = this.#blank();

  /** @throws SocketError `ERR_INVALID_ARGUMENT` */
  constructor(timeout: number | null | undefined, limits: PhaseTimeouts = NO_LIMITS) {
    checkSeconds('timeout', timeout);
    for (const [name, limit] of Object.entries(limits)) checkSeconds(`timeouts.${name}`, limit);
    if (timeout !== undefined && limits.total !== undefined)
      throw badArgument('request: timeout and timeouts.total are the same limit; give one of them');
    this.#limits = limits;
    this.#total = limits.total !== undefined ? limits.total : timeout !== undefined ? timeout : TIMEOUT;
    this.#end = this.#total === null ? Number.POSITIVE_INFINITY : endOf(this.#start, this.#total);
  }

  /** Whether there is time to wait for this many seconds, and to do something afterwards. */
  allows(seconds: number): boolean {
    return seconds < this.#left();
  }

  /** The call looks for a connection: gives the deadline for that. */
  connecting(signal: AbortSignal | undefined): Deadline {
    this.#phase = 'connecting';
    this.#stream = undefined;
    this.#timeline = this.#blank();
    const { connect } = this.#limits;
    const end = connect === undefined || connect === null ? this.#end : Math.min(this.#end, endOf(now(), connect));
    return deadlineAt(end, signal);
  }

  /** The host's addresses are known. */
  readonly resolved = (): void => {
    this.#timeline.dns = this.#age();
  };

  /** The attempts to connect have come to an end. */
  readonly attempted = (attempts: readonly Attempt[]): void => {
    this.#timeline.attempts = attempts;
  };

  readonly secured = (): void => {
    this.#timeline.secured = this.#age();
  };

  /** There is a connection, whose timeouts are the call's until {@link ended}. */
  sending(stream: Stream): void {
    const { timeouts } = stream;
    this.#phase = 'sending the request';
    this.#timeline.connected = this.#age();
    this.#stream = stream;
    this.#restores.push(timeouts.until(this.#end));
    if (this.#limits.idle !== undefined) {
      const { block } = timeouts.get();
      this.#restores.push(() => timeouts.set(block));
      timeouts.set(this.#limits.idle);
    }
  }

  /** The request was sent, as far as the server has taken it. */
  sent(): void {
    this.#phase = 'waiting for the reply';
    this.#timeline.sent = this.#age();
    const { idle, headers } = this.#limits;
    // A server may think for longer than it may pause.
    const timeouts = this.#stream?.timeouts;
    if (idle !== undefined) timeouts?.set(null);
    if (timeouts !== undefined && headers !== undefined && headers !== null)
      this.#restores.push(timeouts.within(headers));
  }

  /** The first line of a reply is there. */
  replied(): void {
    this.#timeline.replied = this.#age();
  }

  /** The head of the reply is there. */
  reading(): void {
    this.#phase = 'reading the body';
    const { idle, headers } = this.#limits;
    if (headers !== undefined && headers !== null) this.#restores.pop()?.();
    if (idle !== undefined) this.#stream?.timeouts.set(idle);
  }

  /** The connection is no longer the call's: it gets its own timeouts back. */
  ended(): void {
    this.#timeline.end = this.#age();
    for (let restore = this.#restores.pop(); restore !== undefined; restore = this.#restores.pop()) restore();
  }

  /** When each step was reached so far. */
  get timeline(): Timeline {
    return this.#timeline;
  }

  /** A timeout of the connection, or on the way to one, gets a message that says what took so long; other errors stay. */
  explained(error: unknown, origin: string): unknown {
    if (!(error instanceof TimeoutError) || error.phase !== undefined) return error;
    if (this.#stream !== undefined && error !== this.#stream.failure) return error; // of a socket of the caller's own
    const phase = this.#phase;
    const limit = this.#limits[LIMIT_OF[phase]];
    const left = this.#left();
    const which =
      left <= 0
        ? `the whole call took ${this.#total} s`
        : typeof limit === 'number'
          ? `timeouts.${LIMIT_OF[phase]} is ${limit} s`
          : 'a timeout of its connection';
    const message = `request ${origin}: timeout while ${phase}: ${which} (ETIMEDOUT)`;
    const partial = (): Buffer => error.partial ?? Buffer.alloc(0);
    return new TimeoutError('ETIMEDOUT', message, { partial, phase }, new Failure('ETIMEDOUT', error, error.attempts));
  }

  /** Seconds. */
  #left(): number {
    return (this.#end - now()) / 1000;
  }

  #age(): number {
    return (now() - this.#start) / 1000;
  }

  #blank(): Timeline {
    return { dns: undefined, attempts: [], secured: undefined, connected: 0, sent: 0, replied: 0, end: 0 };
  }
}

/** A negative number is no limit, as in `settimeout`. */
function endOf(start: number, seconds: number): number {
  return seconds < 0 ? Number.POSITIVE_INFINITY : start + seconds * 1000;
}

function checkSeconds(name: string, limit: number | null | undefined): void {
  if (limit === undefined || limit === null || (typeof limit === 'number' && !Number.isNaN(limit))) return;
  throw badArgument(`request: ${name} is a number of seconds, or null for no limit, not ${String(limit)}`);
}
