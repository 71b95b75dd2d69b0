/** Replies that come while the body of the request is on its way (RFC 9112, section 9.5): they are given at once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClosedError, ENDED, Failure, type Outcome, ProtocolError, TIMED_OUT } from '../../../../src/core/errors.ts';
import { type MaybePromise, runAsync, runBlocking } from '../../../../src/core/flow.ts';
import type { Io } from '../../../../src/core/io.ts';
import { WRITE_SLICE } from '../../../../src/core/limits.ts';
import { Stream } from '../../../../src/core/stream.ts';
import type { Deadline } from '../../../../src/core/timeout.ts';
import type { Source } from '../../../../src/ltn12/protocol.ts';
import type { ProtocolEngine } from '../../../../src/protocol/connect/engine.ts';
import { Pool } from '../../../../src/protocol/connect/pool.ts';
import type { HttpRequest } from '../../../../src/protocol/http/call/options.ts';
import { type HttpResponse, request } from '../../../../src/protocol/http/call/request.ts';
import { Client } from '../../../../src/sockets/client.ts';
import type { Runner } from '../../../../src/sockets/face.ts';
import { errorOf } from '../../../core/scripted-io.ts';

/** After so many slices of the body, what the server says; null is its end. */
type Said = readonly [slices: number, text: string | null];

/** A server that speaks when it has taken so much of a body, and takes more only from who does not listen, or has heard it. */
class EarlyIo implements Io {
  slices = 0;
  readonly written: Buffer[] = [];
  #said: readonly Said[];
  readonly #later: boolean;
  closed = false;

  constructor(said: readonly Said[], later: boolean) {
    this.#said = said;
    this.#later = later;
  }

  get #speaks(): boolean {
    return this.#said[0] !== undefined && this.slices >= this.#said[0][0];
  }

  recv(deadline: Deadline): MaybePromise<Outcome<Uint8Array>> {
    if (!this.#speaks) return this.#answer(deadline.remaining() === 0 ? TIMED_OUT : new Failure('EDEADLK'));
    const [[, text], ...rest] = this.#said as [Said];
    if (text !== null) this.#said = rest;
    return this.#answer(text === null ? ENDED : Buffer.from(text, 'latin1'));
  }

  send(bytes: Uint8Array, _deadline: Deadline, untilHeard = false): MaybePromise<Outcome<number>> {
    if (untilHeard && this.#speaks) return this.#answer(0);
    if (this.written.length > 0) this.slices++; // the first send is the head
    this.written.push(Buffer.from(bytes));
    return this.#answer(bytes.length);
  }

  shutdown(): void {}
  close(): void {
    this.closed = true;
  }
  getfd(): number {
    return -1;
  }

  #answer<T>(outcome: T): MaybePromise<T> {
    return this.#later ? Promise.resolve(outcome) : outcome;
  }
}

/** A session whose connections meet these servers, one after the other. */
class Servers {
  readonly opened: EarlyIo[] = [];
  readonly #how: 'blocking' | 'await';
  readonly #context;

  constructor(how: 'blocking' | 'await', servers: readonly (readonly Said[])[]) {
    this.#how = how;
    const { opened } = this;
    const engine: ProtocolEngine<'blocking'> = {
      *dial() {
        const io = new EarlyIo(servers[opened.length] ?? [], how === 'await');
        opened.push(io);
        return new Client(new Stream(io), {} as Runner<'blocking'>);
      },
      sleep: () => TIMED_OUT,
      gate: () => ({ wait: () => new Failure('EDEADLK'), waiting: false, wake() {} }),
      bounded: (promise) => promise,
    };
    this.#context = { engine, connections: new Pool(engine) };
  }

  async ask(options: HttpRequest<'blocking'>): Promise<HttpResponse> {
    const flow = request(this.#context, options);
    return this.#how === 'blocking' ? runBlocking(flow) : await runAsync(flow);
  }
}

const SLICES = 20;
const BODY = Buffer.alloc(SLICES * WRITE_SLICE, 'x');
const NO = 'HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno';
const YES = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const put = (options: object = {}): HttpRequest<'blocking'> => ({
  url: 'http://u:p@h/',
  method: 'PUT',
  source: BODY,
  ...options,
});

/** The body in slices, and what has become of it. */
function slices(): { source: Source; state: { given: number; closed: boolean } } {
  const state = { given: 0, closed: false };
  const source: Source = () => (state.given++ < SLICES ? BODY.subarray(0, WRITE_SLICE) : null);
  source.close = () => {
    state.closed = true;
  };
  return { source, state };
}

for (const how of ['blocking', 'await'] as const) {
  describe(`a reply before the end of the request, ${how}`, () => {
    it('is given, nothing more is sent, and the connection is not used again', async () => {
      for (const options of [{}, { uploaded() {} }, { headers: { expect: '100-continue' } }]) {
        const waits = 'headers' in options;
        const servers = new Servers(how, [waits ? [[0, 'HTTP/1.1 100 Continue\r\n\r\n'], [3, NO]] : [[3, NO]]]); // biome-ignore format: a dialogue
        const { code, body } = await servers.ask(put(options));
        assert.deepEqual([code, String(body)], [401, 'no']);
        assert.deepEqual([servers.opened[0]!.slices, servers.opened[0]!.closed], [3, true]);
      }
    });

    it('closes a source that has more, with a length or in chunks', async () => {
      for (const length of [BODY.length, undefined]) {
        const servers = new Servers(how, [[[3, NO]]]);
        const { source, state } = slices();
        assert.equal((await servers.ask(put({ source, length }))).code, 401);
        assert.ok(state.closed && state.given <= 4, `${state.given} chunks were asked for`);
      }
    });

    it('leaves the connection as it is when the body was complete', async () => {
      const servers = new Servers(how, [[[SLICES, YES], [SLICES * 2, YES]]]); // biome-ignore format: a dialogue
      await servers.ask(put());
      assert.equal(servers.opened[0]!.closed, false);
      await servers.ask({ url: 'http://h/', method: 'PUT', source: BODY });
      assert.equal(servers.opened.length, 1);
    });

    it('is waited for where it is informational, or has come in part: the body goes on', async () => {
      const informed: number[] = [];
      const servers = new Servers(how, [
        [[1, 'HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 102 P'], [2, 'rocessing\r\nA'], [9, ': b\r\n\r\nHTTP/1.1 2'], [SLICES, YES.slice(10)]], // biome-ignore format: a dialogue
      ]);
      const { code, body } = await servers.ask(put({ informational: ({ code }: { code: number }) => informed.push(code) })); // biome-ignore format: a call
      assert.deepEqual([code, String(body), ...informed], [200, 'ok', 103, 102]);
      assert.deepEqual([servers.opened[0]!.slices, servers.opened[0]!.closed], [SLICES, false]);
    });

    it('that is none ends the request: nonsense, or the end of the connection', async () => {
      for (const [said, type, code] of [
        ['nonsense\r\n', ProtocolError, 'ERR_HTTP_STATUS'],
        [null, ClosedError, 'ERR_NO_REPLY'],
      ] as const) {
        const servers = new Servers(how, [[[3, said]]]);
        const { source, state } = slices();
        const error = await errorOf(() => servers.ask(put({ source })));
        assert.ok(error instanceof type, String(error));
        assert.equal(error.code, code);
        assert.deepEqual([servers.opened[0]!.slices, state.closed], [3, true]);
      }
    });

    it('leads to the next request: a login, a redirect, a repetition', async () => {
      const head = (code: number, more: string): Said => [
        3,
        `HTTP/1.1 ${code} X\r\n${more}\r\nContent-Length: 0\r\n\r\n`,
      ];
      for (const [first, options] of [
        [head(401, 'WWW-Authenticate: Digest realm="a", nonce="b"'), { auth: 'digest' }],
        [head(307, 'Location: /there'), {}],
        [head(503, 'Retry-After: 0'), { retries: 1 }],
      ] as const) {
        const servers = new Servers(how, [[first], [[SLICES, YES]]]);
        assert.equal((await servers.ask(put(options))).code, 200);
        assert.deepEqual(
          servers.opened.map((io) => io.slices),
          [3, SLICES],
        );
      }
    });
  });
}
