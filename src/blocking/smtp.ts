/** SMTP in the blocking face. */

import type { SendResult } from '../protocol/smtp/mailing.ts';
import type { SmtpOptions } from '../protocol/smtp/options.ts';
import { Outbox as OutboxOf } from '../protocol/smtp/outbox.ts';
import { type SendRequest, sendOne } from '../protocol/smtp/send.ts';
import { connectSession, type SmtpSession as SmtpSessionOf } from '../protocol/smtp/session.ts';
import { protocolEngine } from './protocol-engine.ts';
import { blockingRunner } from './runner.ts';

/**
 * A session, whose calls return values.
 *
 * @interface
 */
export type SmtpSession = SmtpSessionOf<'blocking'>;

/**
 * A session with a server of SMTP or LMTP: `smtp://`, `smtps://` (TLS from the first byte on), `lmtp://` and `lmtp+unix:` URLs (the
 * path of a Unix socket follows), or options with a host. It is greeted, secured and logged in.
 *
 * ```ts
 * import { connect } from 'moonsocket/blocking/smtp';
 * try {
 *   connect('smtp://127.0.0.1:1', { timeout: 5 });
 * } catch (error) {
 *   error.code; // => 'ECONNREFUSED'
 * }
 * ```
 *
 * @throws SocketError with the system's code where there is no connection; ReplyError `ERR_SMTP_REPLY`, `ERR_AUTH` where
 * the server says no; `ERR_TLS_REQUIRED` where a password would go out in clear; TimeoutError, ClosedError, `ERR_INVALID_ARGUMENT`
 */
export function connect(url: string, options?: SmtpOptions<'blocking'>): SmtpSession;
export function connect(options: SmtpOptions<'blocking'>): SmtpSession;
export function connect(target: string | SmtpOptions<'blocking'>, options: SmtpOptions<'blocking'> = {}): SmtpSession {
  return blockingRunner.run(
    typeof target === 'string'
      ? connectSession(blockingRunner, protocolEngine, target, options)
      : connectSession(blockingRunner, protocolEngine, undefined, target),
  );
}

/**
 * Sends one mail in a session of its own. (LuaSocket `smtp.send`, which takes no TLS; here a password wants it.)
 *
 * @throws as {@link connect} and `send` of a session
 */
export function send(request: SendRequest<'blocking'>): SendResult {
  return blockingRunner.run(sendOne(protocolEngine, request));
}

/**
 * An outbox, whose calls give values.
 *
 * @interface
 */
export type Outbox = OutboxOf<'blocking'>;

/**
 * Keeps mails instead of sending them, for tests: a program that is given it in the place of a session sends nothing, and `mails`
 * has what a server would have got. `extensions` are those of the server, 8BITMIME and SMTPUTF8 without it.
 *
 * ```ts
 * import { compose } from 'moonsocket/mail';
 * import { outbox } from 'moonsocket/blocking/smtp';
 *
 * const box = outbox();
 * const mail = compose({ from: 'ann@example.com', to: 'bob@example.org', subject: 'Hello', text: 'Hello!' });
 * (box.send(mail)).accepted; // => ['bob@example.org']
 * box.mails[0].message.toString().includes('Subject: Hello\r\n'); // => true
 * ```
 *
 * @throws SocketError `ERR_INVALID_ARGUMENT`
 */
export function outbox(extensions?: readonly string[]): Outbox {
  return new OutboxOf(blockingRunner, protocolEngine.mailFiles, extensions);
}
