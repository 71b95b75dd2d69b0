/** Peers that are slow, silent or greedy: drips, full windows, half closes. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect, TimeoutError } from '../../src/entry/index.ts';
import { eventually } from '../peers/tools.ts';
import { assertTook, duration, fails, fault } from './harness.ts';
import { drained, linked, rawProcess, wrote } from './raw.ts';

const MIB = 1_048_576;

/** Writes one byte after the other; stops when the peer is gone. */
function drip(peer: Socket, text: string, milliseconds: number): void {
  let at = 0;
  const timer = setInterval(() => {
    if (at < text.length && !peer.destroyed) peer.write(text[at++] as string);
    else clearInterval(timer);
  }, milliseconds);
  peer.once('close', () => clearInterval(timer));
}

fault('6: a line of 300 bytes, a byte every few milliseconds: whole, and the processor rests', {}, async (scope) => {
  // The drip is another process's, since this one's time is measured.
  const { port } = await rawProcess(
    scope,
    "let left = 300; const drip = setInterval(() => peer.write(left-- > 0 ? 'x' : '\\n') && left < 0 && clearInterval(drip), 8);",
  );
  const client = await connect('127.0.0.1', port, { timeout: 10 });
  scope.defer(() => client.close());
  const used = process.cpuUsage();
  const start = performance.now();
  assert.equal(await client.receive(), 'x'.repeat(300));
  const elapsed = (performance.now() - start) * 1000;
  const { user, system } = process.cpuUsage(used);
  assert.ok(user + system < elapsed / 4, `${user + system} of ${elapsed} microseconds`);
});

fault('7: bytes that come in time never end a block timeout, and end a total one', {}, async (scope) => {
  const { client, peer } = await linked(scope);
  drip(peer, `${'x'.repeat(15)}\n${'y'.repeat(200)}`, 100);
  client.settimeout(1, 'b');
  assert.equal(await client.receive(), 'x'.repeat(15)); // 1.6 seconds for the line, and never 1 without a byte
  client.settimeout(0.5, 't');
  assertTook(await duration(() => fails(client.receive(), 'ETIMEDOUT', { reason: 'timeout' })), 0.5);
});

fault('8: half a close by us: the peer sees the end, and we receive 10 MiB', {}, async (scope) => {
  const { client, peer } = await linked(scope);
  await client.send('last');
  client.shutdown('send');
  assert.equal(String(await drained(peer)), 'last');
  peer.end(Buffer.alloc(10 * MIB, 8));
  const all = await client.receive('*a');
  assert.equal(all.length, 10 * MIB);
  await fails(client.send('more'), 'EPIPE', { reason: 'closed', sent: 0 });
});

fault('9: half a close by the peer: we send 10 MiB, and meet the end when we receive', {}, async (scope) => {
  const { client, peer } = await linked(scope);
  peer.end();
  await fails(client.receive(), 'ERR_CLOSED', { partial: '' });
  const received = drained(peer);
  assert.equal(await client.send(Buffer.alloc(10 * MIB, 9)), 10 * MIB);
  client.shutdown('send');
  assert.equal((await received).length, 10 * MIB);
});

fault('10: data after the receiving half was ended here: no crash, no spin', {}, async (scope) => {
  const { client, peer } = await linked(scope);
  await wrote(peer, 'before');
  client.shutdown('receive');
  peer.write(Buffer.alloc(MIB));
  const used = process.cpuUsage();
  await fails(client.receive(), 'ERR_CLOSED');
  assert.equal(await client.send('still'), 5);
  const [data] = (await once(peer.resume(), 'data')) as [Buffer];
  assert.equal(String(data), 'still');
  // A quarter of a second of waiting for nothing has to cost nearly nothing.
  client.settimeout(0.25);
  await new Promise((resolve) => setTimeout(resolve, 250));
  const { user, system } = process.cpuUsage(used);
  assert.ok(user + system < 200_000, `${user + system} microseconds`);
});

fault(
  '17: a send to a peer that reads nothing times out, in time and with a count',
  { memory: true },
  async (scope) => {
    const { client, peer } = await linked(scope);
    const data = Buffer.alloc(32 * MIB);
    for (let i = 0; i < data.length; i += 4) data.writeUInt32LE(i, i);
    for (const mode of ['b', 't'] as const) {
      client.settimeout(null, 'b');
      client.settimeout(1, mode);
      let error: unknown;
      const took = await duration(() => client.send(data).catch((reason: unknown) => (error = reason)));
      assert.ok(error instanceof TimeoutError, String(error));
      assertTook(took, 1, 0.9); // and not twice, once for what is queued and once for the next
      if (mode === 't') continue;
      // What was counted comes, then what was on its way, which is less than a slice, and then the next send.
      const sent = error.sent as number;
      assert.ok(sent > 0 && sent < data.length);
      const received = takeAndCompare(peer, data, sent);
      client.settimeout(10);
      await client.send('next');
      const { more } = await received;
      assert.ok(more < 65_536, `${more} bytes`);
      peer.pause();
    }
  },
);

/** Reads `count` bytes or more, which have to be those of `data`, up to the word `next`; how many more they were. */
async function takeAndCompare(peer: Socket, data: Buffer, count: number): Promise<{ more: number }> {
  let at = 0;
  await new Promise<void>((resolve) => {
    const onData = (chunk: Buffer): void => {
      const ends = at + chunk.length >= count && chunk.subarray(-4).equals(Buffer.from('next'));
      const mine = ends ? chunk.subarray(0, -4) : chunk;
      assert.ok(mine.equals(data.subarray(at, at + mine.length)), `other bytes from ${at} on`);
      at += mine.length;
      if (!ends) return;
      peer.off('data', onData).pause();
      resolve();
    };
    peer.on('data', onData).resume();
  });
  return { more: at - count };
}

fault('17: an aborted send counts what was taken', {}, async (scope) => {
  const { client, peer } = await linked(scope);
  const data = Buffer.alloc(32 * MIB, 1);
  const abort = new AbortController();
  const sending = client.send(data, undefined, undefined, { signal: abort.signal });
  await eventually('a full window', () => client.getstats().sent > 0);
  abort.abort();
  const { sent } = await fails(sending, 'ABORT_ERR');
  const received = drained(peer);
  client.close();
  assert.equal((await received).length, sent);
});

fault('19: 32 MiB each way at once, both windows full: no deadlock', { seconds: 60 }, async (scope) => {
  const size = 32 * MIB;
  // The peer sends all of its own before it reads a byte, as a naive program does.
  const { port } = await rawProcess(
    scope,
    `let got = 0;
    peer.pause().write(Buffer.alloc(${size}, 1), () => peer.on('data', (chunk) => (got += chunk.length) === ${size} && peer.end('done')).resume());`,
  );
  const client = await connect('127.0.0.1', port, { timeout: 10 });
  scope.defer(() => client.close());
  const sending = client.send(Buffer.alloc(size, 2));
  for (let left = size; left > 0; left -= MIB) assert.equal((await client.receive(MIB)).length, MIB);
  assert.equal(await sending, size);
  assert.equal(String(await client.receive('*a')), 'done');
});

fault(
  '36: a peer with a tiny window that reads byte by byte: progress, and no spin',
  { seconds: 40 },
  async (scope) => {
    const { port } = await rawProcess(
      scope,
      `peer.pause(); let got = 0;
    const step = setInterval(() => { const piece = peer.read(2048) ?? peer.read(); if (piece) got += piece.length; if (got === 524288) { clearInterval(step); peer.end('' + got); } }, 2);`,
    );
    const client = await connect('127.0.0.1', port, { timeout: 10 });
    scope.defer(() => client.close());
    client.setoption('tcp-nodelay', true);
    const used = process.cpuUsage();
    const start = performance.now();
    // Sends of a byte to 8 KiB, each with a deadline, so each is copied and waited for.
    client.settimeout(10);
    let sent = 0;
    for (let size = 1; sent < 524_288; size = (size * 7) % 8191) {
      sent += await client.send(Buffer.alloc(Math.min(size, 524_288 - sent), 3));
    }
    assert.equal(String(await client.receive('*a')), '524288');
    const elapsed = (performance.now() - start) * 1000;
    const { user, system } = process.cpuUsage(used);
    assert.ok(user + system < elapsed / 2 + 200_000, `${user + system} of ${elapsed} microseconds`);
  },
);
