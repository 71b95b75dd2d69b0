/** LuaSocket's `tp` as an object: commands, numbered replies, and the connection itself for protocols that mix in others. */
import { type Flow, runMaybe, settle } from '../../core/flow.ts';
import type { Pattern, ReceiveOptions, TextEncoding } from '../../core/pattern.ts';
import type { Stream } from '../../core/stream.ts';
import type { Chunk, Sink, Source } from '../../ltn12/protocol.ts';
import { all, type Step } from '../../ltn12/pump.ts';
import type { Client, Received } from '../../sockets/client.ts';
import type { Face, Result, Runner } from '../../sockets/face.ts';
import type { Create } from '../connect/dial.ts';
import type { ProtocolEngine } from '../connect/engine.ts';
import type { DialogueLog } from '../connect/log.ts';
import type { ProxyChoice } from '../connect/route.ts';
import type { RequestTls } from '../connect/tls-contexts.ts';
import { DialogueClock, type DialogueTimeouts } from './clock.ts';
import type { Dialogue, Expected } from './dialogue.ts';
import { commandLine, type LineOptions } from './line.ts';
import { type Opening, opened, placeAt, upgraded } from './open.ts';
import type { Reply } from './reply.ts';
import { type TlsChoice, tlsChoice } from './tls-mode.ts';

/** What `connect` takes besides the address. */
export interface ControlOptions<F extends Face = Face> {
  /** Seconds for each of connecting, a reply as a whole, and each wait of a raw receive: 60 without it, null for no limit. */
  readonly timeout?: number | null | undefined;
  /** The same, one by one. */
  readonly timeouts?: DialogueTimeouts | undefined;
  /** `'implicit'`, or an object with that mode: TLS from the first byte on. The options of another object are for `starttls`. */
  readonly tls?: TlsChoice | undefined;
  /** An HTTP proxy, through whose tunnel (CONNECT) the server is reached. */
  readonly proxy?: ProxyChoice | undefined;
  /** TLS to a proxy whose URL begins with https. */
  readonly proxyTls?: RequestTls | undefined;
  /** Opens the connection instead. (LuaSocket `create`.) */
  readonly create?: Create<F> | undefined;
  /** Called with each command and each line of a reply; secrets are covered. */
  readonly log?: DialogueLog | undefined;
  /** Ends connecting. */
  readonly signal?: AbortSignal | undefined;
}

/** A control connection, by LuaSocket's `tp`. */
export class ControlConnection<F extends Face> {
  readonly #runner: Runner<F>;
  readonly #engine: ProtocolEngine<F>;
  readonly #dialogue: Dialogue<F>;
  readonly #opening: Opening<F>;

  constructor(runner: Runner<F>, engine: ProtocolEngine<F>, dialogue: Dialogue<F>, opening: Opening<F>) {
    this.#runner = runner;
    this.#engine = engine;
    this.#dialogue = dialogue;
    this.#opening = opening;
  }

  /**
   * Sends a command, with its argument. Neither can hold CR, LF or NUL; `secret` keeps the argument out of logs and
   * messages. (LuaSocket `tp:command`, which writes the command in capitals.)
   *
   * @throws SocketError `ERR_INVALID_ARGUMENT`; ClosedError, TimeoutError
   */
  command(name: string, argument?: string | Uint8Array, options?: LineOptions): Result<F, void> {
    return this.#runner.run(this.#command(name, argument, options));
  }

  /**
   * The next reply, if its code is one of those that are expected: `'2..'`, `['250', '251']`. (LuaSocket `tp:check`.)
   *
   * @throws ReplyError `ERR_REPLY_CODE` if it is not, ProtocolError `ERR_REPLY` for what is no reply, ClosedError, TimeoutError
   */
  check(expected: Expected): Result<F, Reply> {
    return this.#runner.run(this.#dialogue.reply(expected));
  }

  /** Sends bytes as they are. (LuaSocket `tp:send`.) @throws as `send` of a client */
  send(data: string | Uint8Array): Result<F, number> {
    return this.#raw((client) => client.send(data));
  }

  /** Receives what is no numbered reply. (LuaSocket `tp:receive`.) @throws as `receive` of a client */
  receive<P extends Pattern = '*l', E extends TextEncoding | 'buffer' | undefined = undefined>(
    pattern?: P,
    options?: ReceiveOptions & { readonly encoding?: E },
  ): Result<F, Received<P, E>> {
    return this.#raw((client) => client.receive(pattern, options));
  }

  /** Sends all that a source gives. (LuaSocket `tp:source`.) @throws as `pump.all` */
  source(source: Source, step?: Step<Source, Sink>): Result<F, void> {
    return this.#runner.run(this.#source(source, step));
  }

  /**
   * The conversation goes on through TLS, with the options of `connect`: after the server has agreed to it. What it has
   * said before then and was not received is refused.
   *
   * @throws SocketError: `ERR_TLS_UNREAD`, and what TLS throws
   */
  starttls(): Result<F, void> {
    return this.#runner.run(this.#starttls());
  }

  /** The connection itself. (LuaSocket `tp:getcontrol`.) */
  getcontrol(): Client<F> {
    return this.#dialogue.client;
  }

  /** Its descriptor. (LuaSocket `tp:getfd`.) */
  getfd(): number {
    return this.#dialogue.client.getfd();
  }

  /** Whether bytes that have arrived wait. (LuaSocket `tp:dirty`.) */
  dirty(): boolean {
    return this.#dialogue.client.dirty();
  }

  /** Closes the connection. (LuaSocket `tp:close`.) */
  close(): void {
    this.#dialogue.close();
  }

  /** The same as {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** What a program receives by itself is no reply to a command. Its waits are those of a transfer. */
  #raw<T>(call: (client: Client<F>) => Result<F, T>): Result<F, T> {
    const { client } = this.#dialogue;
    this.#dialogue.forget();
    const { idle } = this.#opening.clock.limits;
    client.settimeout(idle);
    return call(client);
  }

  *#command(name: string, argument: string | Uint8Array | undefined, options: LineOptions | undefined): Flow<void> {
    yield* this.#dialogue.write([commandLine(name, argument, options)]);
  }

  *#source(source: Source, step: Step<Source, Sink> | undefined): Flow<void> {
    const { stream } = this.#dialogue.client;
    const sink: Sink = (chunk) => runMaybe(taken(stream, chunk));
    yield* settle(step === undefined ? all(source, sink) : all(source, sink, step));
  }

  *#starttls(): Flow<void> {
    yield* upgraded(this.#engine, this.#dialogue, 'starttls', { ...this.#opening, signal: undefined });
  }
}

function* taken(stream: Stream, chunk: Chunk): Flow<void> {
  if (chunk !== null) yield* stream.send(chunk);
}

/**
 * A control connection to a server: nothing was received yet, its greeting included. (LuaSocket `tp.connect`.)
 *
 * @throws SocketError with the system's code, TimeoutError, AbortError, `ERR_INVALID_ARGUMENT`
 */
export function* connectControl<F extends Face>(
  runner: Runner<F>,
  engine: ProtocolEngine<F>,
  host: string,
  port: number,
  options: ControlOptions<F>,
): Flow<ControlConnection<F>> {
  const { timeout, timeouts, tls, proxy, proxyTls, create, log, signal } = options;
  const { mode, options: tlsOptions } = tlsChoice('tp', tls, false, 'never');
  const place = placeAt('tp', mode === 'implicit' ? 'tps' : 'tp', host, port, mode === 'implicit');
  const clock = new DialogueClock('tp', timeout, timeouts);
  const opening = { call: 'tp', place, tls: tlsOptions, proxy, proxyTls, create, clock, log, signal };
  const whole = { ...opening, refusal: 'ERR_REPLY_CODE' as const };
  return new ControlConnection(runner, engine, yield* opened(engine, whole), whole);
}
