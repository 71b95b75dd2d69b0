/** What a pool takes besides what its sessions do. */
import { badArgument } from '../../core/errors.ts';
import { MAIL_QUEUE } from '../../core/limits.ts';
import { shown } from '../../core/shown.ts';
import type { Face } from '../../sockets/face.ts';
import type { SmtpOptions } from './options.ts';

/** How a pool is made. */
export interface PoolOptions<F extends Face = Face> extends Omit<SmtpOptions<F>, 'signal'> {
  /** Sessions at once, at most: 5 without it. */
  readonly sessions?: number | undefined;
  /** Mails in one session, which is ended then: 100 without it. */
  readonly messages?: number | undefined;
  /** Mails a second that are begun at most, in all sessions together; any number without it. 0.5 is one in two seconds. */
  readonly rate?: number | undefined;
  /** Mails that may wait for their turn: 1000 without it. */
  readonly queue?: number | undefined;
}

/** The same, checked. */
export interface PoolLimits {
  readonly sessions: number;
  readonly messages: number;
  readonly rate: number | undefined;
  readonly queue: number;
}

const SESSIONS = 5;
const MESSAGES = 100;

/** @throws SocketError `ERR_INVALID_ARGUMENT` */
export function poolLimits({
  sessions = SESSIONS,
  messages = MESSAGES,
  rate,
  queue = MAIL_QUEUE,
}: PoolOptions): PoolLimits {
  for (const [name, value] of Object.entries({ sessions, messages, queue })) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw badArgument(`pool: ${name} is a whole number from 1, not ${shown(value)}`);
  }
  if (rate !== undefined && !(typeof rate === 'number' && rate > 0 && Number.isFinite(rate)))
    throw badArgument(`pool: rate is a number of mails a second, not ${shown(rate)}`);
  return { sessions, messages, rate, queue };
}
