/** Events of requests, connections and handshakes, for `node:diagnostics_channel`: what they say, and that no secret is in them. */
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, it } from 'node:test';
import { Failure } from '../../../../src/core/errors.ts';
import { type Flow, runBlocking } from '../../../../src/core/flow.ts';
import { NO_DEADLINE } from '../../../../src/core/timeout.ts';
import { secured } from '../../../../src/protocol/connect/dial.ts';
import type { ConnectEvent, HttpEvent, TlsEvent } from '../../../../src/protocol/connect/events.ts';
import { Network } from '../network.ts';

/** What is published while `run` runs: the channel's last words and the event, as it is then. */
async function published<E extends object>(kind: string, run: () => unknown): Promise<[string, E][]> {
  const seen: [string, E][] = [];
  const names = ['start', 'reply', 'end', 'error'].map((when) => `moonsocket:${kind}:${when}`);
  const listen = (event: unknown, name: string | symbol): void => {
    seen.push([String(name).split(':').at(-1) as string, { ...(event as E) }]);
  };
  for (const name of names) subscribe(name, listen);
  try {
    await run();
  } finally {
    for (const name of names) unsubscribe(name, listen);
  }
  return seen;
}

const REPLIES = [
  'HTTP/1.1 302 Found\r\nLocation: /next?hidden3\r\nContent-Length: 4\r\n\r\nbody',
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
];

for (const how of ['blocking', 'await'] as const) {
  describe(`events of HTTP, ${how}`, () => {
    it('tell of each exchange of a call, and whether its connection has served before', async () => {
      const network = new Network((_, index) => REPLIES[index] as string, true);
      const url = 'http://joe:hidden1@h/start?hidden2';
      const seen = await published<HttpEvent>('http:request', () => network.ask(how, { url }));
      network.close();
      assert.doesNotMatch(JSON.stringify(seen), /hidden/);
      assert.equal(new Set(seen.map(([, { call }]) => call)).size, 1);
      const told = seen.map(([when, event]) => {
        const { exchange, redirects, reused, code, received } = event;
        return [when, exchange, redirects, reused, code, received];
      });
      assert.deepEqual(told, [
        ['start', 1, 0, undefined, undefined, undefined],
        ['reply', 1, 0, false, 302, undefined],
        ['end', 1, 0, false, 302, 4],
        ['start', 2, 1, undefined, undefined, undefined],
        ['reply', 2, 1, true, 200, undefined],
        ['end', 2, 1, true, 200, 5],
      ]);
    });

    it('tell of repetitions, and why each was needed', async () => {
      const network = new Network((_, index) => (index === 0 ? 'closes' : (REPLIES[1] as string)));
      const ask = (): unknown => network.ask(how, { url: 'http://h/', retries: 1 });
      const told = (await published<HttpEvent>('http:request', ask)).map(([when, { exchange, error }]) => {
        return [when, exchange, (error as { code?: string } | undefined)?.code];
      });
      assert.deepEqual(told, [
        ['start', 1, undefined],
        ['error', 1, 'ERR_NO_REPLY'],
        ['start', 2, undefined],
        ['reply', 2, undefined],
        ['end', 2, undefined],
      ]);
    });

    it('end by the error that the reading of a body meets', async () => {
      const network = new Network(() => ({ text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe', ends: true }));
      const ask = (): unknown => network.ask(how, 'http://h/').catch(() => {});
      const seen = await published<HttpEvent>('http:request', ask);
      assert.deepEqual(seen.map(([when]) => when), ['start', 'reply', 'error']); // biome-ignore format: short
      assert.equal(seen[2]?.[1].received, 2);
    });

    it('tell of each connection', async () => {
      const network = new Network(() => REPLIES[1] as string);
      const seen = await published<ConnectEvent>('connect', () => network.ask(how, 'http://joe:hidden@h:81/'));
      assert.deepEqual(seen, [
        ['start', { host: 'h', port: 81 }],
        ['end', { host: 'h', port: 81 }],
      ]);
    });
  });
}

describe('events of TLS', () => {
  const facts = { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', alpn: 'http/1.1', resumed: true };
  function* answered(secure: unknown): Flow<unknown> {
    return secure;
  }
  const handshake = (answer: unknown) => (): unknown => {
    const engine = { tls: { secure: () => answered(answer) } };
    const over = { engine, deadline: NO_DEADLINE } as unknown as Parameters<typeof secured>[0];
    return runBlocking(secured(over, {} as never, { key: '', how: {} } as never, 'h:443'));
  };

  it('tell of what both sides have agreed on', async () => {
    const seen = await published<TlsEvent>('tls', handshake({ info: () => ({ ...facts, servername: 'h' }) }));
    assert.deepEqual(seen, [
      ['start', { server: 'h:443' }],
      ['end', { server: 'h:443', ...facts }],
    ]);
  });

  it('tell of a handshake that failed', async () => {
    const failing = handshake(new Failure('ERR_TLS_NAME'));
    const seen = await published<TlsEvent>('tls', () => assert.throws(failing, { code: 'ERR_TLS_NAME' }));
    assert.deepEqual(seen.map(([when, { error }]) => [when, (error as { code?: string } | undefined)?.code]), [
      ['start', undefined],
      ['error', 'ERR_TLS_NAME'],
    ]); // biome-ignore format: a table
  });
});
