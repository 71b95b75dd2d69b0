/** Parts of a body (case 151): how they are asked for, and that the part that comes is the one that was asked for. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ProtocolError, type SocketError } from '../../../../src/core/errors.ts';
import { type ByteRange, parseContentRange } from '../../../../src/protocol/http/wire/range.ts';
import { errorOf } from '../../../core/scripted-io.ts';
import { Network, ok, type Seen, to } from '../network.ts';

const url = 'http://h/';

function part(range: string | undefined, body: string, ...headers: string[]): string {
  const field = range === undefined ? [] : [`Content-Range: ${range}`];
  return ok(body, ...field, ...headers).replace('200 OK', '206 Partial Content');
}

function field({ text }: Seen, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)\r$`, 'im').exec(text)?.[1];
}

for (const how of ['blocking', 'await'] as const) {
  describe(`range, ${how}`, () => {
    it('151: is asked for in bytes, with If-Range, and uncoded', async () => {
      for (const [range, sent, condition] of [
        [{ first: 5 }, 'bytes=5-', undefined],
        [{ first: 5, last: 9 }, 'bytes=5-9', undefined],
        [{ first: 5, last: 5, ifRange: '"tag"' }, 'bytes=5-5', '"tag"'],
        [{ first: 0, ifRange: 'Sat, 29 Oct 1994 19:43:31 GMT' }, 'bytes=0-', 'Sat, 29 Oct 1994 19:43:31 GMT'],
      ] as const) {
        const network = new Network((_, i) => (i === 0 ? to(302, '/next') : ok('all of it')));
        await network.ask(how, { url, range, headers: { Range: 'bytes=77-', 'X-Other': 'o' } });
        for (const seen of network.seen) {
          assert.deepEqual([field(seen, 'Range'), field(seen, 'If-Range')], [sent, condition]);
          assert.equal(field(seen, 'Accept-Encoding'), undefined);
        }
      }
    });

    it('151: the part that was asked for, also a shorter one', async () => {
      for (const [range, content, body] of [
        [{ first: 5 }, 'bytes 5-9/10', '56789'],
        [{ first: 5, last: 9 }, 'bytes 5-9/10', '56789'],
        [{ first: 5, last: 99 }, 'bytes 5-9/10', '56789'],
        [{ first: 5, last: 9 }, 'bytes 5-7/10', '567'],
        [{ first: 5 }, 'bytes 5-9/*', '56789'],
        [{ first: 5, last: 9 }, 'Bytes 5-9/10 ', '56789'],
      ] as const) {
        const network = new Network(() => part(content, body));
        const reply = await network.ask(how, { url, range });
        assert.deepEqual([reply.code, String(reply.body)], [206, body], content);
      }
    });

    it('151: any other part is an error before its body is delivered', async () => {
      for (const [range, content] of [
        [{ first: 5 }, 'bytes 4-9/10'],
        [{ first: 5 }, 'bytes 6-9/10'],
        [{ first: 5, last: 7 }, 'bytes 5-9/10'],
        [{ first: 5 }, undefined],
        [{ first: 5 }, 'bytes */10'],
        [{ first: 5 }, 'bytes 5-9/9'],
        [{ first: 5 }, 'bytes 5-4/10'],
        [{ first: 5 }, 'bytes 5-9'],
        [{ first: 5 }, 'lines 5-9/10'],
        [{ first: 5 }, 'bytes 5-9/10\r\nContent-Range: bytes 5-8/10'],
        [{ first: 5 }, 'bytes 5-90000000000000000/*'],
        [{ first: 5 }, 'bytes 5-9/10, bytes 5-9/10'],
      ] as const) {
        const network = new Network(() => part(content, '56789'));
        const told: unknown[] = [];
        const options = {
          url,
          range,
          final: () => told.push('final'),
          sink: (chunk: unknown) => void told.push(chunk),
        };
        const error = await errorOf<SocketError>(() => network.ask(how, options));
        assert.ok(error instanceof ProtocolError, String(error));
        assert.equal(error.code, 'ERR_HTTP_RANGE', String(content));
        assert.deepEqual([told, network.closed], [[], 1]);
      }
    });

    it('151: a body that is longer or shorter than its Content-Range says', async () => {
      for (const body of ['5678', '567890']) {
        const network = new Network(() => part('bytes 5-9/10', body));
        const error = await errorOf<SocketError>(() => network.ask(how, { url, range: { first: 5 } }));
        assert.equal(error.code, 'ERR_HTTP_RANGE', body);
      }
      const chunked = 'HTTP/1.1 206 x\r\nTransfer-Encoding: chunked\r\nContent-Range: bytes 5-9/10\r\n\r\n';
      const network = new Network(() => `${chunked}5\r\n56789\r\n0\r\n\r\n`);
      assert.equal(String((await network.ask(how, { url, range: { first: 5 } })).body), '56789');
    });

    it('151: multipart/byteranges is nothing that was asked for', async () => {
      const network = new Network(() => part(undefined, '--x\r\n', 'Content-Type: multipart/byteranges; boundary=x'));
      const error = await errorOf<SocketError>(() => network.ask(how, { url, range: { first: 5, last: 9 } }));
      assert.match(error.message, /206 is not bytes 5-9: Content-Range is ""/);
    });

    it('151: all of it (200) and nothing (416) are answers', async () => {
      const network = new Network((_, i) => {
        return i === 0 ? ok('0123456789') : ok('', 'Content-Range: bytes */3').replace('200 OK', '416 No');
      });
      const all = await network.ask(how, { url, range: { first: 5, ifRange: '"old"' } });
      assert.deepEqual([all.code, String(all.body)], [200, '0123456789']);
      const nothing = await network.ask(how, { url, range: { first: 5 } });
      assert.equal(nothing.code, 416);
      assert.deepEqual(parseContentRange(nothing.headers.get('content-range') ?? ''), { range: undefined, total: 3 });
    });

    it('151: a coded reply to a range is delivered as it came', async () => {
      const coded = gzipSync('hello').toString('latin1');
      const network = new Network(() => part(`bytes 5-${4 + coded.length}/1000`, coded, 'Content-Encoding: gzip'));
      const { body } = await network.ask(how, { url, range: { first: 5 } });
      assert.equal(body.toString('latin1'), coded);
    });

    it('a 206 that answers HEAD has no body to compare', async () => {
      const head = 'HTTP/1.1 206 x\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\n';
      assert.equal((await new Network(() => head).ask(how, { url, method: 'HEAD', range: { first: 5 } })).code, 206);
    });

    it('wrong arguments are refused before there is a connection', async () => {
      const network = new Network(() => ok(''));
      for (const range of [
        {},
        { first: -1 },
        { first: 1.5 },
        { first: Number.NaN },
        { first: '5' },
        { first: 2 ** 53 },
        { first: 5, last: 4 },
        { first: 5, last: Number.POSITIVE_INFINITY },
        { first: 5, last: null },
        { first: 5, ifRange: 'a\r\nX: y' },
        { first: 5, ifRange: 7 },
      ]) {
        const error = await errorOf<SocketError>(() => network.ask(how, { url, range: range as ByteRange }));
        assert.equal(error.code, 'ERR_INVALID_ARGUMENT', JSON.stringify(range));
      }
      assert.equal(network.opened, 0);
    });
  });
}
