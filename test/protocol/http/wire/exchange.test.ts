/** One exchange: what is sent to the byte, what is refused before a byte is sent, and bodies from sources. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClosedError, Failure, LimitError, SocketError, TIMED_OUT, TimeoutError } from '../../../../src/core/errors.ts';
import { runAsync, runBlocking } from '../../../../src/core/flow.ts';
import { Stream } from '../../../../src/core/stream.ts';
import type { HeadersLike } from '../../../../src/headers/map.ts';
import type { Chunk, Source } from '../../../../src/ltn12/protocol.ts';
import { string, table } from '../../../../src/ltn12/sources.ts';
import { type ExchangeRequest, exchange, prepared } from '../../../../src/protocol/http/wire/exchange.ts';
import { errorOf, ScriptedIo, type Step, scripted, type Take } from '../../../core/scripted-io.ts';
import { GET, inEveryWay, observe } from '../replies.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi';
const POST: ExchangeRequest = { ...GET, method: 'POST' };
const EPIPE = new Failure('EPIPE');

function sent({ io }: Stream): string {
  return Buffer.concat((io as ScriptedIo).written).toString('latin1');
}

function overIo(steps: Step[], takes: readonly Take[] = []): { io: ScriptedIo; stream: Stream } {
  const io = new ScriptedIo(steps, takes);
  return { io, stream: new Stream(io) };
}

/** A source of these chunks, which knows what became of it. */
function watched(chunks: readonly string[]): Source & { asked: number; closed: unknown[] } {
  const rest = chunks.map((chunk) => Buffer.from(chunk));
  const source = (): Chunk => {
    watching.asked++;
    return rest.shift() ?? null;
  };
  const watching = Object.assign(source, {
    asked: 0,
    closed: [] as unknown[],
    close: (error?: unknown): void => void watching.closed.push(error),
  });
  return watching;
}

describe('a request on the wire', () => {
  const rows: [title: string, request: Partial<ExchangeRequest>, wire: string][] = [
    ['GET', {}, 'GET / HTTP/1.1\r\nHost: example.org\r\n\r\n'],
    ['a method as it is written', { method: 'm-Search' }, 'm-Search / HTTP/1.1\r\nHost: example.org\r\n\r\n'],
    ['CONNECT', { method: 'CONNECT', target: 'a:443' }, 'CONNECT a:443 HTTP/1.1\r\nHost: example.org\r\n\r\n'],
    ['POST without a body', POST, 'POST / HTTP/1.1\r\nHost: example.org\r\nContent-Length: 0\r\n\r\n'],
    ['a string', { ...POST, body: 'ü' }, 'POST / HTTP/1.1\r\nHost: example.org\r\nContent-Length: 2\r\n\r\n\xc3\xbc'],
    ['an empty string', { body: '' }, 'GET / HTTP/1.1\r\nHost: example.org\r\nContent-Length: 0\r\n\r\n'],
    [
      'bytes, behind headers in their order',
      { ...POST, headers: { B: '\xe9', Host: 'h', A: ['1', '2'] }, body: Uint8Array.of(0, 255) },
      'POST / HTTP/1.1\r\nB: \xe9\r\nHost: h\r\nA: 1\r\nA: 2\r\nContent-Length: 2\r\n\r\n\x00\xff',
    ],
    [
      'a source with a length',
      { ...POST, body: table(['ab', '', 'c']), length: 3 },
      'POST / HTTP/1.1\r\nHost: example.org\r\nContent-Length: 3\r\n\r\nabc',
    ],
    [
      'an empty source with a length',
      { ...POST, body: table([]), length: 0 },
      'POST / HTTP/1.1\r\nHost: example.org\r\nContent-Length: 0\r\n\r\n',
    ],
    [
      'a source without a length',
      { ...POST, body: table(['ab', '', 'x'.repeat(16)]) },
      `POST / HTTP/1.1\r\nHost: example.org\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n10\r\n${'x'.repeat(16)}\r\n0\r\n\r\n`,
    ],
  ];
  for (const [title, request, wire] of rows) {
    it(title, () => {
      const stream = scripted(OK);
      assert.equal(runBlocking(observe(stream, { ...GET, ...request })).error, undefined);
      assert.equal(sent(stream), wire);
    });
  }

  it('a small body goes in one send with its head, a large one behind it', () => {
    for (const [size, sends] of [
      [16_384, 1],
      [16_385, 2],
    ] as const) {
      const { io, stream } = overIo([OK]);
      runBlocking(observe(stream, { ...POST, body: 'x'.repeat(size) }));
      assert.equal(io.written.length, sends);
    }
  });

  it('a large chunk of a source is cut, so that none is copied whole', () => {
    const { io, stream } = overIo([OK]);
    const data = Buffer.alloc(200_000, 'x');
    runBlocking(observe(stream, { ...POST, body: table([data]) }));
    assert.ok(io.written.every(({ length }) => length <= 65_536));
    const body = sent(stream)
      .split('\r\n\r\n')[1]!
      .split('\r\n')
      .filter((_, i) => i % 2 === 1)
      .join('');
    assert.equal(body.length, 200_000);
  });

  it('136: nothing is sent of what could forge a line', () => {
    const forged = ['a\r\nX: y', 'a\nX', 'a\rX', 'a\0', '\r\n\r\nGET / HTTP/1.1'];
    const headers: HeadersLike[] = forged.flatMap((text): HeadersLike[] => [
      { Host: text },
      { Host: 'h', A: text },
      { Host: 'h', [text]: 'b' },
      [
        ['Host', 'h'],
        ['A', text],
      ],
    ]);
    const requests: Partial<ExchangeRequest>[] = [
      ...forged.flatMap((text) => [{ method: text }, { method: `GET${text}` }, { target: `/${text}` }]),
      ...headers.map((headers) => ({ headers })),
      ...['', 'GET /', 'G:T', 'Gét', 'GET\u010a'].map((method) => ({ method })),
      ...['', ' /', '/ ', '/a b', '/\x7f', '/é', '/\u010a', '/\u010dHost', '/\t'].map((target) => ({ target })),
      // 137, 138
      ...['A ', 'A:', ' A', '', 'A\u010a', 'é'].map((name) => ({ headers: { Host: 'h', [name]: 'b' } })),
      { headers: {} },
      { headers: { Host: ['a', 'b'] } },
      {
        headers: [
          ['Host', 'a'],
          ['host', 'a'],
        ] as const,
      },
      { headers: { Host: 'h', A: '\u010a' } },
      { headers: { Host: 'h', 'content-length': '5' }, body: 'hello' },
      { headers: { Host: 'h', 'Transfer-Encoding': 'chunked' } },
      { headers: { Host: 'h', Expect: '100-continue' } },
      { headers: { Host: 'h', Expect: '100-Continue' }, body: '' },
      { body: 'a', length: 1 },
      { length: 1 },
      ...[-1, 1.5, Number.NaN, 2 ** 53].map((length) => ({ body: table([]), length })),
      { body: 5 as unknown as string },
      { body: null as unknown as string },
      { method: undefined as unknown as string },
      { target: 5 as unknown as string },
    ];
    for (const request of requests) {
      const { io, stream } = overIo([OK]);
      const bad = { ...GET, ...request };
      const error = assertThrown(() => runBlocking(exchange(stream, prepared(bad))));
      assert.equal(error.code, 'ERR_INVALID_ARGUMENT', JSON.stringify(request));
      assert.doesNotMatch(error.message, /[\0-\x1f]/);
      assert.deepEqual([io.written, io.deadlines], [[], []], JSON.stringify(request));
    }
  });
});

function assertThrown(action: () => unknown): SocketError {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof SocketError, String(error));
    return error;
  }
  assert.fail('there was no error');
}

describe('a body from a source', () => {
  for (const [chunks, length, says] of [
    [['abc'], 4, /only 3 bytes, and length says 4/],
    [[], 1, /only 0 bytes/],
    [['ab', 'cd', 'ef'], 3, /at least 4 bytes/],
    [['a'], 0, /at least 1/],
  ] as const) {
    it(`139: of ${chunks.join('').length} bytes that said ${length}: an error, and not a byte too many`, () => {
      const stream = scripted(OK);
      const source = watched(chunks);
      const error = assertThrown(() => runBlocking(exchange(stream, prepared({ ...POST, body: source, length }))));
      assert.deepEqual([error.code, says.test(error.message)], ['ERR_BODY_LENGTH', true], error.message);
      const body = sent(stream).split('\r\n\r\n')[1]!;
      assert.ok(body.length <= length);
      // One that was read to its end has nothing to be closed.
      assert.deepEqual(source.closed, chunks.join('').length > length ? [error] : []);
    });
  }

  it('156: an error of the source is thrown as it is, and the source closed', async () => {
    const mine = new ClosedError('ERR_CLOSED', 'another connection');
    const source = watched(['a']);
    const failing = Object.assign(() => source() ?? Promise.reject(mine), { close: source.close! });
    const { io, stream } = overIo([OK]);
    assert.equal(await errorOf(() => runAsync(exchange(stream, prepared({ ...POST, body: failing })))), mine);
    assert.deepEqual([source.closed, io.deadlines.length], [[mine], 2]);
  });

  it('145: the reply of a server that closed while the body was sent', async () => {
    const reply = 'HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nno!';
    const large = 'x'.repeat(100_000);
    const bodies: [body: ExchangeRequest['body'], length?: number][] = [
      [large],
      [string(large)],
      [string(large), 100_000],
    ];
    for (const gone of [EPIPE, new Failure('ECONNRESET'), new Failure('ERR_CLOSED')]) {
      for (const [body, length] of bodies) {
        for (const takes of [[gone], [{ later: gone }], [1000, 1000, gone]]) {
          const { stream } = overIo([{ later: reply }], takes);
          const { error, ...seen } = await runAsync(observe(stream, { ...POST, body, length }));
          assert.equal(error, undefined);
          assert.deepEqual([seen.code, seen.body, seen.reusable], [413, 'no!', false]);
        }
      }
    }
  });

  it('145: closes the source, and leaves one alone that was not asked', () => {
    for (const [takes, asked, closed] of [
      [[EPIPE], 0, []],
      [[1000, EPIPE], 1, [undefined]],
    ] as const) {
      const source = watched(['a', 'b']);
      runBlocking(observe(overIo([OK], takes).stream, { ...POST, body: source }));
      assert.deepEqual([source.asked, source.closed], [asked, closed]);
    }
  });

  it('a server that closed and said nothing is an error that says so', () => {
    const { stream } = overIo([], [EPIPE]);
    const error = assertThrown(() => runBlocking(exchange(stream, prepared(GET))));
    assert.ok(error instanceof ClosedError && error.cause instanceof ClosedError);
    assert.deepEqual([error.code, error.reason], ['ERR_NO_REPLY', 'closed']);
  });

  it('a send that times out is an error', () => {
    const { stream } = overIo([OK], [TIMED_OUT]);
    assert.ok(assertThrown(() => runBlocking(exchange(stream, prepared(GET)))) instanceof TimeoutError);
  });

  it('a connection closed on this side has no reply to be read', () => {
    const { stream } = overIo([OK]);
    stream.close();
    assert.match(assertThrown(() => runBlocking(exchange(stream, prepared(GET)))).message, /on this side/);
  });
});

describe('Expect: 100-continue', () => {
  const request = (body: ExchangeRequest['body'], extra: Partial<ExchangeRequest> = {}): ExchangeRequest => ({
    ...POST,
    headers: { Host: 'h', Expect: '100-continue' },
    body,
    ...extra,
  });

  for (const before of ['', 'HTTP/1.1 103 Early Hints\r\n\r\n', 'HTTP/1.1 102 Processing\r\nA: b\r\n\r\n']) {
    it(`sends the body after ${before.slice(9, 12)} 100`, () => {
      const { io, stream } = overIo([`${before}HTTP/1.1 100 Continue\r\n\r\n`, OK]);
      const seen = runBlocking(observe(stream, request('body')));
      assert.deepEqual([seen.code, seen.body, seen.reusable], [200, 'hi', true]);
      assert.deepEqual(io.written.map(String).slice(1), ['body']);
    });
  }

  it('146: sends none after 417, nor asks its source', () => {
    const { io, stream } = overIo(['HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n']);
    const source = watched(['body']);
    const seen = runBlocking(observe(stream, request(source)));
    assert.deepEqual([seen.code, seen.reusable, io.written.length], [417, false, 1]);
    assert.deepEqual([source.asked, source.closed], [0, []]);
  });

  it('146: sends the body when nothing comes in time, and loses no half line', () => {
    // The scripts' timeouts: a peer is silent once, in the middle of its status line.
    for (const half of ['', 'HTTP/1.1 10', 'HTTP/1.1 100 Continue\r']) {
      const { io, stream } = overIo([
        ...(half === '' ? [] : [half]),
        TIMED_OUT,
        'HTTP/1.1 100 Continue\r\n\r\n'.slice(half.length),
        OK,
      ]);
      stream.timeouts.set(30);
      const seen = runBlocking(observe(stream, request('body')));
      assert.deepEqual([seen.code, seen.informed, seen.body, seen.reusable], [200, [100], 'hi', true]);
      assert.deepEqual(io.written.map(String).slice(1), ['body']);
      assert.deepEqual(stream.timeouts.get(), { block: 30, total: null });
      const waits = io.deadlines.map((deadline) => deadline.remaining());
      assert.ok(waits[1]! <= 1000 && waits.at(-1) === 30_000, String(waits));
    }
  });

  it('a timeout behind the status line is an error', () => {
    const { stream } = overIo(['HTTP/1.1 100 Continue\r\n', TIMED_OUT]);
    assert.ok(assertThrown(() => runBlocking(exchange(stream, prepared(request('body'))))) instanceof TimeoutError);
  });
});

describe('the body of a reply', () => {
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nA: b\r\n\r\n';

  it('goes on after timeouts, wherever they are', () => {
    for (let at = 0; at <= chunked.length; at++) {
      if (at < 47) continue; // in the head a timeout ends the exchange
      const stream = scripted(chunked.slice(0, at), TIMED_OUT, chunked.slice(at));
      const { body } = runBlocking(exchange(stream, prepared(GET)));
      if (at < chunked.length) {
        assert.ok(assertThrown(() => runBlocking(body.text())) instanceof TimeoutError);
        assert.deepEqual([body.ended, body.reusable, body.trailers.size], [false, false, 0]);
      }
      assert.equal(runBlocking(body.text()), 'abcde', `cut at ${at}`);
      assert.deepEqual([body.ended, body.reusable, body.trailers.get('a')], [true, true, 'b']);
      assert.equal(runBlocking(body.read()), undefined);
      assert.equal(runBlocking(body.text()), '');
    }
  });

  it('comes in pieces as they arrive, of at most 64 KiB', () => {
    const stream = scripted('HTTP/1.1 200 OK\r\nContent-Length: 100005\r\n\r\nab', 'cde', Buffer.alloc(100_000));
    const { body } = runBlocking(exchange(stream, prepared(GET)));
    const sizes: (number | undefined)[] = [];
    for (let i = 0; i < 5; i++) sizes.push(runBlocking(body.read())?.length);
    assert.deepEqual(sizes, [2, 3, 65_536, 34_464, undefined]);
    assert.equal(body.reusable, true);
  });

  it('is limited where it is gathered, and loses nothing', () => {
    for (const head of [
      'Content-Length: 5\r\n\r\nabcde',
      '\r\nabcde',
      'Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n',
    ]) {
      const stream = scripted(`HTTP/1.1 200 OK\r\n${head}`);
      const { body } = runBlocking(exchange(stream, prepared(GET)));
      for (const limit of [0, 4]) {
        const error = assertThrown(() => runBlocking(body.bytes(limit)));
        assert.ok(error instanceof LimitError);
        assert.match(error.message, new RegExp(`longer than ${limit} bytes`));
      }
      assert.equal(body.ended, false);
      assert.equal(runBlocking(body.text(5)), 'abcde');
      assert.throws(() => runBlocking(body.text(-1)), { code: 'ERR_INVALID_ARGUMENT' });
    }
  });

  it('fails in the same way ever after', () => {
    const stream = scripted('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nx\r\n1\r\nb\r\n0\r\n\r\n');
    const { body } = runBlocking(exchange(stream, prepared(GET)));
    const error = assertThrown(() => runBlocking(body.text()));
    assert.equal(String(runBlocking(body.read())), 'a'); // what was gathered
    for (let i = 0; i < 3; i++)
      assert.equal(
        assertThrown(() => runBlocking(body.read())),
        error,
      );
    assert.deepEqual([body.ended, body.reusable], [false, false]);
  });

  it('142: what comes behind it makes the connection unusable, and is no reply', () => {
    for (const reply of [OK, chunked, 'HTTP/1.1 204 No Content\r\n\r\n']) {
      const stream = scripted(`${reply}HTTP/1.1 200 Forged\r\n\r\n`);
      const { body } = runBlocking(exchange(stream, prepared(GET)));
      runBlocking(body.bytes());
      assert.equal(body.reusable, false);
      assert.equal(assertThrown(() => runBlocking(exchange(stream, prepared(GET)))).code, 'ERR_HTTP_UNASKED');
    }
  });

  it('serves many exchanges on one connection', () => {
    const stream = scripted(...Array<string>(100).fill(OK), chunked);
    for (let i = 0; i < 100; i++) {
      const { body } = runBlocking(exchange(stream, prepared(GET)));
      assert.deepEqual([runBlocking(body.text()), body.reusable], ['hi', true]);
    }
    assert.equal(runBlocking(observe(stream)).body, 'abcde');
  });

  it('leaves no connection after Connection: close in the request, nor after CONNECT', () => {
    const close = runBlocking(observe(scripted(OK), { ...GET, headers: { Host: 'h', Connection: 'close' } }));
    assert.deepEqual([close.body, close.reusable], ['hi', false]);
    const tunnel = runBlocking(observe(scripted(OK), { ...GET, method: 'CONNECT', target: 'h:1' }));
    assert.deepEqual([tunnel.body, tunnel.reusable], ['', false]);
  });
});

describe('an empty line before the status line', () => {
  const reply = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

  it('is read over, one of them', async () => {
    for (const empty of ['\r\n', '\n']) {
      for await (const { seen, way } of inEveryWay(`${empty}${reply}`))
        assert.deepEqual([seen.code, seen.body, seen.reusable], [200, 'ok', true], way);
    }
    for await (const { seen } of inEveryWay(`\r\n\r\n${reply}`)) assert.equal(seen.error?.code, 'ERR_HTTP_STATUS');
  });

  it('and nothing else is not a server that has said nothing', async () => {
    for await (const { seen } of inEveryWay('\r\n')) assert.equal(seen.error?.code, 'ERR_CLOSED');
  });
});

it('a body whose connection was closed on this side says so, and not that it was cut off', () => {
  const io = new ScriptedIo(['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf']);
  const stream = new Stream(io);
  const { body } = runBlocking(exchange(stream, prepared({ method: 'GET', target: '/', headers: { Host: 'h' } })));
  assert.equal(String(runBlocking(body.read())), 'half');
  stream.close();
  for (let i = 0; i < 2; i++)
    assert.throws(
      () => runBlocking(body.read()),
      (error) => error instanceof SocketError && error.code === 'ERR_CLOSED' && !/cut off/.test(error.message),
    );
});
