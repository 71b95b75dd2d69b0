/** What arrives, whatever it is: floods without end, every byte there is, and arguments that no call takes. */
import assert from 'node:assert/strict';
import { connect, LimitError, type Pattern, type TcpClient } from '../../src/entry/index.ts';
import { fails, fault, type Scope } from './harness.ts';
import { drained, linked, rawProcess, wrote } from './raw.ts';

/** A peer that offers a GiB without a line feed, as fast as it is read, and says so when its client is gone. */
const GIB_WITHOUT_LF = `
  const piece = Buffer.alloc(65536, 120);
  let left = 16384;
  const more = () => { while (left-- > 0) if (!peer.write(piece)) return; peer.end(); };
  peer.on('drain', more).on('close', () => said('gone with ' + left)); more();`;

async function flooded(scope: Scope): Promise<{ client: TcpClient; left: () => Promise<number> }> {
  const { child, port } = await rawProcess(scope, GIB_WITHOUT_LF);
  const client = await connect('127.0.0.1', port, { timeout: 10 });
  scope.defer(() => client.close());
  return { client, left: async () => Number((await child.said(/gone with (-?\d+)\n/))[1]) };
}

fault(
  '11: a line without end is refused at its limit, and what came can still be received',
  { memory: true },
  async (scope) => {
    const { client, left } = await flooded(scope);
    for (let i = 0; i < 2; i++) {
      const error = await fails(client.receive(), 'ERR_LIMIT', { reason: 'oversized' });
      assert.ok(error instanceof LimitError);
    }
    await fails(client.receive('*l', { limit: 2_000_000 }), 'ERR_LIMIT');
    await fails(client.receive({ until: '\r\n\r\n' }, { limit: 100 }), 'ERR_LIMIT');
    assert.equal(String(await client.receive(5)), 'xxxxx');
    client.close();
    assert.ok((await left()) > 15_000, 'the peer was not slowed');
  },
);

fault('11: everything, from a peer without end, is refused at its limit', { memory: true }, async (scope) => {
  const { client } = await flooded(scope);
  await fails(client.receive('*a', { limit: 4_194_304 }), 'ERR_LIMIT', { reason: 'oversized' });
});

fault('11: a program that does not receive stops the peer', { memory: true }, async (scope) => {
  const { client, left } = await flooded(scope);
  await client.receive(1);
  // The kernels' buffers fill up; time passes in which nothing more may come.
  let taken = 0;
  for (let i = 0; i < 20; i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    taken += (await client.receive(1)).length;
  }
  assert.equal(taken, 20);
  client.close();
  assert.ok((await left()) > 15_000);
});

fault(
  '11: lines upon lines that nobody keeps: 128 MiB through a small process',
  { memory: true, seconds: 60 },
  async (scope) => {
    const { port } = await rawProcess(
      scope,
      `const lines = Buffer.from(('y'.repeat(1023) + '\\n').repeat(64));
    let left = 2048;
    const more = () => { while (left-- > 0) if (!peer.write(lines)) return; peer.end(); };
    peer.on('drain', more); more();`,
    );
    const client = await connect('127.0.0.1', port, { timeout: 10 });
    scope.defer(() => client.close());
    let count = 0;
    for await (const line of client.lines()) count += line.length === 1023 ? 1 : 0;
    assert.equal(count, 131_072);
  },
);

fault('12: lines with NULs, high bytes, lone CRs and bare LFs', {}, async (scope) => {
  const { client, peer } = await linked(scope);
  peer.end(Buffer.from('a\0b\r\n\x80\xff\r\nc\rd\r\ne\r\r\nf\n\r\n\nrest', 'latin1'));
  const lines: string[] = [];
  for (let i = 0; i < 7; i++) lines.push(await client.receive('*l', { encoding: 'latin1' }));
  // One CR before the LF belongs to the line's end; any other is the line's.
  assert.deepEqual(lines, ['a\0b', '\x80\xff', 'c\rd', 'e\r', 'f', '', '']);
  await fails(client.receive(), 'ERR_CLOSED', { partial: 'rest' });
});

fault('13: every pair of bytes, in every pattern', {}, async (scope) => {
  const pairs = Buffer.alloc(131_072);
  for (let i = 0; i < 65_536; i++) pairs.writeUInt16BE(i, 2 * i);
  const { client, peer } = await linked(scope);
  const echoed = drained(peer);
  await client.send(pairs);
  await client.send('end');
  client.shutdown('send');
  assert.ok((await echoed).subarray(0, -3).equals(pairs));

  const delimiter = Buffer.from('no pair \xff\0\xff\0', 'latin1');
  const rest = Buffer.concat([pairs, delimiter, pairs, pairs]);
  peer.end(rest);
  assert.ok((await client.receive(pairs.length)).equals(pairs));
  assert.ok((await client.receive({ until: delimiter }, { encoding: 'buffer' })).length === 0);
  const first = await client.receive('*l', { encoding: 'buffer' });
  assert.ok(pairs.subarray(0, first.length).equals(first));
  assert.equal(pairs[first.length], 0x0a);
  const all = Buffer.concat([first, Buffer.from('\n'), await client.receive('*a')]);
  assert.ok(all.equals(Buffer.concat([pairs, pairs])));
});

fault('14: a prefix shorter than the count, as long, and longer', {}, async (scope) => {
  const { client, peer } = await linked(scope);
  await wrote(peer, 'defgh');
  assert.equal(String(await client.receive(6, { prefix: 'abc' })), 'abcdef');
  assert.equal(String(await client.receive(3, { prefix: 'abc' })), 'abc');
  assert.equal(String(await client.receive(2, { prefix: 'abc' })), 'abc');
  client.settimeout(0.05);
  await fails(client.receive(9, { prefix: 'abc' }), 'ETIMEDOUT', { partial: 'abcgh' });
  assert.equal(String(await client.receive(2)), 'gh'); // the prefix stays the caller's
});

fault('15: what is no pattern is refused before any I/O', {}, async (scope) => {
  const { client, peer } = await linked(scope);
  await wrote(peer, 'line\n');
  const wrong: unknown[] = [
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    '*x',
    'l',
    '',
    null,
    {},
    [],
    true,
    { until: '' },
    { until: 5 },
  ];
  for (const pattern of wrong) await fails(client.receive(pattern as Pattern), 'ERR_INVALID_ARGUMENT');
  for (const limit of [0, -1, Number.NaN, '5']) {
    await fails(client.receive('*l', { limit: limit as number }), 'ERR_INVALID_ARGUMENT');
  }
  await fails(client.receive('*l', { encoding: 'ebcdic' as 'utf8' }), 'ERR_INVALID_ARGUMENT');
  for (const data of [undefined, null, 5, {}, ['x']]) {
    await fails(client.send(data as unknown as string), 'ERR_INVALID_ARGUMENT');
  }
  await fails(client.send('x', 0.5), 'ERR_INVALID_ARGUMENT');
  await fails(client.send('x', 0, Number.NaN), 'ERR_INVALID_ARGUMENT');
  assert.equal(await client.receive(), 'line');
});

fault('16: parts of data that are negative, reversed and beyond the end', {}, async (scope) => {
  const { client, peer } = await linked(scope);
  assert.equal(await client.send('hello', -3), 3);
  assert.equal(await client.send('hello', 1, -1), 3);
  assert.equal(await client.send('hello', 4, 2), 0);
  assert.equal(await client.send('hello', 99), 0);
  assert.equal(await client.send('hello', -99, 99), 5);
  client.shutdown('send');
  assert.equal(String(await drained(peer)), 'lloellhello');
});
