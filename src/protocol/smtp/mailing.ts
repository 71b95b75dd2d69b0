/** Mails in one session, one after the other, and its end. */

import type { NumberedReply, RecipientResult } from '../../core/errors.ts';
import { misuse, SocketError } from '../../core/errors.ts';
import type { Flow } from '../../core/flow.ts';
import { abandon, type Sink, type Source } from '../../ltn12/protocol.ts';
import type { Step } from '../../ltn12/pump.ts';
import type { Message, PreparedMessage } from '../../mail/compose.ts';
import type { Face } from '../../sockets/face.ts';
import { hasNews } from '../connect/pool.ts';
import { commandLine } from '../tp/line.ts';
import type { Begun } from './begin.ts';
import type { Announced } from './envelope.ts';
import { announced, type Letter, letterOf, type RawMail, type SendOptions } from './letter.ts';
import type { SmtpPlan } from './options.ts';
import { delivered, isFatal } from './transaction.ts';

/** What came of a mail that the server took. */
export interface SendResult {
  /** The message's identifier, in angle brackets; undefined of bytes that were sent as they are. */
  readonly messageId: string | undefined;
  /** The recipients that were accepted. */
  readonly accepted: readonly string[];
  /** Those that were not, each with the reply that says why. */
  readonly rejected: readonly RecipientResult[];
  /** The server's last word: most often the name that the message has in its queue. */
  readonly reply: NumberedReply;
  /** Bytes of the message. */
  readonly size: number;
}

/** Seconds that a server has for its reply to QUIT. */
const GOODBYE = 5;

export class Mailing<F extends Face> {
  readonly #begun: Begun<F>;
  readonly #plan: SmtpPlan<F>;
  #busy = false;
  #over = false;
  /** Whether the call that goes on has begun to speak with the server: errors before that leave the session as it is. */
  #talking = false;
  /** Whether the server is in the middle of a mail that is none. */
  #unfinished = false;

  constructor(begun: Begun<F>, plan: SmtpPlan<F>) {
    this.#begun = begun;
    this.#plan = plan;
  }

  /** Whether it can send no more. */
  get over(): boolean {
    return this.#over;
  }

  /** Ends the connection without a word. */
  close(): void {
    this.#over = true;
    this.#begun.dialogue.close();
  }

  /** With an event loop: whether it waits for the connection, or may end the program. Without: nothing. */
  hold(holds: boolean): void {
    this.#begun.dialogue.client.stream.io.hold?.(holds);
  }

  /** Whether something has come unasked while no call was under way: the end, or a farewell. */
  heard(): boolean {
    return hasNews(this.#begun.dialogue.client);
  }

  /** One mail. @throws as `send` of a session */
  *send(mail: Message | RawMail, options: SendOptions, step?: Step<Source, Sink>): Flow<SendResult> {
    return yield* this.deliver(letterOf('send', mail, options), options.signal, step);
  }

  /** The same, of a mail that is checked. */
  *deliver(letter: Letter, signal: AbortSignal | undefined, step?: Step<Source, Sink>): Flow<SendResult> {
    return yield* this.#alone(function* (mailing) {
      const { dialogue, capabilities, files } = mailing.#begun;
      const { lmtp, delivery } = mailing.#plan;
      const prepared = yield* letter.prepare(capabilities, files);
      const said = yield* mailing.#announced(letter, prepared);
      const manner = { capabilities, lmtp, reset: mailing.#unfinished, delivery, step, signal };
      mailing.#talking = true;
      mailing.#unfinished = true;
      const { recipients, reply, size } = yield* delivered(dialogue, letter, prepared, said, manner);
      mailing.#unfinished = false;
      return {
        messageId: letter.messageId,
        accepted: recipients.filter(({ accepted }) => accepted).map(({ address }) => address),
        rejected: recipients.filter(({ accepted }) => !accepted),
        reply: reply.numbered,
        size,
      };
    });
  }

  /** A source that is not sent is closed. */
  *#announced(letter: Letter, prepared: PreparedMessage): Flow<Announced> {
    const { dialogue, capabilities } = this.#begun;
    try {
      return announced(dialogue.options.name, letter, prepared, capabilities);
    } catch (error) {
      yield* abandon(prepared.source, error);
      throw error;
    }
  }

  /** Whether the server is still there. */
  *verify(): Flow<void> {
    yield* this.#alone(function* (mailing) {
      mailing.#talking = true;
      yield* mailing.#begun.dialogue.command(commandLine('NOOP'), '2..');
    });
  }

  /** QUIT: bounded, and nothing that it can say changes what was sent. */
  *leave(): Flow<void> {
    if (this.#over) return;
    if (this.#busy) throw busy();
    this.#over = true;
    const { clock } = this.#begun.dialogue.options;
    const { reply } = clock.limits;
    const end = clock.replyingWithin(reply === null ? GOODBYE : Math.min(reply, GOODBYE));
    try {
      yield* this.#begun.dialogue.command(commandLine('QUIT'), '2..');
    } catch (error) {
      // What was sent is sent; a server that hangs up first has said goodbye, too.
      if (!(error instanceof SocketError)) throw error;
    } finally {
      end();
      this.#begun.dialogue.close();
    }
  }

  /** One call at a time. An error that leaves open where the dialogue stands ends the session. */
  *#alone<T>(call: (mailing: Mailing<F>) => Flow<T>): Flow<T> {
    if (this.#over) throw misuse('ERR_SPENT', 'this session is over: connect again');
    if (this.#busy) throw busy();
    this.#busy = true;
    const end = this.#begun.dialogue.options.clock.begin();
    try {
      return yield* call(this);
    } catch (error) {
      if (this.#talking && isFatal(error)) this.close();
      throw error;
    } finally {
      end();
      this.#busy = false;
      this.#talking = false;
    }
  }
}

function busy(): SocketError {
  return misuse('ERR_BUSY', 'a session does one thing at a time: wait for the call before this one');
}
