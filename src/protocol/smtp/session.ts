/** A session of SMTP or LMTP, as programs of both faces hold it. */
import type { Flow } from '../../core/flow.ts';
import type { Message } from '../../mail/compose.ts';
import type { Face, Result, Runner } from '../../sockets/face.ts';
import type { ProtocolEngine } from '../connect/engine.ts';
import { begun } from './begin.ts';
import type { RawMail, SendOptions } from './letter.ts';
import { Mailing, type SendResult } from './mailing.ts';
import { planOf, type SmtpOptions } from './options.ts';

/** A session with a server, for one mail after the other. */
export class SmtpSession<F extends Face> {
  readonly #runner: Runner<F>;
  readonly #mailing: Mailing<F>;
  /** What the server can do, by its reply to EHLO: each extension with its parameters, in capitals. */
  readonly capabilities: ReadonlyMap<string, readonly string[]>;

  constructor(runner: Runner<F>, mailing: Mailing<F>, capabilities: ReadonlyMap<string, readonly string[]>) {
    this.#runner = runner;
    this.#mailing = mailing;
    this.capabilities = capabilities;
  }

  /** Whether the session can send no more: it was ended, or an error has ended it. */
  get closed(): boolean {
    return this.#mailing.over;
  }

  /**
   * Sends a message that was composed, or bytes with an envelope. Some recipients may be refused: they are in `rejected`.
   *
   * @throws ReplyError `ERR_SMTP_REPLY` with `command`, `reply` and `permanent`; SocketError `ERR_RECIPIENTS` where no recipient
   * is accepted, `ERR_UNKNOWN_OUTCOME` where the connection was lost between the message's last byte and its reply, `ERR_SMTP_8BIT`,
   * `ERR_SMTP_SIZE`, `ERR_SMTP_UTF8`, `ERR_MAIL_SOURCE`; ClosedError, TimeoutError. `recipients` has what each was told
   */
  send(mail: Message | RawMail, options: SendOptions = {}): Result<F, SendResult> {
    return this.#runner.run(this.#mailing.send(mail, options));
  }

  /** Asks whether the server is still there (NOOP). @throws ReplyError, ClosedError, TimeoutError */
  verify(): Result<F, void> {
    return this.#runner.run(this.#mailing.verify());
  }

  /** Ends the session. The server has 5 seconds for its goodbye; what was sent is sent, whatever it says. */
  quit(): Result<F, void> {
    return this.#runner.run(this.#mailing.leave());
  }

  /** Closes the connection without a word. */
  close(): void {
    this.#mailing.close();
  }

  /** The same as {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * A session that is ready for mails.
 *
 * @throws SocketError with the system's code where there is no connection; ReplyError `ERR_SMTP_REPLY` for a server that says no,
 * `ERR_AUTH`, `ERR_TLS_REQUIRED`; TimeoutError, ClosedError, AbortError, `ERR_INVALID_ARGUMENT`
 */
export function* connectSession<F extends Face>(
  runner: Runner<F>,
  engine: ProtocolEngine<F>,
  url: string | undefined,
  options: SmtpOptions<F>,
): Flow<SmtpSession<F>> {
  const plan = planOf('smtp', url, options);
  const ready = yield* begun(engine, plan);
  return new SmtpSession(runner, new Mailing(ready, plan), ready.capabilities.extensions);
}
