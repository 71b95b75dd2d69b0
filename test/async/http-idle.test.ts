/** timeouts.idle over real sockets (case 155): whoever stops is left, and whoever is slow is not. */
import assert from 'node:assert/strict';
import { request } from '../../src/entry/http.ts';
import { sleep, TimeoutError } from '../../src/entry/index.ts';
import { source } from '../../src/entry/ltn12.ts';
import { ok } from '../protocol/http/network.ts';
import { assertTook, duration, fails, fault } from '../reliability/harness.ts';
import { serve } from './http-server.ts';

const DATA = Buffer.alloc(20_000_000, 'x');

fault('155: a server that stops reading', {}, async (scope) => {
  const { url } = await serve(scope, () => new Promise(() => {}));
  for (const given of [DATA, source.string(DATA)]) {
    let uploaded = 0;
    const took = await duration(async () => {
      const error = await fails(
        request({
          url,
          method: 'PUT',
          source: given,
          length: given === DATA ? undefined : DATA.length,
          timeouts: { idle: 0.3 },
          uploaded: (bytes) => {
            uploaded = bytes;
          },
        }),
        'ETIMEDOUT',
      );
      assert.ok(error instanceof TimeoutError);
      assert.equal(error.phase, 'sending the request');
      assert.match(error.message, /timeouts\.idle is 0\.3 s/);
    });
    assertTook(took, 0.3, 3);
    assert.ok(uploaded > 0 && uploaded < DATA.length, `${uploaded} bytes`);
  }
});

fault('155: a server that reads slowly, and thinks for long', {}, async (scope) => {
  const { url } = await serve(scope, async ({ client }) => {
    for (let left = 2_000_000; left > 0; left -= 200_000) {
      await sleep(0.05);
      await client.receive(200_000);
    }
    await sleep(0.6);
    await client.send(ok('x'));
  });
  const body = DATA.subarray(0, 2_000_000);
  const { timeline } = await request({ url, method: 'PUT', source: body, timeouts: { idle: 0.4, headers: 10 } });
  assert.ok(timeline.end > 1, `${timeline.end} s`);
});

fault('155: a sink and a source that are slow', {}, async (scope) => {
  const { url } = await serve(scope, async ({ client }) => {
    assert.equal(String(await client.receive(2)), 'ab');
    await client.send(ok('x'.repeat(200_000)));
  });
  const given = ['a', 'b'];
  let size = 0;
  await request({
    url,
    method: 'PUT',
    length: 2,
    source: async () => {
      await sleep(0.2);
      return given.length === 0 ? null : Buffer.from(given.shift() as string);
    },
    sink: async (chunk) => {
      await sleep(0.15);
      size += chunk?.length ?? 0;
    },
    timeouts: { idle: 0.1, headers: 5 },
  });
  assert.equal(size, 200_000);
});
