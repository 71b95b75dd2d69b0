/** How long a conversation of commands and replies may take: each reply as a whole, each wait of a transfer, each call. */
import { badArgument } from '../../core/errors.ts';
import type { Stream } from '../../core/stream.ts';
import { type Deadline, deadlineAt, now } from '../../core/timeout.ts';

/** Limits in seconds; null is no limit. */
export interface DialogueTimeouts {
  /** Until there is a connection: the host's name, all attempts, the proxy's tunnel, TLS that begins at once. */
  readonly connect?: number | null | undefined;
  /** From a command to the end of its reply, however that drips. */
  readonly reply?: number | null | undefined;
  /** Each wait of a transfer for its next piece. The clock of a reply rests meanwhile. */
  readonly idle?: number | null | undefined;
  /** A whole call. */
  readonly total?: number | null | undefined;
}

/** LuaSocket's TIMEOUT of tp, ftp and smtp, in seconds. */
const TIMEOUT = 60;

const NONE = Number.POSITIVE_INFINITY;

export class DialogueClock {
  limits: { readonly [K in keyof DialogueTimeouts]-?: number | null };
  /** When the call is over that goes on. */
  #end = NONE;

  /**
   * `timeout` stands for `reply` and `idle`, as LuaSocket's; `call` is what messages name.
   *
   * @throws SocketError `ERR_INVALID_ARGUMENT`
   */
  constructor(call: string, timeout: number | null | undefined, timeouts: DialogueTimeouts = {}) {
    for (const [name, limit] of Object.entries({ timeout, ...timeouts })) {
      if (limit === undefined || limit === null || (typeof limit === 'number' && !Number.isNaN(limit))) continue;
      throw badArgument(`${call}: ${name} is a number of seconds, or null for no limit, not ${String(limit)}`);
    }
    const each = timeout === undefined ? TIMEOUT : timeout;
    const { connect = each, reply = each, idle = each, total = null } = timeouts;
    this.limits = { connect, reply, idle, total };
  }

  /** A call begins: its total counts from now on. Returns what ends it. */
  begin(): () => void {
    const before = this.#end;
    this.#end = Math.min(before, endOf(this.limits.total));
    return () => {
      this.#end = before;
    };
  }

  /** Replies may take that long from now on. Returns what ends that. */
  replyingWithin(seconds: number | null): () => void {
    const before = this.limits;
    this.limits = { ...before, reply: seconds };
    return () => {
      this.limits = before;
    };
  }

  connecting(signal: AbortSignal | undefined): Deadline {
    return deadlineAt(Math.min(this.#end, endOf(this.limits.connect)), signal);
  }

  /** From now on a reply is waited for. Returns what ends that. */
  replying({ timeouts }: Stream): () => void {
    return timeouts.until(Math.min(this.#end, endOf(this.limits.reply)));
  }

  /** From now on the stream's bytes are a transfer's. Returns what ends that. */
  transferring({ timeouts }: Stream): () => void {
    const { block } = timeouts.get();
    timeouts.set(this.limits.idle);
    const restore = timeouts.until(this.#end);
    return () => {
      restore();
      timeouts.set(block);
    };
  }

  /** Which limit a timeout was, in words. */
  over(limit: 'reply' | 'idle'): string {
    if (now() >= this.#end) return `the whole call took ${this.limits.total} s`;
    const seconds = this.limits[limit];
    return seconds === null ? 'a timeout of its connection' : `timeouts.${limit} is ${seconds} s`;
  }
}

/** When that many seconds are over; a negative number is no limit, as in `settimeout`. */
function endOf(seconds: number | null): number {
  return seconds === null || seconds < 0 ? NONE : now() + seconds * 1000;
}
