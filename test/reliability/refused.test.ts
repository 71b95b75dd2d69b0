/** Connections that do not come about: refused, unreachable, dropped, forbidden, out of ports, or never meant. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { bind, connect, type TcpClient, TimeoutError, tcp } from '../../src/entry/index.ts';
import { startNode } from '../peers/tools.ts';
import { apart, assertTook, duration, fails, fault } from './harness.ts';
import { rawServer } from './raw.ts';

/** A port at which nobody listens. */
async function closedPort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

fault('26: a closed port is refused at once', {}, async () => {
  const port = await closedPort();
  const took = await duration(async () => {
    const error = await fails(connect('127.0.0.1', port), 'ECONNREFUSED', { reason: 'connection refused' });
    assert.equal(error.attempts?.length, 1);
    assert.equal(error.attempts?.[0]?.address, `127.0.0.1:${port}`);
    assert.match(error.message, new RegExp(`127.0.0.1:${port}`));
  });
  assertTook(took, 0, 0.5);
  await fails(tcp().connect('127.0.0.1', port), 'ECONNREFUSED');
});

const NETWORK = `
  ip addr add 10.9.0.1/32 dev lo
  ip route add blackhole 10.9.9.0/24
  ip route add unreachable 10.9.8.0/24
  ip route add prohibit 10.9.7.0/24
  nft 'table inet t { chain i { type filter hook input priority 0; ip daddr 10.9.0.1 drop; tcp dport 7002 reject with tcp reset; tcp dport 7003 reject with icmpx type admin-prohibited; }; }'`;

apart('26: dropped, unreachable, prohibited, blackholed, rejected', { network: NETWORK, tools: ['nft'] }, async () => {
  const took = await duration(async () => {
    const error = await fails(connect('10.9.0.1', 7, { timeout: 0.3 }), 'ETIMEDOUT', { reason: 'timeout' });
    assert.ok(error instanceof TimeoutError);
    assert.equal(error.attempts?.[0]?.code, 'ETIMEDOUT');
  });
  assertTook(took, 0.3);
  const master = tcp();
  master.settimeout(0.2);
  await fails(master.connect('10.9.0.1', 7), 'ETIMEDOUT');
  await fails(connect('10.9.8.1', 7), 'EHOSTUNREACH', { reason: 'No route to host' });
  await fails(connect('192.0.2.1', 7), 'ENETUNREACH', { reason: 'Network is unreachable' });
  await fails(connect('10.9.7.1', 7), 'EACCES', { reason: 'permission denied' });
  await fails(connect('10.9.9.1', 7), 'EINVAL', { reason: 'Invalid argument' });
  await fails(connect('127.0.0.1', 7002), 'ECONNREFUSED');
  // How the system tells "administratively prohibited" (ICMP type 3, code 13) is its own business: typed, and at once.
  await fails(connect('127.0.0.1', 7003, { timeout: 10 }), 'EHOSTUNREACH');
});

apart('21: a close ends a connect that nobody answers', { network: NETWORK, tools: ['nft'] }, async () => {
  const master = tcp();
  const connecting = fails(master.connect('10.9.0.1', 7), 'ERR_CLOSED', { reason: 'closed' });
  await new Promise((resolve) => setImmediate(resolve)); // it is under way
  const took = await duration(() => {
    master.close();
    return connecting;
  });
  assertTook(took, 0, 0.25);
});

apart('23: a connect that nobody answers is aborted', { network: NETWORK, tools: ['nft'] }, async () => {
  const abort = new AbortController();
  const connecting = fails(connect('10.9.0.1', 7, { signal: abort.signal }), 'ABORT_ERR', { reason: 'aborted' });
  await new Promise((resolve) => setImmediate(resolve));
  abort.abort();
  await connecting;
  const bound = tcp();
  await bound.bind('127.0.0.1', 0);
  bound.settimeout(0.1);
  await fails(bound.connect('10.9.0.1', 7), 'ETIMEDOUT');
});

fault('27: a full backlog is a timeout', {}, async (scope) => {
  // A listening process that is stopped accepts nothing; its queue of two (backlog + 1) is the kernel's.
  const child = startNode(
    scope,
    "const s = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log('port ' + s.address().port + '.'));",
  );
  const port = Number((await child.said(/port (\d+)\./))[1]);
  child.signal('SIGSTOP');
  let failure: unknown;
  for (let i = 0; failure === undefined && i < 10; i++) {
    const client = await connect('127.0.0.1', port, { timeout: 0.4 }).catch((error: unknown) => {
      failure = error;
    });
    if (client) scope.defer(() => client.close());
  }
  assert.ok(failure instanceof TimeoutError, String(failure));
});

fault('28: ports and hosts that are none are refused before any I/O', { lookupsMayStay: true }, async () => {
  for (const port of [0, 65_536, -1, 1.5, Number.NaN, 'http', '80', undefined, null]) {
    await fails(connect('127.0.0.1', port as number), 'ERR_INVALID_ARGUMENT');
    await fails(tcp().connect('127.0.0.1', port as number), 'ERR_INVALID_ARGUMENT');
    if (port !== 0) await fails(bind('127.0.0.1', port as number), 'ERR_INVALID_ARGUMENT');
  }
  for (const host of ['', 'a\0b', 'a b', ' ', 'a\nb', 'x'.repeat(300), '[]', undefined, null, 5]) {
    await fails(connect(host as string, 80), 'ERR_INVALID_ARGUMENT');
    await fails(bind(host as string, 0), 'ERR_INVALID_ARGUMENT');
  }
  await fails(connect('127.0.0.1', 80, { family: 'inet5' as 'inet' }), 'ERR_INVALID_ARGUMENT');
  await fails(bind('127.0.0.1', 0, { backlog: -1 }), 'ERR_INVALID_ARGUMENT');
});

fault('28: addresses in forms of old and with zones', {}, async (scope) => {
  const { port } = await rawServer(scope);
  const six = await rawServer(scope, undefined, { host: '::1', port: 0 });
  const reached = async (host: string, at: number, address: string): Promise<void> => {
    const client = await connect(host, at, { timeout: 5 });
    assert.equal(client.getpeername().address, address);
    client.close();
  };
  await reached('127.0.0.1', port, '127.0.0.1');
  for (const host of ['0x7f.1', '127.1']) await fails(connect(host, port), 'ERR_INVALID_ARGUMENT'); // inet_aton(3)
  await reached('[::1]', six.port, '::1');
  await reached('::1%lo', six.port, '::1');
  await fails(connect('fe80::1', 9, { timeout: 5 }), 'ERR_INVALID_ARGUMENT'); // a link-local address names its link
  await fails(connect('fe80::1%nolink', 9, { timeout: 5 }), 'ENODEV', { reason: 'No such device' });
});

const ONE_PORT = 'echo "40000 40000" > /proc/sys/net/ipv4/ip_local_port_range';

apart('29: a socket that would reach itself reaches nobody', { network: ONE_PORT }, async () => {
  // The only port that the system can choose for the client is the one that it connects to (RFC 9293, section 3.5).
  await fails(connect('127.0.0.1', 40_000, { timeout: 5 }), 'ECONNREFUSED', { reason: 'connection refused' });
});

const TEN_PORTS = 'echo "40000 40009" > /proc/sys/net/ipv4/ip_local_port_range';

apart('30: more connections than ports: typed, and better after closes', { network: TEN_PORTS }, async (scope) => {
  const { port } = await rawServer(scope, () => {}, { host: '127.0.0.1', port: 7000 });
  const clients: TcpClient[] = [];
  scope.defer(() => {
    for (const client of clients) client.close();
  });
  for (let i = 0; i < 10; i++) clients.push(await connect('127.0.0.1', port, { timeout: 5 }));
  await fails(connect('127.0.0.1', port, { timeout: 5 }), 'EADDRNOTAVAIL');
  for (const client of clients.splice(0)) {
    client.setoption('linger', { on: true, timeout: 0 }); // no TIME_WAIT keeps the port
    client.close();
  }
  for (let i = 0; i < 10; i++) {
    const client = await connect('127.0.0.1', port, { timeout: 5 });
    clients.push(client);
  }
});

fault('31: addresses in use, and of others', {}, async (scope) => {
  const server = await bind('127.0.0.1', 0);
  scope.defer(() => server.close());
  const { port } = server.getsockname();
  await fails(bind('127.0.0.1', port), 'EADDRINUSE', { reason: 'address already in use' });
  await fails(bind('192.0.2.1', 0), 'EADDRNOTAVAIL');
  await fails(connect('127.0.0.1', port, { localHost: '192.0.2.1' }), 'EADDRNOTAVAIL');
  const client = await connect('127.0.0.1', port, { localHost: '127.0.0.1' });
  scope.defer(() => client.close());
  await fails(connect('127.0.0.1', port, { localPort: client.getsockname().port, timeout: 5 }), 'EADDRINUSE').catch(
    () => fails(connect('127.0.0.1', port, { localPort: client.getsockname().port, timeout: 5 }), 'EADDRNOTAVAIL'),
  );
});

const MAY_NOT = ['setpriv', '--bounding-set=-net_bind_service'];
const PRIVILEGED = 'echo 1024 > /proc/sys/net/ipv4/ip_unprivileged_port_start';

apart(
  '31: a privileged port, for one who may not',
  { network: PRIVILEGED, through: MAY_NOT, tools: ['setpriv'] },
  async () => {
    const error = await fails(bind('127.0.0.1', 80), 'EACCES', { reason: 'permission denied' });
    assert.match(error.message, /127.0.0.1:80/);
  },
);
