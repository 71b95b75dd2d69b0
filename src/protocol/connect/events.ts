/**
 * What happens on the way to a server and back, for `node:diagnostics_channel`: tracers and profilers subscribe, and nothing
 * is spent where they do not.
 *
 *     moonsocket:connect:start         a name is about to be resolved, and its addresses to be tried
 *     moonsocket:tls:start             a handshake is about to begin
 *     moonsocket:http:request:start    an exchange is about to begin: a request, its repetition, or what a redirect asks for
 *     moonsocket:ftp:command:start     a command is about to be sent; the same of smtp
 *
 * `:end` says that it has come to its end, `:error` that it failed. They get the same object, which is filled meanwhile.
 */
import { type Channel, channel } from 'node:diagnostics_channel';
import type { Address } from '../../core/address.ts';
import type { Attempt } from '../../core/errors.ts';

/** A connection of a protocol that is made: `moonsocket:connect:*`. */
export interface ConnectEvent {
  /** The host, or its proxy's. */
  readonly host: string;
  /** The port there. */
  readonly port: number;
  /** The addresses of the host, once they are known. */
  addresses?: readonly Address[];
  /** At the end, each address that was tried, how long that took, and what came of it. An error has its own. */
  attempts?: readonly Attempt[];
  /** Where it failed. */
  error?: unknown;
}

/** A handshake of TLS: `moonsocket:tls:*`. */
export interface TlsEvent {
  /** The other end: `example.com:443`. */
  readonly server: string;
  /** At the end: `TLSv1.3`. */
  protocol?: string;
  /** At the end: the cipher suite, such as `TLS_AES_256_GCM_SHA384`. */
  cipher?: string;
  /** At the end: what both sides have chosen by ALPN, if they did. */
  alpn?: string | undefined;
  /** At the end: whether it went on with an earlier session. */
  resumed?: boolean;
  /** Where it failed. */
  error?: unknown;
}

/** One exchange of HTTP: `moonsocket:http:request:*`, with `:reply` when its head has come. */
export interface HttpEvent {
  /** Which call it belongs to: its redirects and repetitions have the same number. */
  readonly call: number;
  /** 1 for the first exchange of the call. */
  readonly exchange: number;
  /** How many redirects have led to it. */
  readonly redirects: number;
  /** `GET`, … */
  readonly method: string;
  /** Without login, and without what its query says. */
  readonly url: string;
  /** Once there is a connection: whether it has served before. */
  reused?: boolean;
  /** Once the reply's head is there: its status. */
  code?: number;
  /** At the end: bytes of the body that have come, as they were on the wire. */
  received?: number;
  /** Where it failed. */
  error?: unknown;
}

/** The channels of one kind of operation. */
export class Events<E extends { error?: unknown }> {
  readonly #name: string;
  readonly #start: Channel;
  readonly #reply: Channel;
  readonly #end: Channel;
  readonly #error: Channel;

  constructor(name: string) {
    this.#name = `moonsocket:${name}`;
    this.#start = this.#of('start');
    this.#reply = this.#of('reply');
    this.#end = this.#of('end');
    this.#error = this.#of('error');
  }

  /** It begins: the event that its other calls take, which `made` makes. Undefined where nobody listens. */
  begin(made: () => E): E | undefined {
    if (!this.#listened) return undefined;
    const event = made();
    this.#start.publish(event);
    return event;
  }

  /** There is a first answer. */
  replied(event: E | undefined): void {
    if (event !== undefined) this.#reply.publish(event);
  }

  /** It has ended. */
  end(event: E | undefined): void {
    if (event !== undefined) this.#end.publish(event);
  }

  /** It has failed. */
  fail(event: E | undefined, error: unknown): void {
    if (event === undefined) return;
    event.error = error;
    this.#error.publish(event);
  }

  get #listened(): boolean {
    if (this.#start.hasSubscribers || this.#end.hasSubscribers) return true;
    return this.#reply.hasSubscribers || this.#error.hasSubscribers;
  }

  #of(when: string): Channel {
    return channel(`${this.#name}:${when}`);
  }
}

export const connectEvents: Events<ConnectEvent> = new Events('connect');
export const tlsEvents: Events<TlsEvent> = new Events('tls');
export const httpEvents: Events<HttpEvent> = new Events('http:request');
