/**
 * Servers that never let a call wait, in each of its phases: the limit of the call holds all the same, the error names
 * the phase, and nothing more is taken once the time is over.
 */
import '../../../core/test-clock.ts';

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Failure, TIMED_OUT, TimeoutError } from '../../../../src/core/errors.ts';
import { runAsync, runBlocking } from '../../../../src/core/flow.ts';
import { Stream } from '../../../../src/core/stream.ts';
import { OneEach } from '../../../../src/protocol/connect/dial.ts';
import type { ProtocolEngine } from '../../../../src/protocol/connect/engine.ts';
import type { HttpRequest } from '../../../../src/protocol/http/call/options.ts';
import { request } from '../../../../src/protocol/http/call/request.ts';
import { Client } from '../../../../src/sockets/client.ts';
import type { Runner } from '../../../../src/sockets/face.ts';
import { Clock, EndlessIo, type EndlessOptions, PER_PIECE } from '../../../core/endless-io.ts';
import { errorOf } from '../../../core/scripted-io.ts';

const LIMIT = 4;
const url = 'http://h/';
const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const ZIPPED = gzipSync(Buffer.alloc(16_000_000));

interface Row {
  readonly title: string;
  readonly phase: string;
  readonly server: EndlessOptions;
  readonly options?: (clock: Clock) => HttpRequest<'blocking'>;
}

/** Takes its time for each chunk. */
const slowSink = (clock: Clock) => ({ url, sink: () => clock.pass(PER_PIECE) });

const slowSource = (clock: Clock) => () => {
  clock.pass(PER_PIECE);
  return clock.age < 1000 ? Buffer.from('x') : null;
};

const ROWS: readonly Row[] = [
  { title: 'the head of a proxy', phase: 'connecting', server: { head: 'HTTP/1.1 200 ', piece: 'x' }, options: () => ({ url, proxy: 'http://p:1', tunnel: true }) }, // biome-ignore format: a table
  { title: 'a status line', phase: 'waiting for the reply', server: { head: 'HTTP/1.1 200 ', piece: 'x' } },
  { title: 'header fields', phase: 'waiting for the reply', server: { head: OK, piece: 'A: b\r\n' } },
  { title: 'informational replies', phase: 'waiting for the reply', server: { piece: 'HTTP/1.1 103 Early Hints\r\n\r\n' } }, // biome-ignore format: a table
  { title: 'a body of a length', phase: 'reading the body', server: { head: `${OK}Content-Length: 10000000\r\n\r\n`, piece: 'x'.repeat(1000) } }, // biome-ignore format: a table
  { title: 'a body until the end', phase: 'reading the body', server: { head: `${OK}\r\n`, piece: 'x' } },
  { title: 'small chunks', phase: 'reading the body', server: { head: CHUNKED, piece: '1\r\nx\r\n'.repeat(50) } },
  { title: 'a chunk size that drips', phase: 'reading the body', server: { head: `${CHUNKED}1;`, piece: 'x' } },
  { title: 'small chunks for a sink', phase: 'reading the body', server: { head: CHUNKED, piece: '1\r\nx\r\n' }, options: () => ({ url, sink: () => {} }) }, // biome-ignore format: a table
  { title: 'small chunks that are all there, for a slow sink', phase: 'reading the body', server: { head: `${CHUNKED}${'1\r\nx\r\n'.repeat(1000)}0\r\n\r\n` }, options: slowSink }, // biome-ignore format: a table
  { title: 'trailers', phase: 'reading the body', server: { head: `${CHUNKED}0\r\n`, piece: 'T: u\r\n' } },
  { title: 'a decoded body that is all there, for a slow sink', phase: 'reading the body', server: { head: Buffer.concat([Buffer.from(`${OK}Content-Encoding: gzip\r\nContent-Length: ${ZIPPED.length}\r\n\r\n`), ZIPPED]) }, options: slowSink }, // biome-ignore format: a table
  { title: 'a redirect to itself', phase: 'sending the request', server: { piece: 'HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n' }, options: () => ({ url, maxredirects: Number.POSITIVE_INFINITY }) }, // biome-ignore format: a table
  { title: 'a body that is taken slowly', phase: 'sending the request', server: {}, options: () => ({ url, method: 'PUT', source: Buffer.alloc(10_000_000) }) }, // biome-ignore format: a table
  { title: 'a source that gives slowly', phase: 'sending the request', server: {}, options: (clock) => ({ url, method: 'PUT', source: slowSource(clock) }) }, // biome-ignore format: a table
];

for (const how of ['blocking', 'await'] as const) {
  describe(`the limit of a call, ${how}`, () => {
    for (const { title, phase, server, options = () => ({ url }) } of ROWS) {
      it(`holds for ${title}`, async () => {
        const clock = new Clock();
        const opened: EndlessIo[] = [];
        const engine: ProtocolEngine<'blocking'> = {
          *dial() {
            assert.ok(opened.length < 1000, 'it never ends');
            const io = new EndlessIo(clock, { ...server, later: how === 'await' });
            opened.push(io);
            return new Client(new Stream(io), {} as Runner<'blocking'>);
          },
          sleep: () => TIMED_OUT,
          gate: () => ({ wait: () => new Failure('EDEADLK'), waiting: false, wake() {} }),
          bounded: (promise) => promise,
        };
        const context = { engine, connections: new OneEach(engine) };
        await clock.during(async () => {
          const flow = request(context, { ...options(clock), timeout: LIMIT });
          const error = await errorOf(() => (how === 'blocking' ? runBlocking(flow) : runAsync(flow)));
          assert.ok(error instanceof TimeoutError, String(error));
          assert.equal(error.phase, phase);
          assert.match(error.message, new RegExp(`timeout while ${phase}: the whole call took ${LIMIT} s`));
        });
        assert.ok(clock.age < LIMIT + 2 * PER_PIECE, `after ${clock.age} s`);
        for (const when of opened.flatMap((io) => [...io.received, ...io.sent])) assert.ok(when < LIMIT, `${when} s`);
      });
    }
  });
}
