/** When each step of a call was reached, and how its bodies went: what a caller can watch. */
import '../../../core/test-clock.ts';

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ENDED, Failure, TimeoutError } from '../../../../src/core/errors.ts';
import type { HttpRequest } from '../../../../src/protocol/http/call/options.ts';
import { errorOf } from '../../../core/scripted-io.ts';
import { Network, ok, to } from '../network.ts';
import { SlowNetwork, type SlowServer } from '../slow-network.ts';

type Options = HttpRequest<'blocking'>;
type Progress = [bytes: number, total: number | undefined];

const url = 'http://h/';
const SERVER: SlowServer = {
  lookup: 1,
  connect: 2,
  taking: 3,
  says: () => [[4, 'HTTP/1.1 200 OK\r\n'], [5, 'Content-Length: 5\r\n\r\nhel'], [6, 'lo']], // biome-ignore format: a dialogue
};

function assertMonotonic(steps: readonly Progress[], last: number, total: number | undefined): void {
  for (const [i, [bytes, all]] of steps.entries()) {
    assert.ok(bytes >= (steps[i - 1]?.[0] ?? 0), `${bytes} after ${steps[i - 1]?.[0]}`);
    assert.equal(all, total);
  }
  assert.equal(steps.at(-1)?.[0], last);
}

for (const how of ['blocking', 'await'] as const) {
  describe(`timeline, ${how}`, () => {
    it('of a fresh connection', async () => {
      const { timeline } = await new SlowNetwork(SERVER).ask(how, url);
      const attempts = [{ address: 'h:80', milliseconds: 2000, code: 'connected' }];
      assert.deepEqual(
        { ...timeline },
        { dns: 1, attempts, secured: undefined, connected: 3, sent: 6, replied: 10, end: 21 },
      );
    });

    it('of one that has served before', async () => {
      const network = new SlowNetwork(SERVER, 10);
      await network.ask(how, url);
      const { timeline } = await network.ask(how, url);
      const expected = { dns: undefined, attempts: [], secured: undefined, connected: 0, sent: 3, replied: 7, end: 18 };
      assert.deepEqual({ ...timeline }, expected);
      assert.equal(network.opened, 1);
    });

    it('of one that the caller made', async () => {
      const network = new SlowNetwork(SERVER);
      const create = (): ReturnType<typeof network.open> => {
        network.pass(7);
        return network.open();
      };
      const { timeline } = await network.ask(how, { url, create });
      assert.deepEqual(
        { ...timeline },
        { dns: undefined, attempts: [], secured: undefined, connected: 7, sent: 10, replied: 14, end: 25 },
      );
    });

    it('of the last exchange, counted from the beginning of the call', async () => {
      const says: SlowServer['says'] = (i) => (i === 0 ? [[10, to(302, '/')]] : [[0, ok('x')]]);
      const { timeline } = await new SlowNetwork({ ...SERVER, says }).ask(how, url);
      const { dns, connected, sent, replied, end } = timeline;
      assert.deepEqual([dns, connected, sent, replied, end], [17, 19, 22, 22, 22]);
    });

    it('of a redirect over the same connection: nothing was looked up for the last exchange', async () => {
      const says: SlowServer['says'] = (i) => [[1, i === 0 ? to(302, '/') : ok('x')]];
      const { timeline } = await new SlowNetwork({ ...SERVER, says }, 10).ask(how, url);
      const expected = {
        dns: undefined,
        attempts: [],
        secured: undefined,
        connected: 7,
        sent: 10,
        replied: 11,
        end: 11,
      };
      assert.deepEqual({ ...timeline }, expected);
    });

    it('of a retry: its pause is part of it', async () => {
      const says: SlowServer['says'] = (i) =>
        i === 0 ? [[0, ok('', 'Retry-After: 20').replace('200', '503')]] : [[0, ok('x')]];
      const { timeline } = await new SlowNetwork({ ...SERVER, says }).ask(how, { url, retries: 1 });
      assert.deepEqual([timeline.dns, timeline.connected, timeline.end], [27, 29, 32]);
    });
  });

  describe(`progress, ${how}`, () => {
    it('uploaded: bytes, and sources with and without a length', async () => {
      const data = Buffer.alloc(200_000, 'x');
      const source = (): NonNullable<Options['source']> => {
        const pieces = [data.subarray(0, 1000), Buffer.alloc(0), data.subarray(1000)];
        return () => pieces.shift() ?? null;
      };
      for (const [options, total] of [
        [{ source: data }, 200_000],
        [{ source: 'small' }, 5],
        [{ source: source(), length: data.length }, 200_000],
        [{ source: source(), headers: { 'Content-Length': '200000' } }, 200_000],
      ] as const) {
        const steps: Progress[] = [];
        await new Network(() => ok('')).ask(how, {
          url,
          method: 'PUT',
          ...options,
          uploaded: (...step) => steps.push(step),
        });
        assertMonotonic(steps, total, total);
      }
      const steps: Progress[] = [];
      const network = new SlowNetwork({ says: () => [[0, ok('')]] });
      await network.ask(how, { url, method: 'PUT', source: source(), uploaded: (...step) => steps.push(step) });
      assertMonotonic(steps, 200_000, undefined);
    });

    it('uploaded: no more than went, when the server answers before the end', async () => {
      for (const source of [Buffer.alloc(300_000), () => Buffer.alloc(100_000)]) {
        const steps: Progress[] = [];
        const network = new Network(() => ok(''));
        const create: Options['create'] = (host, port) => {
          const client = network.open(host, port);
          const { io } = client.stream;
          let taken = 0;
          io.send = (bytes) => {
            taken += bytes.length;
            return taken > 150_000 ? new Failure('EPIPE') : bytes.length;
          };
          const said = [Buffer.from(ok('enough').replace('200', '413'))];
          io.recv = () => said.shift() ?? ENDED;
          return client;
        };
        const uploaded = (...step: Progress): number => steps.push(step);
        const { code, body } = await network.ask(how, { url, method: 'PUT', source, create, uploaded });
        assert.deepEqual([code, String(body)], [413, 'enough']);
        const last = steps.at(-1)?.[0] ?? 0;
        assert.ok(last > 0 && last <= 150_000, String(last));
        assertMonotonic(steps, last, steps[0]?.[1]);
      }
    });

    it('downloaded: with and without a known total, into a sink and gathered', async () => {
      const data = 'x'.repeat(200_000);
      const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
      for (const [reply, total] of [
        [ok(data), 200_000],
        [`${chunked}30d40\r\n${data}\r\n0\r\n\r\n`, undefined],
        [{ text: `HTTP/1.1 200 OK\r\n\r\n${data}`, ends: true }, undefined],
      ] as const) {
        for (const sink of [undefined, () => {}]) {
          const steps: Progress[] = [];
          const downloaded = (...step: Progress): number => steps.push(step);
          const { body } = await new Network(() => reply).ask(how, { url, sink, downloaded });
          assert.equal(body.length, sink === undefined ? 200_000 : 0);
          assertMonotonic(steps, 200_000, total);
          assert.ok(steps.length > 1);
        }
      }
    });

    it('downloaded: of a coded body the bytes on the wire, and of no redirect anything', async () => {
      const coded = gzipSync('hello'.repeat(1000)).toString('latin1');
      const network = new Network((_, i) =>
        i === 0 ? ok('nobody', 'Location: /').replace('200', '302') : ok(coded, 'Content-Encoding: gzip'),
      );
      const steps: Progress[] = [];
      const { body } = await network.ask(how, { url, downloaded: (...step) => steps.push(step) });
      assert.equal(body.length, 5000);
      assertMonotonic(steps, coded.length, coded.length);
    });

    it('what is over the limit is refused before it comes, also when it is watched', async () => {
      const says: SlowServer['says'] = () => [[0, 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'], [100, '123456789']]; // biome-ignore format: a dialogue
      const network = new SlowNetwork({ says });
      const error = await errorOf(() => network.ask(how, { url, limit: 8, timeout: 200, downloaded() {} }));
      assert.equal(error.message, 'GET http://h/ (200 OK): the body is longer than 8 bytes');
      assert.equal(network.age, 0);
    });

    it("what the caller's functions throw is the error, and the connection closes", async () => {
      const source = Buffer.alloc(100_000);
      for (const mine of [new Error('mine'), new TimeoutError('ETIMEDOUT', 'of a socket of mine')]) {
        const throwing = (): never => {
          throw mine;
        };
        for (const [name, options] of Object.entries({
          uploaded: { method: 'PUT', source, uploaded: throwing },
          'uploaded, of a source': { method: 'PUT', source: () => source, uploaded: throwing },
          source: { method: 'PUT', source: throwing },
          downloaded: { downloaded: throwing },
          final: { final: throwing },
          informational: { informational: throwing },
          sink: { sink: throwing },
          'sink, later': { sink: how === 'await' ? () => Promise.reject(mine) : throwing },
        } as Record<string, Options>)) {
          const network = new Network(() => `HTTP/1.1 103 Early\r\n\r\n${ok('x'.repeat(100_000))}`, true);
          const thrown = await errorOf(() => network.ask(how, { url, ...options }));
          assert.equal(thrown, mine, name);
          assert.deepEqual([network.opened, network.closed], [1, 1], name);
        }
      }
    });
  });
}
