/** Tunnels through proxies that give them, refuse them, break off or never end: case 152, however the bytes are cut. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AbortError,
  ClosedError,
  ENDED,
  Failure,
  LimitError,
  ProtocolError,
  SocketError,
  TIMED_OUT,
  TimeoutError,
} from '../../../src/core/errors.ts';
import { type Flow, runAsync, runBlocking } from '../../../src/core/flow.ts';
import { Stream } from '../../../src/core/stream.ts';
import { proxyOf } from '../../../src/protocol/connect/target.ts';
import { type TunnelGoal, tunnelThrough } from '../../../src/protocol/connect/tunnel.ts';
import { exchange, prepared } from '../../../src/protocol/http/wire/exchange.ts';
import { bytes, cut, errorOf, ScriptedIo, SILENCE, type Step, scripted } from '../../core/scripted-io.ts';

const PROXY = 'http://proxy.example:3128';
const GOAL: TunnelGoal = { host: 'server.example', port: 443 };
const OK = 'HTTP/1.1 200 Connection established\r\n';
const RESET = new Failure('ECONNRESET');

interface Seen {
  /** What the next user of the stream gets. */
  readonly tunnel?: string;
  readonly error?: SocketError;
}

function* observe(stream: Stream, proxy: string): Flow<Seen> {
  try {
    yield* tunnelThrough(stream, proxyOf(proxy), GOAL);
    let tunnel = '';
    for (;;) {
      const some = yield* stream.receiveSome(1000);
      if (some === undefined) return { tunnel };
      tunnel += some.toString('latin1');
    }
  } catch (error) {
    if (error instanceof SocketError) return { error };
    throw error;
  }
}

/** In pieces of one, two, seven and all, in both faces. */
async function* inEveryWay(
  reply: string,
  end: Failure,
  proxy: string,
): AsyncGenerator<{ way: string; seen: Seen; io: ScriptedIo }> {
  for (const size of [1, 2, 7, Math.max(1, reply.length)]) {
    const pieces = cut(bytes(reply), size);
    for (const face of ['await', 'blocking']) {
      const steps: Step[] = face === 'await' ? pieces.map((later) => ({ later })) : pieces;
      const io = new ScriptedIo([...steps, end]);
      const flow = observe(new Stream(io), proxy);
      yield {
        way: `${face}, pieces of ${size}`,
        seen: face === 'await' ? await runAsync(flow) : runBlocking(flow),
        io,
      };
    }
  }
}

interface Case {
  readonly title: string;
  readonly reply: string;
  /** What comes out of the tunnel, or the class and the code of the error. */
  readonly expected: string | readonly [type: typeof SocketError, code: string];
  readonly says?: RegExp;
  readonly end?: Failure;
  readonly proxy?: string;
}

const REFUSED = [SocketError, 'ERR_PROXY_REFUSED'] as const;
const UNAUTHENTICATED = [SocketError, 'ERR_PROXY_AUTHENTICATION'] as const;
const LIMIT = [LimitError, 'ERR_LIMIT'] as const;
const STATUS = [ProtocolError, 'ERR_HTTP_STATUS'] as const;

const rows: Case[] = [
  { title: '200', reply: `${OK}\r\n`, expected: '' },
  {
    title: '200, and a server that speaks first',
    reply: `${OK}\r\n220 hello\r\n\x00\xff`,
    expected: '220 hello\r\n\x00\xff',
  },
  { title: '200, and what looks like a reply', reply: `${OK}\r\n${OK}\r\n`, expected: `${OK}\r\n` },
  { title: '200 of HTTP/1.0', reply: 'HTTP/1.0 200\r\n\r\nhi', expected: 'hi' },
  { title: '200 with a length', reply: `${OK}Content-Length: 5\r\n\r\nhello!`, expected: 'hello!' },
  { title: '200 with a length of 0', reply: `${OK}Content-Length: 0\r\n\r\nhi`, expected: 'hi' },
  { title: '200 in chunks', reply: `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, expected: '0\r\n\r\n' },
  {
    title: '200 with a length and in chunks',
    reply: `${OK}Content-Length: 17\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    expected: '5\r\nhello\r\n0\r\n\r\n',
  },
  { title: '200 with two lengths', reply: `${OK}Content-Length: 5\r\nContent-Length: x\r\n\r\nhi`, expected: 'hi' },
  { title: '200 with Connection: close', reply: `${OK}Connection: close\r\n\r\nhi`, expected: 'hi' },
  { title: '204', reply: 'HTTP/1.1 204 No Content\r\n\r\nhi', expected: 'hi' },
  { title: '299', reply: 'HTTP/1.1 299 x\r\n\r\nhi', expected: 'hi' },
  {
    title: '103, 102, then 200',
    reply: `HTTP/1.1 103 E\r\nA: b\r\n\r\nHTTP/1.1 102 P\r\n\r\n${OK}\r\nhi`,
    expected: 'hi',
  },
  {
    title: '407 for nobody',
    reply:
      'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="a"\r\nContent-Length: 3\r\n\r\nno!',
    expected: UNAUTHENTICATED,
    says: /^the proxy http:\/\/proxy\.example:3128 wants a user and a password: put user:password@ before the host/,
  },
  {
    title: '407 for the wrong one',
    proxy: 'http://user:secret@proxy.example:3128',
    reply: 'HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n',
    expected: UNAUTHENTICATED,
    says: /^the proxy http:\/\/proxy\.example:3128 does not take the user and the password of its URL/,
  },
  { title: '407, and closes', reply: 'HTTP/1.0 407 x\r\n\r\n<html>', expected: UNAUTHENTICATED },
  {
    title: '403',
    reply: 'HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno!',
    expected: REFUSED,
    says: /^the proxy http:\/\/proxy\.example:3128 gives no tunnel to server\.example:443: HTTP\/1\.1 403 Forbidden$/,
  },
  {
    title: '503 in chunks',
    reply: 'HTTP/1.1 503 x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nno!\r\n0\r\n\r\n',
    expected: REFUSED,
  },
  { title: '503 without an end', reply: 'HTTP/1.1 503 Service Unavailable\r\n\r\n<html>', expected: REFUSED },
  { title: '502', reply: 'HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n', expected: REFUSED },
  { title: '405', reply: 'HTTP/1.1 405 x\r\nAllow: GET\r\nContent-Length: 0\r\n\r\n', expected: REFUSED },
  {
    title: '302',
    reply: 'HTTP/1.1 302 x\r\nLocation: http://evil.example/\r\nContent-Length: 0\r\n\r\n',
    expected: REFUSED,
  },
  { title: '401', reply: 'HTTP/1.1 401 x\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n', expected: REFUSED },
  {
    title: '403 that would obey to a terminal',
    reply: 'HTTP/1.1 403 \x9b31m\x85no\t\xa0\xe9\r\n\r\n',
    expected: REFUSED,
    says: /: HTTP\/1\.1 403 \?31m\?no\?\u00a0\u00e9$/,
  },
  { title: '403 with an ESC', reply: 'HTTP/1.1 403 \x1b[31m\r\n\r\n', expected: STATUS },
  {
    title: '403 and much to say',
    reply: `HTTP/1.1 403 ${'no '.repeat(5000)}\r\n\r\n`,
    expected: REFUSED,
    says: /^.{1,200}$/,
  },
  {
    title: 'closes',
    reply: '',
    expected: [ClosedError, 'ERR_NO_REPLY'],
    says: /^the proxy http:\/\/proxy\.example:3128 closed the connection before it gave a tunnel to server\.example:443/,
  },
  { title: 'resets', reply: '', end: RESET, expected: [ClosedError, 'ERR_NO_REPLY'], says: /proxy\.example/ },
  {
    title: 'closes in the status line',
    reply: 'HTTP/1.1 2',
    expected: [ClosedError, 'ERR_CLOSED'],
    says: /proxy\.example/,
  },
  {
    title: 'closes in the headers',
    reply: `${OK}A: b\r\n`,
    expected: [ClosedError, 'ERR_CLOSED'],
    says: /proxy\.example/,
  },
  { title: 'closes before the empty line', reply: OK, expected: [ClosedError, 'ERR_CLOSED'], says: /proxy\.example/ },
  {
    title: 'resets in the headers',
    reply: OK,
    end: RESET,
    expected: [ClosedError, 'ECONNRESET'],
    says: /proxy\.example/,
  },
  { title: 'is silent', reply: '', end: TIMED_OUT, expected: [TimeoutError, 'ETIMEDOUT'] },
  { title: 'is silent after the status line', reply: OK, end: TIMED_OUT, expected: [TimeoutError, 'ETIMEDOUT'] },
  { title: 'is aborted', reply: OK, end: new Failure('ABORT_ERR'), expected: [AbortError, 'ABORT_ERR'] },
  { title: 'speaks no HTTP', reply: 'SSH-2.0-OpenSSH_9.2p1\r\n', expected: STATUS },
  { title: 'speaks HTTP/2', reply: 'HTTP/2 200\r\n\r\n', expected: STATUS },
  { title: 'gives a page alone', reply: '<html>\r\n\r\n', expected: STATUS },
  { title: 'has a NUL in a header', reply: `${OK}A: b\0c\r\n\r\n`, expected: [ProtocolError, 'ERR_MALFORMED_HEADERS'] },
  { title: 'changes the protocol', reply: 'HTTP/1.1 101 x\r\n\r\n', expected: [ProtocolError, 'ERR_HTTP_UNASKED'] },
  { title: 'has a status line without end', reply: `HTTP/1.1 200 ${'x'.repeat(70_000)}`, expected: LIMIT },
  { title: 'has a header without end', reply: `${OK}A: ${'b'.repeat(70_000)}`, expected: LIMIT },
  { title: 'has headers without end', reply: `${OK}${'A: b\r\n'.repeat(2000)}`, expected: LIMIT },
  { title: 'informs without end', reply: 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(21), expected: LIMIT },
];

describe('152: a proxy that is asked for a tunnel', () => {
  for (const { title, reply, expected, says, end = ENDED, proxy = PROXY } of rows) {
    it(`${title}: ${typeof expected === 'string' ? JSON.stringify(expected) : expected[1]}`, async () => {
      for await (const { way, seen, io } of inEveryWay(reply, end, proxy)) {
        if (typeof expected === 'string') {
          assert.deepEqual(seen, { tunnel: expected }, way);
        } else {
          const { error } = seen;
          assert.ok(error !== undefined, `${way}: ${JSON.stringify(seen)}`);
          assert.deepEqual([error.constructor, error.code], [...expected], way);
          assert.ok(error.message.length < 300 && !error.message.includes('secret'), error.message);
          if (says !== undefined) assert.match(error.message, says, way);
          if (error instanceof ProtocolError) assert.match(error.message, /^the proxy http:\/\/proxy\.example/, way);
        }
        assert.equal(io.written.length, 1, 'the request goes in one send, and nothing behind it');
        assert.deepEqual(io.calls, [], 'whoever has opened the connection closes it');
      }
    });
  }

  it('the codes have words of their own', async () => {
    for (const [code, reason] of [
      [407, 'proxy authentication required'],
      [403, 'refused by the proxy'],
    ] as const) {
      const stream = scripted(`HTTP/1.1 ${code} x\r\n\r\n`);
      assert.equal(
        (await errorOf<SocketError>(() => runBlocking(tunnelThrough(stream, proxyOf(PROXY), GOAL)))).reason,
        reason,
      );
    }
  });

  it('what it has said before it breaks off is in the error', async () => {
    const stream = scripted('HTTP/1.1 2', RESET);
    const error = await errorOf<SocketError>(() => runBlocking(tunnelThrough(stream, proxyOf(PROXY), GOAL)));
    assert.deepEqual([String(error.partial), (error.cause as SocketError).code], ['HTTP/1.1 2', 'ECONNRESET']);
  });

  it('is not blamed for a socket that was closed on this side', async () => {
    const stream = scripted(SILENCE);
    const asking = runAsync(tunnelThrough(stream, proxyOf(PROXY), GOAL));
    stream.close();
    await assert.rejects(asking, { code: 'ERR_CLOSED', message: 'receive: the socket was closed on this side' });
  });

  it('that speaks before it is asked is not asked', async () => {
    const io = new ScriptedIo(['HTTP/1.1 200 OK\r\n\r\n']);
    const stream = new Stream(io);
    runBlocking(stream.receive(1));
    const error = await errorOf<SocketError>(() => runBlocking(tunnelThrough(stream, proxyOf(PROXY), GOAL)));
    assert.deepEqual([error.code, io.written], ['ERR_HTTP_UNASKED', []]);
  });
});

describe('CONNECT on the wire', () => {
  const asked = (proxy: string, goal: TunnelGoal): string => {
    const io = new ScriptedIo([`${OK}\r\n`]);
    runBlocking(tunnelThrough(new Stream(io), proxyOf(proxy), goal));
    return String(Buffer.concat(io.written));
  };
  const lines = (authority: string, ...more: string[]): string =>
    `${[`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`, 'User-Agent: moonsocket', ...more].join('\r\n')}\r\n\r\n`;

  for (const [host, port, authority] of [
    ['server.example', 443, 'server.example:443'],
    ['server.example', 80, 'server.example:80'],
    ['Under_Score.example.', 65535, 'Under_Score.example.:65535'],
    ['192.0.2.7', 1, '192.0.2.7:1'],
    ['2001:db8::7', 443, '[2001:db8::7]:443'],
    ['[2001:db8::7]', 443, '[2001:db8::7]:443'],
  ] as const) {
    it(authority, () => assert.equal(asked(PROXY, { host, port }), lines(authority)));
  }

  it("has the proxy's credentials, unescaped, as bytes", () => {
    const sent = asked('http://us%C3%A9r:p%3A%0D%0A%FF@proxy.example', GOAL);
    const basic = Buffer.from('us\xc3\xa9r:p:\r\n\xff', 'latin1').toString('base64');
    assert.equal(sent, lines('server.example:443', `Proxy-Authorization: Basic ${basic}`));
    assert.equal(
      asked('http://user@proxy.example', GOAL),
      lines('server.example:443', 'Proxy-Authorization: Basic dXNlcjo='),
    );
  });

  it('nothing is sent of what could forge a line, or lead elsewhere', async () => {
    const forged = ['a\r\nX: y', 'a\n', '\ra', 'a\0', 'a b', 'a\t', ' a', ''];
    const hosts = [
      ...forged,
      'a/b',
      'a?b',
      'a#b',
      'user@a',
      'a:80',
      'a,b',
      'a\\b',
      'a%2eb',
      'a]',
      '[a]:1',
      '[a',
      '::1]',
      '[::1]:80',
      'fe80::1%eth0',
      'fe80::1',
      '\u00e9.example',
      '\u010a',
      'x'.repeat(254),
    ];
    const goals: TunnelGoal[] = [
      ...hosts.map((host) => ({ host, port: 443 })),
      ...[0, -1, 65536, 1.5, Number.NaN, '443' as unknown as number].map((port) => ({ host: 'a', port })),
    ];
    for (const goal of goals) {
      const io = new ScriptedIo([`${OK}\r\n`]);
      const error = await errorOf<SocketError>(() => runBlocking(tunnelThrough(new Stream(io), proxyOf(PROXY), goal)));
      assert.deepEqual([error.code, io.written, io.deadlines], ['ERR_INVALID_ARGUMENT', [], []], JSON.stringify(goal));
    }
  });
});

describe('a tunnel', () => {
  it("carries requests that do not show the proxy's credentials", () => {
    const io = new ScriptedIo([`${OK}\r\n`, 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi']);
    const stream = new Stream(io);
    runBlocking(tunnelThrough(stream, proxyOf('http://user:secret@proxy.example'), GOAL));
    const reply = runBlocking(
      exchange(stream, prepared({ method: 'GET', target: '/', headers: { Host: 'server.example' } })),
    );
    assert.equal(String(runBlocking(reply.body.bytes())), 'hi');
    assert.equal(String(io.written[1]), 'GET / HTTP/1.1\r\nHost: server.example\r\n\r\n');
  });

  it('may be told of by informational replies before, and ends with its signal', async () => {
    runBlocking(tunnelThrough(scripted(`HTTP/1.1 103 x\r\n\r\n${OK}\r\n`), proxyOf(PROXY), GOAL));
    const io = new ScriptedIo([`${OK}\r\n`]);
    const tunnel = tunnelThrough(new Stream(io), proxyOf(PROXY), GOAL, AbortSignal.abort());
    await assert.rejects(runAsync(tunnel), { code: 'ABORT_ERR' });
    assert.deepEqual(io.written, []);
  });
});
