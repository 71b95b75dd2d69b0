/** The control connection of a session: commands and replies in step, one call at a time, and what the server can. */
import { AbortError, ClosedError, Failure, misuse, ReplyError, SocketError } from '../../core/errors.ts';
import { type Flow, settle } from '../../core/flow.ts';
import { FTP_LAST_REPLY_WAIT } from '../../core/limits.ts';
import { deadlineAt } from '../../core/timeout.ts';
import type { Gate } from '../../core/turns.ts';
import type { Face } from '../../sockets/face.ts';
import type { ProtocolEngine } from '../connect/engine.ts';
import type { Dialogue, Expected } from '../tp/dialogue.ts';
import { type CommandLine, commandLine } from '../tp/line.ts';
import type { Reply } from '../tp/reply.ts';
import { type Argument, argumentBytes } from './argument.ts';
import type { FtpOptions, FtpTarget } from './options.ts';

/** The server is about to close the connection (RFC 959, section 5.4). */
const CLOSING = 421;

export class FtpConnection<F extends Face> {
  readonly engine: ProtocolEngine<F>;
  readonly dialogue: Dialogue<F>;
  readonly target: FtpTarget;
  readonly options: FtpOptions<F>;
  /** What FEAT has named, in capitals, with what stands behind it (RFC 2389). */
  features: ReadonlyMap<string, string> = new Map();
  /** Whether data goes through TLS (PROT P). */
  protects = false;
  /** Whether EPSV is worth asking. */
  knowsEpsv = true;
  /** Whether LIST takes `-a`. */
  knowsListAll = true;
  /** The newest session of TLS, of the last data connection: a ticket of TLS 1.3 serves once. */
  tlsSession: Uint8Array | undefined;
  #type: 'A' | 'I' | undefined;
  /** Why no command can follow. */
  #end: unknown;
  #busy = false;
  /** Whether a loop over entries goes on. */
  #looping = false;
  readonly #line: Gate<void>[] = [];

  constructor(engine: ProtocolEngine<F>, dialogue: Dialogue<F>, target: FtpTarget, options: FtpOptions<F>) {
    this.engine = engine;
    this.dialogue = dialogue;
    this.target = target;
    this.options = options;
  }

  /**
   * One call of the session, after those that were begun before; its clock begins with its turn.
   *
   * @throws ClosedError where the session has ended; SocketError `ERR_BUSY` within another call of the blocking face
   */
  *call<T>(flow: () => Flow<T>): Flow<T> {
    if (this.#busy) yield* this.#turn();
    this.#busy = true;
    const end = this.dialogue.options.clock.begin();
    try {
      this.checkUsable();
      if (this.#looping)
        throw misuse('ERR_BUSY', 'ftp: a loop over entries() has not ended: end it first, or take list()');
      return yield* flow();
    } finally {
      end();
      // Handed over, and not let go: a call that begins just now would be done beside the one that is woken.
      const next = this.#line.shift();
      if (next === undefined) this.#busy = false;
      else next.wake(undefined);
    }
  }

  /** From now on calls are refused, until what this returns is called. */
  loop(): () => void {
    this.#looping = true;
    return () => {
      this.#looping = false;
    };
  }

  *#turn(): Flow<void> {
    const gate = this.engine.gate<void>();
    this.#line.push(gate);
    const outcome = yield* settle(gate.wait(deadlineAt(Number.POSITIVE_INFINITY, undefined)));
    if (!(outcome instanceof Failure)) return;
    this.#line.splice(this.#line.indexOf(gate), 1);
    throw misuse('ERR_BUSY', 'ftp: another call of this session has not ended');
  }

  /** A path, or another argument, in the session's encoding. */
  bytes(what: string, argument: Argument): Buffer {
    return argumentBytes(what, argument, this.options.encoding);
  }

  /** The line of a command. */
  line(name: string, argument?: Argument, what = `ftp: the argument of ${name}`): CommandLine {
    const { encoding } = this.options;
    return commandLine(name, argument === undefined ? undefined : this.bytes(what, argument), { encoding });
  }

  /** One command and its reply. @throws ReplyError if it is not one of those; what ends the session */
  *ask(line: CommandLine, expected: Expected): Flow<Reply> {
    try {
      this.checkUsable();
      return yield* this.dialogue.command(line, expected);
    } catch (error) {
      throw this.#ended(error);
    }
  }

  /** The same; a signal ends the wait, and the reply is still to come. */
  *askUntil(signal: AbortSignal | undefined, line: CommandLine, expected: Expected): Flow<Reply> {
    try {
      this.checkUsable();
      yield* this.dialogue.send([line]);
      return yield* this.dialogue.reply(expected, signal);
    } catch (error) {
      throw error instanceof AbortError ? error : this.#ended(error);
    }
  }

  /** The same, whatever the reply is; undefined for one that says no, which `refused` then has. */
  *tryOut(line: CommandLine, expected: Expected): Flow<Reply | ReplyError> {
    try {
      return yield* this.ask(line, expected);
    } catch (error) {
      if (error instanceof ReplyError && error.permanent) return error;
      throw error;
    }
  }

  /** A command within a transfer: its reply comes behind that of the transfer. */
  *write(line: CommandLine): Flow<void> {
    try {
      yield* this.dialogue.write([line]);
    } catch (error) {
      this.#ended(error);
    }
  }

  /** The last reply of a transfer. @throws as {@link ask} */
  *lastReply(): Flow<Reply> {
    try {
      return yield* this.dialogue.reply('2..');
    } catch (error) {
      throw this.#ended(error);
    }
  }

  /** The same after a transfer that was given up: soon, or the session ends. Undefined then. `begun`: its first reply has come. */
  *replyAfterFailure(begun: boolean): Flow<Reply | ReplyError | undefined> {
    const restore = this.dialogue.client.stream.timeouts.within(FTP_LAST_REPLY_WAIT);
    try {
      const reply = yield* this.dialogue.reply(['1..', '2..']);
      // Pure-FTPd says 150 once more where others say 426, and nothing behind it.
      return begun || reply.code >= 200 ? reply : yield* this.dialogue.reply('2..');
    } catch (error) {
      this.#ended(error);
      return error instanceof ReplyError ? error : undefined;
    } finally {
      restore();
    }
  }

  /** TYPE, where it is another one than before. */
  *type(type: 'A' | 'I'): Flow<void> {
    if (this.#type === type) return;
    this.#type = undefined;
    yield* this.ask(commandLine('TYPE', type), '2..');
    this.#type = type;
  }

  /** A caller's own command may have changed it. */
  forgetType(): void {
    this.#type = undefined;
  }

  /** Says QUIT, waits for its reply for a short time, and closes. It never fails: what was done is done. */
  *quit(): Flow<void> {
    if (this.#end === undefined) {
      const restore = this.dialogue.client.stream.timeouts.within(FTP_LAST_REPLY_WAIT);
      try {
        yield* this.dialogue.command(commandLine('QUIT'), ['2..', '4..', '5..']);
      } catch (error) {
        if (!(error instanceof SocketError)) throw error;
      } finally {
        restore();
      }
    }
    this.close();
  }

  close(): void {
    this.#end ??= new ClosedError('ERR_CLOSED', 'ftp: the session was closed on this side (ERR_CLOSED)');
    this.dialogue.close();
  }

  /** Whether commands can follow. */
  get usable(): boolean {
    return this.#end === undefined;
  }

  /** @throws ClosedError with what has ended the session */
  checkUsable(): void {
    if (this.#end === undefined) return;
    if (this.#end instanceof ClosedError && this.dialogue.client.stream.closed && this.#end.cause === undefined)
      throw this.#end;
    const why = this.#end instanceof Error ? this.#end.message : String(this.#end);
    throw new ClosedError('ERR_CLOSED', `ftp: the session has ended: ${why}`, {}, new Failure('ERR_CLOSED', this.#end));
  }

  /** After anything but a reply that says no, replies and commands are no longer in step. */
  #ended(error: unknown): unknown {
    if (error instanceof ReplyError && error.reply?.code !== CLOSING) return error;
    this.#end ??= error;
    this.dialogue.close();
    return error;
  }
}
