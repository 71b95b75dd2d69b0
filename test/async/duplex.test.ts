/** What the transport over Node's streams asks of them. */
import assert from 'node:assert/strict';
import { PassThrough, Writable } from 'node:stream';
import { it } from 'node:test';
import { type Client, pipe } from '../../src/entry/index.ts';

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

it('the memory of the caller is copied where the call may end before Node is through with it', async () => {
  for (const [prepare, copied] of [
    [() => {}, false],
    [(client: Client) => client.settimeout(5), true],
    [(client: Client) => client.settimeout(5, 't'), true],
  ] as const) {
    let seen: Buffer | undefined;
    const output = new Writable({
      write(chunk: Buffer, _encoding, done) {
        seen ??= chunk;
        done();
      },
    });
    const client = pipe(null, output);
    prepare(client);
    const data = Buffer.from('abc');
    await client.send(data);
    data.fill(0);
    assert.equal(String(seen), copied ? 'abc' : '\0\0\0');
    client.close();
  }
});
