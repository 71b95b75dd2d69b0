/** A session that keeps mails instead of sending them, for tests: it makes of each what a server would get. */
import { badArgument } from '../../core/errors.ts';
import type { Flow } from '../../core/flow.ts';
import { abandon, type Chunk, sourced } from '../../ltn12/protocol.ts';
import type { Message } from '../../mail/compose.ts';
import type { MailFiles } from '../../mail/files.ts';
import type { Envelope } from '../../mail/options.ts';
import type { Face, Result, Runner } from '../../sockets/face.ts';
import { Reply } from '../tp/reply.ts';
import { Capabilities } from './capabilities.ts';
import { announced, letterOf, type RawMail, type SendOptions } from './letter.ts';
import type { SendResult } from './mailing.ts';

/** A mail that was kept. */
export interface KeptMail extends SendResult {
  /** Who it is from and to, checked. */
  readonly envelope: Envelope;
  /** What a server would have got, byte for byte. */
  readonly message: Buffer;
}

const LINE_END = Buffer.from('\r\n');
const EXTENSIONS = ['8BITMIME', 'SMTPUTF8'] as const;

/** An outbox: `send` is that of a session, and nothing leaves the program. */
export class Outbox<F extends Face> {
  readonly #runner: Runner<F>;
  readonly #capabilities: Capabilities;
  readonly #files: MailFiles | undefined;
  readonly #mails: KeptMail[] = [];

  constructor(runner: Runner<F>, files: MailFiles | undefined, extensions: readonly string[] = EXTENSIONS) {
    this.#files = files;
    if (!Array.isArray(extensions) || !extensions.every((name) => typeof name === 'string'))
      throw badArgument('outbox: extensions are names, such as 8BITMIME');
    this.#runner = runner;
    this.#capabilities = new Capabilities(
      new Reply(
        250,
        ['outbox', ...extensions].map((name) => Buffer.from(name)),
      ),
    );
  }

  /** All mails so far, the first one first. */
  get mails(): readonly KeptMail[] {
    return this.#mails;
  }

  /**
   * Keeps a mail, as the session's `send` would send it. All recipients are accepted.
   *
   * @throws as `send` of a session does before it speaks with its server, and what the message's sources throw
   */
  send(mail: Message | RawMail, options: SendOptions = {}): Result<F, KeptMail> {
    return this.#runner.run(this.#keep(mail, options));
  }

  *#keep(mail: Message | RawMail, options: SendOptions): Flow<KeptMail> {
    const letter = letterOf('send', mail, options);
    const prepared = yield* letter.prepare(this.#capabilities, this.#files);
    const { source } = prepared;
    const chunks: Uint8Array[] = [];
    let unreachable: ReadonlySet<string>;
    try {
      unreachable = announced('outbox', letter, prepared, this.#capabilities).unreachable;
      for (let chunk: Chunk = yield* sourced(source); chunk !== null; chunk = yield* sourced(source))
        chunks.push(chunk);
    } catch (error) {
      yield* abandon(source, error);
      throw error;
    }
    const text = Buffer.concat(chunks);
    const isWhole = text.length === 0 || text.subarray(-2).equals(LINE_END);
    const message = isWhole ? text : Buffer.concat([text, LINE_END]);
    const { from, to } = letter.route;
    const kept: KeptMail = {
      messageId: letter.messageId,
      accepted: to.filter((address) => !unreachable.has(address)),
      rejected: [...unreachable].map((address) => ({ address, accepted: false, permanent: true })),
      reply: { code: 250, enhanced: '2.0.0', text: '2.0.0 kept' },
      size: message.length,
      envelope: { from, to },
      message,
    };
    this.#mails.push(kept);
    return kept;
  }
}
