/** Content codings: what is asked for, how replies are decoded in both faces, and what is refused. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { awaitRunner } from '../../../../src/async/runner.ts';
import { blockingRunner } from '../../../../src/blocking/runner.ts';
import { LimitError, ProtocolError } from '../../../../src/core/errors.ts';
import type { Flow } from '../../../../src/core/flow.ts';
import { Stream } from '../../../../src/core/stream.ts';
import { OneEach } from '../../../../src/protocol/connect/dial.ts';
import type { ProtocolEngine } from '../../../../src/protocol/connect/engine.ts';
import type { HttpRequest } from '../../../../src/protocol/http/call/options.ts';
import { type HttpResponse, request } from '../../../../src/protocol/http/call/request.ts';
import { soundCodings } from '../../../../src/protocol/http/wire/inflate.ts';
import { Client } from '../../../../src/sockets/client.ts';
import type { Face } from '../../../../src/sockets/face.ts';
import { bytes, cut, ScriptedIo } from '../../../core/scripted-io.ts';

const ENCODERS: Readonly<Record<string, (data: Uint8Array) => Buffer>> = {
  gzip: (data) => zlib.gzipSync(data),
  'x-gzip': (data) => zlib.gzipSync(data),
  deflate: (data) => zlib.deflateSync(data),
  // A server that leaves the wrapper out.
  DEFLATE: (data) => zlib.deflateRawSync(data),
  br: (data) => zlib.brotliCompressSync(data, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } }),
  ...(soundCodings().includes('zstd') && { zstd: (data: Uint8Array) => zlib.zstdCompressSync(data) }),
};
const CODINGS = Object.keys(ENCODERS);

const TEXT = Buffer.from(Array.from({ length: 600 }, (_, i) => `line ${i} of ${i * i}\n`).join(''));
/** Does not get shorter. */
const NOISE = Buffer.from(Array.from({ length: 2000 }, (_, i) => (Math.imul(i + 1, 2_654_435_761) >>> 13) & 255));

type Options = Omit<HttpRequest<Face>, 'create'>;

/** The head of a reply, and the body in these pieces: its end is the end of the connection. */
function reply(coding: string | undefined, pieces: readonly Uint8Array[], fields = ''): (string | Uint8Array)[] {
  const head = coding === undefined ? '' : `Content-Encoding: ${coding}\r\n`;
  return [`HTTP/1.1 200 OK\r\n${head}${fields}\r\n`, ...pieces];
}

interface Asked {
  readonly response: HttpResponse;
  readonly sent: string;
}

function asking(io: ScriptedIo, options: Options): Flow<HttpResponse> {
  function* dial(): Flow<Client<Face>> {
    return new Client<Face>(new Stream(io), awaitRunner as never);
  }
  const engine = { dial } as unknown as ProtocolEngine<Face>;
  return request<Face>({ engine, connections: new OneEach(engine) }, { url: 'http://test/', ...options });
}

/** In the blocking face, where everything is there at once. */
function atOnce(steps: readonly (string | Uint8Array)[], options: Options = {}): Asked {
  const io = new ScriptedIo(steps);
  const response = blockingRunner.run(asking(io, options));
  assert.equal(io.calls.at(-1), 'close');
  return { response, sent: Buffer.concat(io.written).toString('latin1') };
}

/** In the await face, where each piece comes by a promise. */
async function later(steps: readonly (string | Uint8Array)[], options: Options = {}): Promise<HttpResponse> {
  const io = new ScriptedIo(steps.map((piece) => ({ later: piece })));
  return await awaitRunner.run(asking(io, options));
}

async function bothGive(steps: readonly (string | Uint8Array)[], expected: Uint8Array, options?: Options) {
  for (const { body } of [atOnce(steps, options).response, await later(steps, options)])
    assert.ok(body.equals(expected), `${body.length} bytes instead of ${expected.length}`);
}

async function bothThrow(steps: readonly (string | Uint8Array)[], check: object, options?: Options): Promise<void> {
  assert.throws(() => atOnce(steps, options), check);
  await assert.rejects(later(steps, options), check);
}

const BROKEN = { name: 'ProtocolError', code: 'ERR_HTTP_CODING', reason: 'malformed coding' };

describe('what is asked for', () => {
  const accepted = (options: Options): string[] =>
    [...atOnce(reply(undefined, []), options).sent.matchAll(/^accept-encoding: (.*)\r$/gim)].map((match) => match[1]!);

  it('is every coding that the runtime decodes', () => {
    const node = Number(process.versions.node.split('.')[0]);
    // Node 22 has zstd, and takes the half of a frame for the whole.
    const zstd = node >= 24;
    const expected = ['gzip', 'deflate', 'br', ...(zstd ? ['zstd'] : [])];
    assert.deepEqual(soundCodings(), expected);
    assert.deepEqual(accepted({}), [expected.join(', ')]);
  });

  it('is what the caller says, where he says it, and nothing with a range', () => {
    assert.deepEqual(accepted({ headers: { 'accept-encoding': 'br' } }), ['br']);
    assert.deepEqual(accepted({ headers: { 'Accept-Encoding': '' } }), ['']);
    assert.deepEqual(accepted({ headers: { range: 'bytes=0-9' } }), []);
  });

  it('is what is decoded: otherwise the body is as it came', async () => {
    const coded = zlib.gzipSync(TEXT);
    for (const headers of [{ 'accept-encoding': 'gzip' }, { range: 'bytes=0-' }])
      await bothGive(reply('gzip', [coded]), coded, { headers });
  });
});

describe('a reply', () => {
  for (const coding of CODINGS) {
    it(`in ${coding}, whole and in pieces`, async () => {
      for (const data of [TEXT, NOISE, Buffer.from('a'), Buffer.alloc(0)]) {
        const coded = ENCODERS[coding]!(data);
        for (const size of [1, 2, 7, 1000, coded.length]) await bothGive(reply(coding, cut(coded, size)), data);
      }
    });

    it(`in ${coding}, of anything, in pieces of any size`, async () => {
      const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 });
      const repeated = fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 300 }));
      const property = fc.asyncProperty(repeated, sizes, async ([part, times], lengths) => {
        const data = Buffer.concat(Array.from({ length: times }, () => part));
        const coded = ENCODERS[coding]!(data);
        const pieces: Uint8Array[] = [];
        for (let at = 0, i = 0; at < coded.length; i++) {
          const size = lengths[i % lengths.length]!;
          pieces.push(coded.subarray(at, at + size));
          at += size;
        }
        await bothGive(reply(coding, pieces), data);
      });
      await fc.assert(property, { numRuns: 40 });
    });

    it(`in ${coding}, in another coding`, async () => {
      for (const outer of CODINGS) {
        const coded = ENCODERS[outer]!(ENCODERS[coding]!(NOISE));
        for (const size of [1, 7, coded.length]) await bothGive(reply(`${coding}, ${outer}`, cut(coded, size)), NOISE);
      }
    });

    it(`in ${coding}, to a sink, in pieces of at most 64 KiB`, async () => {
      const data = Buffer.concat(Array.from({ length: 200 }, () => TEXT));
      const steps = reply(coding, cut(ENCODERS[coding]!(data), 5000));
      for (const run of [atOnce, later]) {
        const pieces: Uint8Array[] = [];
        const sink = (chunk: Uint8Array | null): void => void (chunk && pieces.push(chunk));
        await run(steps, { sink });
        assert.ok(Buffer.concat(pieces).equals(data));
        assert.ok(Math.max(...pieces.map(({ length }) => length)) <= 65_536);
      }
    });

    it(`in ${coding}, cut off anywhere`, async () => {
      const coded = ENCODERS[coding]!(TEXT.subarray(0, 300));
      for (let end = 1; end < coded.length; end++) await bothThrow(reply(coding, [coded.subarray(0, end)]), BROKEN);
    });
  }

  it('says what was on the wire', () => {
    const coded = zlib.gzipSync(TEXT);
    const { headers, body } = atOnce(reply('gzip', [coded], `Content-Length: ${coded.length}\r\n`)).response;
    assert.equal(headers.get('content-encoding'), 'gzip');
    assert.equal(headers.get('content-length'), String(coded.length));
    assert.ok(body.equals(TEXT));
  });

  it('in chunks', async () => {
    const chunks = cut(zlib.gzipSync(TEXT), 500).flatMap((piece) => [
      `${piece.length.toString(16)}\r\n`,
      piece,
      '\r\n',
    ]);
    const head = 'HTTP/1.1 200 OK\r\nContent-Encoding: GZIP\r\nTransfer-Encoding: chunked\r\n\r\n';
    await bothGive([head, ...chunks, '0\r\n\r\n'], TEXT);
  });

  it('without a body has none to decode', async () => {
    await bothGive(reply('gzip', []), Buffer.alloc(0));
    await bothGive(reply('gzip', [], 'Content-Length: 0\r\n'), Buffer.alloc(0));
    await bothGive(reply('gzip, gzip, gzip', [], 'Content-Length: 1234\r\n'), Buffer.alloc(0), { method: 'HEAD' });
  });

  it('in no coding, an unknown one, or one unknown among others, is as it came', async () => {
    for (const coding of ['identity', '', 'compress', 'dcb', 'constructor', 'gzip, dcb', 'dcb, gzip'])
      await bothGive(reply(coding, [TEXT]), TEXT);
    await bothGive(reply('identity, gzip,', [zlib.gzipSync(TEXT)]), TEXT);
  });

  it('in three codings is refused', async () => {
    const message = /Content-Encoding names 3 codings, one in the other$/;
    await bothThrow(reply('gzip, gzip, gzip', [bytes('x')]), { ...BROKEN, message });
    await bothThrow(reply('gzip\r\nContent-Encoding: deflate, br', [bytes('x')]), { ...BROKEN, message });
    await bothGive(reply('gzip\r\nContent-Encoding: dcb, br', [bytes('x')]), bytes('x'));
    await bothGive(reply('aes128gcm, dcb, x', [bytes('x')]), bytes('x'));
  });

  it('with more than five names of codings is refused, whatever they are', async () => {
    for (const name of ['identity', 'gzip', 'dcb']) {
      const message = /content-encoding has 6 names, more than 5$/;
      await bothThrow(reply(Array(6).fill(name).join(','), [bytes('x')]), { ...BROKEN, message });
      await bothThrow(reply(Array(6).fill(name).join('\r\nContent-Encoding: '), [bytes('x')]), { ...BROKEN, message });
    }
    await bothGive(reply(' ,identity, identity, identity, identity,, identity', [TEXT]), TEXT);
  });

  it('has what is behind its end left out, and members of gzip put together', async () => {
    const both = Buffer.concat([zlib.gzipSync('one, '), zlib.gzipSync(''), zlib.gzipSync('two')]);
    const padded = Buffer.concat([both, Buffer.alloc(100)]);
    for (const coded of [both, padded])
      for (const size of [1, 2, 7, coded.length]) await bothGive(reply('gzip', cut(coded, size)), bytes('one, two'));
    for (const coding of ['deflate', 'DEFLATE', 'br']) {
      const coded = Buffer.concat([ENCODERS[coding]!(TEXT), bytes('garbage')]);
      for (const size of [1, 2, 7, coded.length]) await bothGive(reply(coding, cut(coded, size)), TEXT);
    }
    const garbage = Buffer.concat([both, bytes('garbage')]);
    for (const size of [1, 2, 7, garbage.length]) await bothThrow(reply('gzip', cut(garbage, size)), BROKEN);
  });
});

describe('broken data', () => {
  it('is an error with that of zlib as its cause, and the sink is told', async () => {
    for (const coding of CODINGS.filter((name) => name !== 'DEFLATE')) {
      await bothThrow(reply(coding, [bytes('{"json": "and not coded at all"}')]), (error: unknown) => {
        assert.ok(error instanceof ProtocolError);
        assert.equal(error.code, 'ERR_HTTP_CODING');
        assert.ok(error.cause instanceof Error && 'code' in error.cause, String(error.cause));
        return true;
      });
    }
    const coded = zlib.gzipSync(TEXT);
    coded[coded.length - 6]! ^= 1;
    let told: unknown;
    const sink = (_: unknown, error?: unknown): void => {
      told ??= error;
    };
    await bothThrow(reply('gzip', [coded]), { ...BROKEN, message: /incorrect data check/ }, { sink });
    assert.ok(told instanceof ProtocolError);
  });

  it('never hangs, nor throws anything else', () => {
    const property = fc.property(
      fc.constantFrom(...CODINGS),
      fc.array(fc.tuple(fc.nat(200), fc.integer({ min: 1, max: 255 })), { maxLength: 4 }),
      fc.integer({ min: 1, max: 50 }),
      (coding, flips, size) => {
        const coded = ENCODERS[coding]!(TEXT.subarray(0, 2000));
        for (const [at, bits] of flips) if (at < coded.length) coded[at]! ^= bits;
        try {
          atOnce(reply(coding, cut(coded, size)));
        } catch (error) {
          assert.ok(error instanceof ProtocolError || error instanceof LimitError, String(error));
        }
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  it('of a body that the connection cuts off is a cut off body', async () => {
    const coded = zlib.gzipSync(TEXT);
    const steps = reply('gzip', [coded.subarray(0, 100)], `Content-Length: ${coded.length}\r\n`);
    await bothThrow(steps, { name: 'ClosedError', message: /cut off after 100 of/ });
  });
});

// The first tests hold which runtimes have it.
if (soundCodings().includes('zstd')) {
  it('zstd may want a window of 8 MiB, and of no more', async () => {
    // RFC 8878, section 3.1.1: the magic number, no flags, the window (a power of two from 1 KiB on), a raw last block.
    const frame = (log: number): Buffer => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, (log - 10) << 3, 9, 0, 0, 97]);
    await bothGive(reply('zstd', [frame(23)]), bytes('a'));
    for (const log of [24, 27]) await bothThrow(reply('zstd', [frame(log)]), BROKEN);
  });
}

describe('a limit', () => {
  const coded = zlib.gzipSync(TEXT);

  it('counts what was decoded', async () => {
    await bothGive(reply('gzip', [coded]), TEXT, { limit: TEXT.length });
    const message = new RegExp(`the body is longer than ${TEXT.length - 1} bytes when it is decoded$`);
    await bothThrow(reply('gzip', [coded]), { name: 'LimitError', message }, { limit: TEXT.length - 1 });
    await bothThrow(reply('gzip', [coded]), { code: 'ERR_INVALID_ARGUMENT' }, { limit: Number.NaN });
  });

  it('of 16 MiB holds without another', async () => {
    const bomb = zlib.gzipSync(Buffer.alloc(17 << 20));
    await bothThrow(reply('gzip', [bomb]), { name: 'LimitError', code: 'ERR_LIMIT' });
  });

  it('of the ratio lets all through that deflate can do, and stops the rest early, with flat memory', async () => {
    const zeros = Buffer.alloc(64 << 20);
    const gzip = zlib.gzipSync(zeros);
    let taken = 0;
    const sink = (chunk: Uint8Array | null): void => {
      taken += chunk?.length ?? 0;
    };
    atOnce(reply('gzip', cut(gzip, 1000)), { sink });
    assert.equal(taken, zeros.length);
    // Nor is there a limit of the ratio to what is not large.
    await bothGive(reply('br', [ENCODERS.br!(zeros.subarray(0, 3_000_000))]), zeros.subarray(0, 3_000_000));

    const bombs: [string, Buffer][] = [
      ['br', ENCODERS.br!(zeros)],
      ['gzip, gzip', zlib.gzipSync(gzip)],
      ['gzip, br', ENCODERS.br!(gzip)],
      // Its first stage gives members of gzip that hold nothing, without end.
      ['gzip, br', ENCODERS.br!(Buffer.concat(new Array(2 << 20).fill(zlib.gzipSync(''))))],
    ];
    for (const [coding, bomb] of bombs) {
      for (const run of [atOnce, later]) {
        taken = 0;
        const before = process.memoryUsage().rss;
        await assert.rejects(async () => await run(reply(coding, [bomb]), { sink }), {
          name: 'LimitError',
          message: /more than 1100 times as long/,
        });
        assert.ok(taken <= 16_777_216 + 1100 * bomb.length);
        assert.ok(process.memoryUsage().rss - before < 50 << 20);
      }
    }
  });

  it('is what each of many replies keeps: their memory goes with them', () => {
    const steps = reply('br', [ENCODERS.br!(TEXT)]);
    const run = (): void => {
      for (let i = 0; i < 1000; i++) atOnce(steps);
      globalThis.gc!();
    };
    run();
    const before = process.memoryUsage().rss;
    run();
    assert.ok(process.memoryUsage().rss - before < 30 << 20);
  });
});
