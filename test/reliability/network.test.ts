/** A network that loses packets, is cut and healed, or whose connections the administrator kills. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { bind, ClosedError, connect, type TcpClient } from '../../src/entry/index.ts';
import { eventually } from '../peers/tools.ts';
import { apart, fails, type Scope } from './harness.ts';

/** Runs a program of the administrator's inside the namespace. */
function admin(command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  assert.equal(status, 0, `${command}: ${stderr}`);
  return stdout;
}

async function linkedHere(scope: Scope): Promise<{ here: TcpClient; there: TcpClient; port: number }> {
  const server = await bind('127.0.0.1', 0);
  const { port } = server.getsockname();
  const here = await connect('127.0.0.1', port);
  const there = await server.accept();
  scope.defer(() => here.close());
  scope.defer(() => there.close());
  server.close();
  return { here, there, port };
}

function pattern(length: number): Buffer {
  const data = Buffer.alloc(length);
  for (let i = 0; i + 4 <= length; i += 4) data.writeUInt32LE((i * 2_654_435_761) >>> 0, i);
  return data;
}

apart('38: a connection that ss -K kills', { network: ':', tools: ['ss'] }, async (scope) => {
  const { here, there, port } = await linkedHere(scope);
  await there.send('half');
  const line = here.receive();
  await eventually('half a line', () => here.dirty());
  admin('ss', '-K', 'dst', '127.0.0.1', 'dport', '=', String(port));
  const error = await fails(line, 'ECONNABORTED', { reason: 'closed', partial: 'half' });
  assert.ok(error instanceof ClosedError);
  await fails(here.send('x'), 'EPIPE', { reason: 'closed' }).catch(() => fails(here.send('x'), 'ECONNABORTED'));
});

// Short retransmission timeouts, so that what takes a real network seconds takes tenths here.
const QUICK = 'ip route replace local 127.0.0.0/8 dev lo table local src 127.0.0.1 rto_min 20ms';
const TABLE = 'nft add table inet t; nft "add chain inet t i { type filter hook input priority 0; }"';

apart(
  '48: a partition that heals: the transfer goes on',
  { network: `${QUICK}; ${TABLE}`, tools: ['nft'], seconds: 30 },
  async (scope) => {
    const { here, there } = await linkedHere(scope);
    const data = pattern(8 * 1_048_576);
    const sending = here.send(data);
    const first = await there.receive(1_048_576);
    admin('nft', 'add', 'rule', 'inet', 't', 'i', 'drop');
    there.settimeout(0.5);
    const { partial } = await fails(there.receive(data.length - first.length), 'ETIMEDOUT', { reason: 'timeout' });
    assert.ok(partial !== undefined && partial.length < data.length - first.length, 'the partition did not cut');
    admin('nft', 'flush', 'chain', 'inet', 't', 'i');
    there.settimeout(20);
    const rest = await there.receive(data.length - first.length);
    assert.ok(Buffer.concat([first, rest]).equals(data));
    assert.equal(await sending, data.length);
  },
);

apart('48: a partition that stays: the send ends by its timeout', { network: TABLE, tools: ['nft'] }, async (scope) => {
  const { here } = await linkedHere(scope);
  admin('nft', 'add', 'rule', 'inet', 't', 'i', 'drop');
  here.settimeout(0.5);
  const { sent } = await fails(here.send(Buffer.alloc(64 * 1_048_576)), 'ETIMEDOUT');
  assert.ok((sent ?? 0) < 64 * 1_048_576);
  await fails(here.receive(), 'ETIMEDOUT', { partial: '' });
  here.setoption('linger', { on: true, timeout: 0 }); // or its close would go on sending for half a minute
});

const LOSSY = `${QUICK}; ip link set lo mtu 1500; ${TABLE}
  nft add rule inet t i meta length gt 200 numgen random mod 100 lt 20 drop`;

apart(
  '49: a fifth of all packets is lost: 1 MiB each way arrives as it was',
  { network: LOSSY, tools: ['nft'], seconds: 60 },
  async (scope) => {
    const { here, there } = await linkedHere(scope);
    const data = pattern(1_048_576);
    const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
    for (const client of [here, there]) client.settimeout(50, 't');
    const sending = [here.send(data), there.send(data)];
    const got = await Promise.all([here.receive(data.length), there.receive(data.length)]);
    await Promise.all(sending);
    for (const bytes of got) assert.equal(digest(bytes), digest(data));
  },
);
