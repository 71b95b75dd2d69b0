/** Servers that answer from a table, at once and without sockets, for requests that run to their end in one go. */
import { CLOSED_HERE, ENDED, Failure, type Outcome, TIMED_OUT } from '../../../src/core/errors.ts';
import { runAsync, runBlocking } from '../../../src/core/flow.ts';
import type { Io } from '../../../src/core/io.ts';
import { Stream } from '../../../src/core/stream.ts';
import { DigestCache } from '../../../src/protocol/auth/digest-cache.ts';
import { OneEach } from '../../../src/protocol/connect/dial.ts';
import type { ProtocolEngine } from '../../../src/protocol/connect/engine.ts';
import { Pool } from '../../../src/protocol/connect/pool.ts';
import type { HttpContext } from '../../../src/protocol/http/call/call.ts';
import type { HttpRequest } from '../../../src/protocol/http/call/options.ts';
import { type HttpResponse, request } from '../../../src/protocol/http/call/request.ts';
import { Client } from '../../../src/sockets/client.ts';
import type { Runner } from '../../../src/sockets/face.ts';

/** What a server makes of a request: bytes, `'closes'` without a word, or the bytes and then its end. */
export type Reply = string | { readonly text: string; readonly ends: true } | 'closes';

export interface Seen {
  /** `host:port` of the connection. */
  readonly to: string;
  /** Which connection of the network it was, from 0. */
  readonly connection: number;
  /** The request, to the byte. */
  readonly text: string;
}

/** A network whose servers answer by `reply`, which is told the request and how many came before it. */
export class Network {
  readonly seen: Seen[] = [];
  /** Whether a request that waits for 100 Continue is answered by its head alone. */
  early = false;
  opened = 0;
  closed = 0;
  readonly #reply: (seen: Seen, index: number) => Reply;
  readonly engine: ProtocolEngine<'blocking'>;
  readonly #context: HttpContext<'blocking'>;
  /** Seconds of each pause that was asked for; none of them is waited. */
  readonly pauses: number[] = [];

  constructor(reply: (seen: Seen, index: number) => Reply, keeps = false) {
    this.#reply = reply;
    const { open } = this;
    const engine: ProtocolEngine<'blocking'> = {
      *dial(host, port) {
        return open(host, port);
      },
      sleep: (deadline) => {
        this.pauses.push(deadline.remaining() / 1000);
        return TIMED_OUT;
      },
      gate: () => ({ wait: () => new Failure('EDEADLK'), waiting: false, wake() {} }),
      bounded: (promise) => promise,
    };
    this.engine = engine;
    this.#context = { engine, connections: keeps ? new Pool(engine) : new OneEach(engine), digests: new DigestCache() };
  }

  /** Runs a request, to a value or a promise: both are what they are for the caller who awaits. */
  async ask(
    how: 'blocking' | 'await',
    input: string | URL | HttpRequest<'blocking'>,
    body?: string | Uint8Array,
  ): Promise<HttpResponse> {
    const flow = request(this.#context, input, body);
    return how === 'blocking' ? runBlocking(flow) : await runAsync(flow);
  }

  close(): void {
    const { connections } = this.#context;
    if (connections instanceof Pool) connections.close();
  }

  readonly open = (host: string, port: number): Client<'blocking'> => {
    const connection = this.opened++;
    return new Client(new Stream(this.#io(`${host}:${port}`, connection)), {} as Runner<'blocking'>);
  };

  #io(to: string, connection: number): Io {
    let incoming = '';
    let outgoing: Outcome<Uint8Array>[] = [];
    let closed = false;
    const answer = (): void => {
      const head = incoming.indexOf('\r\n\r\n') + 4;
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(incoming)?.[1] ?? 0);
      const waits = this.early && /\r\nexpect: /i.test(incoming);
      if (head < 4 || (!waits && incoming.length < head + length)) return;
      const seen = { to, connection, text: incoming };
      incoming = '';
      const reply = this.#reply(seen, this.seen.push(seen) - 1);
      if (reply === 'closes') outgoing = [ENDED];
      else if (typeof reply === 'string') outgoing.push(Buffer.from(reply, 'latin1'));
      else outgoing.push(Buffer.from(reply.text, 'latin1'), ENDED);
    };
    return {
      recv: () => (closed ? CLOSED_HERE : (outgoing.shift() ?? new Failure('EDEADLK'))),
      send: (bytes) => {
        incoming += Buffer.from(bytes).toString('latin1');
        answer();
        return bytes.length;
      },
      shutdown() {},
      close: () => {
        if (!closed) this.closed++;
        closed = true;
      },
      getfd: () => -1,
    };
  }
}

/** A reply with a body of known length. */
export function ok(body: string, ...headers: string[]): string {
  return `HTTP/1.1 200 OK\r\n${[...headers, `Content-Length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`;
}

/** A reply that sends its reader elsewhere. */
export function to(code: number, location: string): string {
  return `HTTP/1.1 ${code} Elsewhere\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`;
}
