/** LuaSocket's `smtp.send`: one session for one mail. */
import { badArgument } from '../../core/errors.ts';
import type { Flow } from '../../core/flow.ts';
import { shown } from '../../core/shown.ts';
import type { Sink, Source } from '../../ltn12/protocol.ts';
import type { Step } from '../../ltn12/pump.ts';
import type { Face } from '../../sockets/face.ts';
import type { ProtocolEngine } from '../connect/engine.ts';
import { begun } from './begin.ts';
import type { SendOptions } from './letter.ts';
import { Mailing, type SendResult } from './mailing.ts';
import { planOf, type SmtpOptions } from './options.ts';

/** A mail, and the server that takes it. */
export interface SendRequest<F extends Face = Face>
  extends Omit<SmtpOptions<F>, 'host' | 'timeouts' | 'lmtp'>,
    Pick<SendOptions, 'reports'> {
  /** The sender's address, in angle brackets or not; '' or `<>` for none. */
  readonly from: string;
  /** The recipient's, or several. */
  readonly rcpt: string | readonly string[];
  /** The message, as `message` of `moonsocket/mail` makes one. */
  readonly source: Source;
  /** The server: `localhost`, without it. */
  readonly server?: string | undefined;
  /** Moves the message, chunk by chunk (`pump.step` of `moonsocket/ltn12`, without it). */
  readonly step?: Step<Source, Sink> | undefined;
}

/** @throws as `connect` and a session's `send` do */
export function* sendOne<F extends Face>(engine: ProtocolEngine<F>, request: SendRequest<F>): Flow<SendResult> {
  if (typeof request !== 'object' || request === null)
    throw badArgument(`send: takes { from, rcpt, source, … }, not ${shown(request)}`);
  const { from, rcpt, source, server, step, reports, ...options } = request;
  const mail = { envelope: { from, to: typeof rcpt === 'string' ? [rcpt] : rcpt }, source };
  const plan = planOf('send', undefined, { ...options, host: server });
  const mailing = new Mailing(yield* begun(engine, plan), plan);
  try {
    const result = yield* mailing.send(mail, { reports, signal: options.signal }, step);
    yield* mailing.leave();
    return result;
  } finally {
    mailing.close();
  }
}
