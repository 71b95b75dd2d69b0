/**
 * A dialogue of commands and numbered replies over one connection: what is expected is an argument, as in LuaSocket's tp.
 *
 *     yield* control.greeted('2..');
 *     yield* control.command(commandLine('USER', user), ['2..', '331']);
 *
 * Several commands may go in one write (`send`), and then each has its reply, in order (`reply`).
 */
import {
  AbortError,
  ClosedError,
  Failure,
  LimitError,
  ProtocolError,
  ReplyError,
  SocketError,
  TimeoutError,
} from '../../core/errors.ts';
import type { Flow } from '../../core/flow.ts';
import type { Stream } from '../../core/stream.ts';
import type { Client } from '../../sockets/client.ts';
import type { Face } from '../../sockets/face.ts';
import type { DialogueLog } from '../connect/log.ts';
import type { DialogueClock } from './clock.ts';
import { type CommandEvent, commandBegins, commandEnds } from './events.ts';
import type { CommandLine } from './line.ts';
import { type Reply, readReply } from './reply.ts';
import { wrongProtocol } from './wrong-protocol.ts';

/** Codes that are expected: digits, and a point for any digit: `'2..'`, `['250', '251']`. */
export type Expected = string | readonly string[];

/** What a dialogue needs besides its connection. */
export interface DialogueOptions {
  /** The other side, as messages name it: `ftp ftp.example:21`. */
  readonly name: string;
  /** The code of an error for a reply that says no: `ERR_FTP_REPLY`. */
  readonly refusal: `ERR_${string}`;
  readonly clock: DialogueClock;
  readonly log?: DialogueLog | undefined;
}

/** The longest text of a reply that a message quotes. */
const QUOTED = 300;

/** A server may close a connection that it is tired of with this reply, unasked (RFC 959, section 5.4; RFC 5321, section 3.8). */
const SERVICE_CLOSING = 421;

export class Dialogue<F extends Face> {
  readonly options: DialogueOptions;
  #client: Client<F>;
  /** The commands that have no reply yet. */
  readonly #unanswered: Unanswered[] = [];
  #lastReply: Reply | undefined;
  /** The command that it was for. */
  #answered: string | undefined;

  constructor(client: Client<F>, options: DialogueOptions) {
    this.#client = client;
    this.options = options;
  }

  get client(): Client<F> {
    return this.#client;
  }

  /** The connection goes on as another one: through TLS. What the server said before is forgotten. */
  goOn(client: Client<F>): void {
    this.#client = client;
    this.#lastReply = undefined;
  }

  /** The last reply, or the first ones if several were sent at once. */
  get lastReply(): Reply | undefined {
    return this.#lastReply;
  }

  /** What the server says first. */
  *greeted(expected: Expected, signal?: AbortSignal): Flow<Reply> {
    this.#unanswered.push({ shown: GREETING, event: undefined });
    return yield* this.reply(expected, signal);
  }

  /** One command, and its reply. @throws as {@link send} and {@link reply} */
  *command(line: CommandLine, expected: Expected, signal?: AbortSignal): Flow<Reply> {
    yield* this.send([line], signal);
    return yield* this.reply(expected, signal);
  }

  /**
   * Commands in one write: each is to be followed by its {@link reply}.
   *
   * @throws ProtocolError `ERR_UNASKED` where a reply is there before the command
   */
  *send(lines: readonly CommandLine[], signal?: AbortSignal): Flow<void> {
    if (this.#unanswered.length === 0) yield* this.#checkUnasked(lines, signal);
    yield* this.write(lines, signal);
  }

  /** The same, whatever has come before. */
  *write(lines: readonly CommandLine[], signal?: AbortSignal): Flow<void> {
    const { clock, log, refusal, name } = this.options;
    for (const { shown } of lines) {
      this.#unanswered.push({ shown, event: commandBegins(refusal, name, shown) });
      log?.('>', shown);
    }
    const { stream } = this.#client;
    const end = clock.replying(stream);
    try {
      const whole = Buffer.concat(lines.map(({ bytes }) => bytes));
      yield* stream.send(whole, undefined, undefined, { signal, steady: true });
    } catch (error) {
      throw this.#explained(error, stream);
    } finally {
      end();
    }
  }

  /**
   * The reply to the first command that has none.
   *
   * @throws ReplyError if it is not one of those that are expected; ClosedError and TimeoutError with the command and the
   * last reply; ProtocolError, LimitError
   */
  *reply(expected: Expected, signal?: AbortSignal): Flow<Reply> {
    const reply = yield* this.anyReply(signal);
    if (!isExpected(reply.code, expected)) throw this.refused(reply, this.#answered);
    return reply;
  }

  /** The same, whatever it says. */
  *anyReply(signal?: AbortSignal): Flow<Reply> {
    const { stream } = this.#client;
    const end = this.options.clock.replying(stream);
    try {
      const reply = yield* readReply(stream, signal);
      for (const text of reply.lines) this.options.log?.('<', `${reply.code} ${text}`);
      this.#lastReply = reply;
      // A preliminary reply is followed by another one (RFC 959, section 4.2).
      const answered = this.#unanswered[0];
      this.#answered = answered?.shown;
      if (reply.code >= 200) this.#unanswered.shift();
      if (reply.code >= 200 && answered?.event !== undefined)
        commandEnds(this.options.refusal, answered.event, reply.numbered, undefined);
      return reply;
    } catch (error) {
      throw this.#explained(error, stream);
    } finally {
      end();
    }
  }

  /** The error for a reply that says no. */
  refused(reply: Reply, command: string | undefined): ReplyError {
    const { name, refusal } = this.options;
    const text = printable(reply.text);
    const asked = command === undefined || command === GREETING ? '' : ` to ${command}`;
    return new ReplyError(refusal, `${name}: ${reply.code} ${text}${asked} (${refusal})`, {
      command: command === GREETING ? undefined : command,
      reply: reply.numbered,
    });
  }

  /** What comes next is no reply to the commands that were sent. */
  forget(): void {
    this.#unanswered.length = 0;
  }

  /** Ends the connection, without a word. */
  close(): void {
    this.#client.close();
  }

  /** A reply that is there before its command would be taken for the next command's. */
  *#checkUnasked(lines: readonly CommandLine[], signal: AbortSignal | undefined): Flow<void> {
    const { stream } = this.#client;
    if (!stream.dirty) return;
    const end = this.options.clock.replying(stream);
    try {
      const reply = yield* readReply(stream, signal);
      this.#lastReply = reply;
      const command = lines[0]?.shown;
      if (reply.code === SERVICE_CLOSING) throw this.refused(reply, command);
      const said = `${reply.code} ${printable(reply.text)}`;
      throw new ProtocolError('ERR_UNASKED', `${this.options.name}: a reply came before ${command} was sent: ${said}`, {
        command,
        reply: reply.numbered,
      });
    } finally {
      end();
    }
  }

  /** The error of a receive or send. Commands without a reply have none any more, unless a signal has ended the wait alone. */
  #explained(reason: unknown, stream: Stream): unknown {
    const error = this.#worded(reason, stream);
    if (error instanceof AbortError) return error;
    for (const one of this.#unanswered) {
      if (one.event !== undefined) commandEnds(this.options.refusal, one.event, undefined, error);
      one.event = undefined;
    }
    return error;
  }

  /** The error with the command and the last reply. Errors of others stay as they are. */
  #worded(error: unknown, stream: Stream): unknown {
    if (!(error instanceof SocketError) || error instanceof ReplyError) return error;
    const { name, clock } = this.options;
    const command = this.#unanswered[0]?.shown;
    const after =
      this.#lastReply === undefined
        ? ''
        : `; the last reply was ${this.#lastReply.code} ${printable(this.#lastReply.text)}`;
    const waiting =
      command === undefined ? 'for a reply' : command === GREETING ? 'for the greeting' : `for the reply to ${command}`;
    const { code, partial } = error;
    const foreign = this.#lastReply === undefined && partial !== undefined ? wrongProtocol(partial) : undefined;
    if (foreign !== undefined) return new ProtocolError(foreign.code, `${name}: ${foreign.message} (${foreign.code})`);
    const reply = this.#lastReply?.numbered;
    const details = {
      partial: () => partial ?? Buffer.alloc(0),
      command: command === GREETING ? undefined : command,
      reply,
    };
    const cause = new Failure(code, error);
    if (error instanceof TimeoutError && error === stream.failure) {
      const why = clock.over('reply');
      // A server that begins with TLS waits for this side.
      const hint =
        command === GREETING ? '; a server that begins with TLS says nothing: ask for the mode implicit' : '';
      return new TimeoutError(
        code,
        `${name}: timeout while waiting ${waiting}: ${why}${hint}${after} (${code})`,
        details,
        cause,
      );
    }
    if (error instanceof ClosedError)
      return new ClosedError(code, `${name}: closed while waiting ${waiting}${after} (${code})`, details, cause);
    if (error instanceof ProtocolError)
      return new ProtocolError(code, `${name}: ${error.message}${after} (${code})`, details, cause);
    if (error instanceof LimitError)
      return new LimitError(code, `${name}: ${error.message}, ${waiting} (${code})`, details, cause);
    return error;
  }
}

/** A command without a reply: as messages have it, and for those who listen. */
interface Unanswered {
  readonly shown: string;
  event: CommandEvent | undefined;
}

/** Stands for the command, where the server speaks first. */
const GREETING = 'the greeting';

function isExpected(code: number, expected: Expected): boolean {
  const text = String(code);
  const patterns = typeof expected === 'string' ? [expected] : expected;
  return patterns.some((pattern) => [...pattern].every((digit, i) => digit === '.' || digit === text[i]));
}

/** What a terminal shows and does not obey, in one line. */
function printable(text: string): string {
  const short = text.length > QUOTED ? `${text.slice(0, QUOTED)}…` : text;
  return short.replace(/\s*\n\s*/g, ' / ').replace(/[^\x20-\x7e\xa0-\uffff]/g, '?');
}
