/** What the transport over Node's streams asks of them. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { it } from 'node:test';
import { pipe } from '../../src/index.ts';

it('a send reads ahead, but not a half that was shut down', async () => {
  for (const [shut, paused] of [
    [false, false],
    [true, true],
  ] as const) {
    const input = new PassThrough();
    const client = pipe(input, new PassThrough().resume());
    if (shut) client.shutdown('receive');
    await client.send('x');
    assert.equal(input.isPaused(), paused);
    client.close();
  }
});
