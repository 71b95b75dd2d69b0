/** SMTP in the await face. */

import type { SendResult } from '../protocol/smtp/mailing.ts';
import { planOf, type SmtpOptions } from '../protocol/smtp/options.ts';
import { Outbox as OutboxOf } from '../protocol/smtp/outbox.ts';
import { SmtpPool as SmtpPoolOf } from '../protocol/smtp/pool.ts';
import { type PoolOptions, poolLimits } from '../protocol/smtp/pool-options.ts';
import { type SendRequest, sendOne } from '../protocol/smtp/send.ts';
import { connectSession, type SmtpSession as SmtpSessionOf } from '../protocol/smtp/session.ts';
import { protocolEngine } from './protocol-engine.ts';
import { awaitRunner } from './runner.ts';

/**
 * A session, whose calls give promises.
 *
 * @interface
 */
export type SmtpSession = SmtpSessionOf<'await'>;

/**
 * A session with a server of SMTP or LMTP: `smtp://`, `smtps://` (TLS from the first byte on), `lmtp://` and `lmtp+unix:` URLs (the
 * path of a Unix socket follows), or options with a host. It is greeted, secured and logged in.
 *
 * ```ts
 * import { bind } from 'moonsocket';
 * import { compose } from 'moonsocket/mail';
 * import { connect } from 'moonsocket/smtp';
 *
 * const server = await bind('127.0.0.1', 0);
 * const serving = (async () => {
 *   const client = await server.accept();
 *   await client.send('220 ready\r\n');
 *   for (const reply of ['250 hello', '250 ok', '250 ok', '354 go on']) {
 *     await client.receive();
 *     await client.send(`${reply}\r\n`);
 *   }
 *   while ((await client.receive()) !== '.');
 *   await client.send('250 2.0.0 queued as 4711\r\n');
 *   await client.receive();
 *   await client.send('221 bye\r\n');
 *   client.close();
 * })();
 * const session = await connect(`smtp://127.0.0.1:${server.getsockname().port}`);
 * const mail = compose({ from: 'ann@example.com', to: 'bob@example.org', subject: 'Hello', text: 'Hello!' });
 * const { accepted, reply } = await session.send(mail);
 * accepted; // => ['bob@example.org']
 * reply.text; // => '2.0.0 queued as 4711'
 * await session.quit();
 * await serving;
 * server.close();
 * ```
 *
 * @throws SocketError with the system's code where there is no connection; ReplyError `ERR_SMTP_REPLY`, `ERR_AUTH` where
 * the server says no; `ERR_TLS_REQUIRED` where a password would go out in clear; TimeoutError, ClosedError, `ERR_INVALID_ARGUMENT`
 */
export function connect(url: string, options?: SmtpOptions<'await'>): Promise<SmtpSession>;
export function connect(options: SmtpOptions<'await'>): Promise<SmtpSession>;
export function connect(
  target: string | SmtpOptions<'await'>,
  options: SmtpOptions<'await'> = {},
): Promise<SmtpSession> {
  return awaitRunner.run(
    typeof target === 'string'
      ? connectSession(awaitRunner, protocolEngine, target, options)
      : connectSession(awaitRunner, protocolEngine, undefined, target),
  );
}

/**
 * A pool, whose calls give promises.
 *
 * @interface
 */
export type SmtpPool = SmtpPoolOf<'await'>;

/**
 * A pool of sessions with one server, for many mails: `sessions` at once, each for a number of `messages`, at a `rate`. Sessions
 * are opened as mails come. A mail whose connection is lost before the end of its message is sent again, in another session; one that
 * the server may have taken never is (`ERR_UNKNOWN_OUTCOME`).
 *
 * ```ts
 * import { compose } from 'moonsocket/mail';
 * import { pool } from 'moonsocket/smtp';
 *
 * const mails = pool('smtp://127.0.0.1:1', { sessions: 3, messages: 50, rate: 20, timeout: 5 });
 * const sent = ['bob@example.org', 'carol@example.org'].map((to) =>
 *   mails.send(compose({ from: 'ann@example.com', to, subject: 'Hello', text: 'Hello!' })),
 * );
 * const [first] = await Promise.allSettled(sent);
 * first.reason.code; // => 'ECONNREFUSED'
 * await mails.close();
 * ```
 *
 * A program that makes mails faster than they go awaits `ready()` before each. There is no pool in `moonsocket/blocking/smtp`, where a
 * call returns when its mail is sent, so that it could have one session only: `connect` gives that.
 *
 * @throws SocketError `ERR_INVALID_ARGUMENT`
 */
export function pool(url: string, options?: PoolOptions<'await'>): SmtpPool;
export function pool(options: PoolOptions<'await'>): SmtpPool;
export function pool(target: string | PoolOptions<'await'>, options: PoolOptions<'await'> = {}): SmtpPool {
  const [url, given] = typeof target === 'string' ? [target, options] : [undefined, target];
  // Each session has its own clock.
  const plan = () => planOf('smtp', url, given);
  plan();
  return new SmtpPoolOf(awaitRunner, protocolEngine, plan, poolLimits(given));
}

/**
 * Sends one mail in a session of its own. (LuaSocket `smtp.send`, which takes no TLS; here a password wants it.)
 *
 * @throws as {@link connect} and `send` of a session
 */
export function send(request: SendRequest<'await'>): Promise<SendResult> {
  return awaitRunner.run(sendOne(protocolEngine, request));
}

/**
 * An outbox, whose calls give promises.
 *
 * @interface
 */
export type Outbox = OutboxOf<'await'>;

/**
 * Keeps mails instead of sending them, for tests: a program that is given it in the place of a session sends nothing, and `mails`
 * has what a server would have got. `extensions` are those of the server, 8BITMIME and SMTPUTF8 without it.
 *
 * ```ts
 * import { compose } from 'moonsocket/mail';
 * import { outbox } from 'moonsocket/smtp';
 *
 * const box = outbox();
 * const mail = compose({ from: 'ann@example.com', to: 'bob@example.org', subject: 'Hello', text: 'Hello!' });
 * (await box.send(mail)).accepted; // => ['bob@example.org']
 * box.mails[0].message.toString().includes('Subject: Hello\r\n'); // => true
 * ```
 *
 * @throws SocketError `ERR_INVALID_ARGUMENT`
 */
export function outbox(extensions?: readonly string[]): Outbox {
  return new OutboxOf(awaitRunner, protocolEngine.mailFiles, extensions);
}
