/** Bodies that nobody wants, of redirects and of replies that are repeated: read where that keeps a connection, in bounds. */
import '../../../core/test-clock.ts';

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UNWANTED_BODY } from '../../../../src/core/limits.ts';
import { errorOf } from '../../../core/scripted-io.ts';
import { Network, ok, type Reply, type Seen, to } from '../network.ts';
import { type Said, SlowNetwork } from '../slow-network.ts';

const url = 'http://h/0';

/** A redirect to the next number, with a body. */
function onwards({ text }: Seen, body: string, ...headers: string[]): string {
  const next = Number(/\/(\d+) /.exec(text)?.[1]) + 1;
  return ok(body, `Location: /${next}`, ...headers).replace('200 OK', '302 Found');
}

for (const how of ['blocking', 'await'] as const) {
  describe(`bodies that nobody wants, ${how}`, () => {
    it('one connection for a whole chain of redirects', async () => {
      const network = new Network((seen, i) => (i < 5 ? onwards(seen, 'x'.repeat(i * 4096)) : ok('there')), true);
      assert.equal(String((await network.ask(how, url)).body), 'there');
      assert.deepEqual([network.opened, network.closed, network.seen.length], [1, 0, 6]);
    });

    it('and for replies that say: not now', async () => {
      const network = new Network((_, i) => (i < 3 ? ok('later').replace('200', '503') : ok('there')), true);
      assert.equal(String((await network.ask(how, { url, retries: 3 })).body), 'there');
      assert.deepEqual([network.opened, network.closed], [1, 0]);
    });

    it('a long one closes it, by its length or by what came', async () => {
      const most = 'x'.repeat(UNWANTED_BODY);
      const chunks = (body: string): string =>
        `HTTP/1.1 302 x\r\nLocation: /1\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
      for (const [reply, opened] of [
        [(seen: Seen) => onwards(seen, most), 1],
        [(seen: Seen) => onwards(seen, `${most}x`), 2],
        [() => chunks(most), 1],
        [() => chunks(`${most}x`), 2],
      ] as const) {
        const network = new Network((seen, i) => (i === 0 ? reply(seen) : ok('there')), true);
        assert.equal(String((await network.ask(how, url)).body), 'there');
        assert.deepEqual([network.opened, network.closed], [opened, opened - 1]);
      }
    });

    it('one that is cut off, or malformed, closes it and harms nobody', async () => {
      const head = 'HTTP/1.1 302 x\r\nLocation: /1\r\n';
      for (const reply of [
        { text: `${head}Content-Length: 5\r\n\r\nx`, ends: true },
        `${head}Transfer-Encoding: chunked\r\n\r\nnonsense\r\n`,
        `${head}Content-Length: 0\r\n\r\nforged`,
      ] as Reply[]) {
        const network = new Network((_, i) => (i === 0 ? reply : ok('there')), true);
        assert.equal(String((await network.ask(how, url)).body), 'there');
        assert.deepEqual([network.opened, network.closed], [2, 1]);
      }
    });

    it('a slow one is given a second', async () => {
      const head = 'HTTP/1.1 302 x\r\nLocation: /1\r\nContent-Length: 5\r\n\r\n';
      for (const [dialogue, opened, seconds] of [
        [[[0, head], [0.9, 'hello']], 1, 0.9], // biome-ignore format: a dialogue
        [[[0, head], [1.1, 'hello']], 2, 1], // biome-ignore format: a dialogue
        [[[0, head], [0.9, 'h'], [0.9, 'ello']], 2, 1], // biome-ignore format: a dialogue
        [[[0, head]], 2, 1],
      ] as [Said[], number, number][]) {
        const network = new SlowNetwork({ says: (i) => (i === 0 ? dialogue : [[0, ok('there')]]) }, 10);
        const { body } = await network.ask(how, { url, timeouts: { idle: 30 } });
        assert.deepEqual([String(body), network.opened, network.age], ['there', opened, seconds]);
      }
    });

    it('but no longer than the call has', async () => {
      const network = new SlowNetwork({ connect: 0.01, says: () => [[0, to(302, '/1').replace('h: 0', 'h: 5')]] }, 10);
      const error = await errorOf(() => network.ask(how, { url, timeout: 0.5 }));
      assert.match(error.message, /the whole call took 0.5 s/);
      assert.equal(network.age, 0.5);
    });

    it('nobody waits for one whose connection closes anyway', async () => {
      for (const fields of ['Connection: close\r\nContent-Length: 5\r\n', '']) {
        const head = `HTTP/1.1 302 x\r\nLocation: /1\r\n${fields}\r\n`;
        const says = (i: number): Said[] => (i === 0 ? [[0, head]] : [[0, ok('there')]]);
        for (const connections of [10, undefined]) {
          const network = new SlowNetwork({ says }, connections);
          await network.ask(how, url);
          assert.deepEqual([network.opened, network.age], [2, 0]);
        }
      }
    });
  });
}
