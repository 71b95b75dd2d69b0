/** Sessions of both faces over scripted servers: what they share, and what a failure leaves behind. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Flow, runAsync, runBlocking } from '../../../../src/core/flow.ts';
import { Session, type SessionOptions } from '../../../../src/protocol/http/call/session.ts';
import type { Runner } from '../../../../src/sockets/face.ts';
import { errorOf } from '../../../core/scripted-io.ts';
import { Network, ok, type Reply, type Seen } from '../network.ts';

/** The session's two calls, as promises in either face. */
function sessionOver(how: 'blocking' | 'await', network: Network, options?: SessionOptions): Session<'await'> {
  const run = <T>(flow: Flow<T>): T | Promise<T> => (how === 'await' ? runAsync(flow) : runBlocking(flow));
  const made = new Session({ run } as unknown as Runner<'blocking'>, network.engine, options);
  return made as unknown as Session<'await'>;
}

const CHALLENGE =
  'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="r", nonce="n", qop="auth"\r\nContent-Length: 0\r\n\r\n';
const cut = (text: string): Reply => ({ text, ends: true });

for (const how of ['blocking', 'await'] as const) {
  describe(`session, ${how}`, () => {
    it('asks once with a login that was asked for before', async () => {
      const network = new Network(({ text }) => (/^Authorization: Digest/m.test(text) ? ok('in') : CHALLENGE), true);
      const shared = sessionOver(how, network);
      for (let i = 0; i < 3; i++) {
        const { code } = await shared.request({ url: 'http://u:p@h/', auth: 'digest' });
        assert.equal(code, 200);
      }
      assert.equal(network.seen.length, 4);
      assert.deepEqual(
        network.seen.slice(1).map(({ text }: Seen) => /nc=(\d+)/.exec(text)?.[1]),
        ['00000001', '00000002', '00000003'],
      );
      shared.close();
    });

    for (const [what, reply, code] of [
      ['says nothing', 'closes', 'ERR_NO_REPLY'],
      ['speaks no HTTP', 'nonsense\r\n', 'ERR_HTTP_STATUS'],
      ['ends in its headers', cut('HTTP/1.1 200 OK\r\nA: b'), 'ERR_CLOSED'],
      ['ends in the body', cut('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'), 'ERR_CLOSED'],
      ['frames in two ways', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 'ERR_HTTP_FRAMING'],
      ['breaks its chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n', 'ERR_HTTP_CHUNK'],
      [
        'breaks its coding',
        'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd',
        'ERR_HTTP_CODING',
      ],
    ] as const) {
      it(`a server that ${what}: an error of request and fetch, and a place for the next one`, async () => {
        let bad = true;
        const network = new Network(() => (bad ? reply : ok('fine')), true);
        const shared = sessionOver(how, network, { connections: 1 });
        for (let i = 0; i < 3; i++) {
          const error = await errorOf<Error & { code?: string }>(() => shared.request('http://h/'));
          assert.equal(error.code, code);
          const fetching = async (): Promise<string> => await (await shared.fetch('http://h/')).text();
          assert.equal((await errorOf<Error & { code?: string }>(fetching)).code, code);
        }
        bad = false;
        assert.equal(String((await shared.request('http://h/')).body), 'fine');
        assert.equal(await (await shared.fetch('http://h/')).text(), 'fine');
        assert.equal(network.opened - network.closed, 1);
        shared.close();
        assert.equal(network.opened, network.closed);
      });
    }

    it('a response that is cancelled, or whose status no Response has, gives its place back', async () => {
      const network = new Network(
        (_, i) => (i === 1 ? 'HTTP/1.1 700 Odd\r\nContent-Length: 0\r\n\r\n' : ok('x'.repeat(9))),
        true,
      );
      const shared = sessionOver(how, network, { connections: 1 });
      const cancelled = await shared.fetch('http://h/');
      await cancelled.body?.cancel();
      await errorOf(() => shared.fetch('http://h/'));
      assert.equal((await shared.fetch('http://h/')).status, 200);
      assert.equal((await errorOf<Error & { code?: string }>(() => shared.request('http://h/'))).code, 'EDEADLK');
    });

    it("what the caller's own functions throw is the error, and leaves the place", async () => {
      const network = new Network(() => ok('x', 'A: b'), true);
      const shared = sessionOver(how, network, { connections: 1 });
      const mine = new Error('mine');
      const throws = (): never => {
        throw mine;
      };
      for (const options of [{ sink: throws }, { final: throws }, { downloaded: throws }, { proxy: throws }])
        assert.equal(await errorOf(() => shared.request({ url: 'http://h/', ...options })), mine);
      assert.equal((await shared.request('http://h/')).code, 200);
    });
  });
}
