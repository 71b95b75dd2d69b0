/** Servers that take their time, on a clock that they set forward themselves: seconds pass, and no test waits for them. */
import { CLOSED_HERE, ENDED, Failure, failed, type Outcome, TIMED_OUT } from '../../../src/core/errors.ts';
import { type MaybePromise, runAsync, runBlocking } from '../../../src/core/flow.ts';
import type { Io } from '../../../src/core/io.ts';
import { Stream } from '../../../src/core/stream.ts';
import type { Deadline } from '../../../src/core/timeout.ts';
import { type Connections, OneEach } from '../../../src/protocol/connect/dial.ts';
import type { ProtocolEngine } from '../../../src/protocol/connect/engine.ts';
import { Pool } from '../../../src/protocol/connect/pool.ts';
import type { HttpRequest } from '../../../src/protocol/http/call/options.ts';
import { type HttpResponse, request } from '../../../src/protocol/http/call/request.ts';
import { Client } from '../../../src/sockets/client.ts';
import type { Runner } from '../../../src/sockets/face.ts';
import { setClock } from '../../core/test-clock.ts';

/** Bytes, or null for the end, so many seconds after what came before. */
export type Said = readonly [after: number, text: string | null];

export interface SlowServer {
  /** Seconds of the lookup of its name, and of the connect. */
  readonly lookup?: number;
  readonly connect?: number;
  /** Seconds for each piece of a request that it takes, and after how many bytes it takes no more. */
  readonly taking?: number;
  readonly reads?: number;
  /** What it says to the request of this number, from 0 on. */
  readonly says: (index: number) => readonly Said[];
}

export class SlowNetwork {
  /** The requests, without their bodies. */
  readonly heads: string[] = [];
  opened = 0;
  closed = 0;
  readonly #server: SlowServer;
  readonly #engine: ProtocolEngine<'blocking'>;
  readonly #connections: Connections<'blocking'>;
  #milliseconds = 1000;
  #later = false;

  /** `connections`: of a session; without it each exchange has its own. */
  constructor(server: SlowServer, connections?: number) {
    this.#server = server;
    const network = this;
    this.#engine = {
      *dial(host, port, { timeout, resolved, connected }) {
        const { lookup = 0, connect = 0 } = server;
        const limit = timeout ?? Number.POSITIVE_INFINITY;
        network.pass(Math.min(lookup, limit));
        if (lookup < limit) resolved?.([]);
        network.pass(Math.min(connect, limit - Math.min(lookup, limit)));
        if (lookup + connect > limit) throw failed('connect', TIMED_OUT, { target: `${host}:${port}` });
        connected?.([{ address: `${host}:${port}`, milliseconds: connect * 1000, code: 'connected' }]);
        return network.open();
      },
      sleep: (deadline) => this.#answer(this.#until(Number.POSITIVE_INFINITY, deadline) ?? TIMED_OUT),
      gate: () => ({ wait: () => new Failure('EDEADLK'), waiting: false, wake() {} }),
      bounded: (promise) => promise,
    };
    this.#connections = connections === undefined ? new OneEach(this.#engine) : new Pool(this.#engine, connections);
  }

  /** Seconds that have passed. */
  get age(): number {
    return (this.#milliseconds - 1000) / 1000;
  }

  pass(seconds: number): void {
    this.#milliseconds += seconds * 1000;
  }

  /** A request, on this clock. */
  async ask(how: 'blocking' | 'await', input: string | HttpRequest<'blocking'>): Promise<HttpResponse> {
    const restore = setClock(() => this.#milliseconds);
    try {
      this.#later = how === 'await';
      const flow = request({ engine: this.#engine, connections: this.#connections }, input);
      return how === 'blocking' ? runBlocking(flow) : await runAsync(flow);
    } finally {
      restore();
    }
  }

  close(): void {
    if (this.#connections instanceof Pool) this.#connections.close();
  }

  readonly open = (): Client<'blocking'> => {
    this.opened++;
    return new Client(new Stream(this.#io()), {} as Runner<'blocking'>);
  };

  #io(): Io {
    const { taking = 0, reads = Number.POSITIVE_INFINITY, says } = this.#server;
    let said: { at: number; text: string | null }[] = [];
    let read = 0;
    let rest = 0;
    let closed = false;
    const heard = (text: string): void => {
      if (rest === 0) {
        rest = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0) + text.indexOf('\r\n\r\n') + 4;
        this.heads.push(text.slice(0, text.indexOf('\r\n\r\n')));
      }
      rest -= text.length;
      if (rest > 0) return;
      let at = this.#milliseconds;
      said = says(this.heads.length - 1).map(([after, text]) => {
        at += after * 1000;
        return { at, text };
      });
    };
    return {
      recv: (deadline) => {
        if (closed) return CLOSED_HERE;
        const failure = this.#until(said[0]?.at ?? Number.POSITIVE_INFINITY, deadline);
        const text = failure === undefined ? said.shift()?.text : undefined;
        return this.#answer(failure ?? (typeof text === 'string' ? Buffer.from(text, 'latin1') : ENDED));
      },
      send: (bytes, deadline) => {
        const at = read >= reads ? Number.POSITIVE_INFINITY : this.#milliseconds + taking * 1000;
        const failure = this.#until(at, deadline);
        if (failure !== undefined) return this.#answer<Outcome<number>>(failure);
        read += bytes.length;
        heard(Buffer.from(bytes).toString('latin1'));
        return this.#answer<Outcome<number>>(bytes.length);
      },
      shutdown() {},
      close: () => {
        if (!closed) this.closed++;
        closed = true;
      },
      getfd: () => -1,
    };
  }

  /** Lets the time pass until then, or until the deadline. */
  #until(at: number, deadline: Deadline): Failure | undefined {
    const left = deadline.remaining();
    if (at === Number.POSITIVE_INFINITY && left === Number.POSITIVE_INFINITY) return new Failure('EDEADLK');
    const wait = Math.max(0, at - this.#milliseconds);
    this.#milliseconds += Math.min(wait, left);
    return wait > left ? TIMED_OUT : undefined;
  }

  #answer<T>(outcome: T): MaybePromise<T> {
    return this.#later ? Promise.resolve(outcome) : outcome;
  }
}
