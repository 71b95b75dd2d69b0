/** Hosts with several addresses of which some are dead (RFC 8305), named by a hosts file of the test's own. */
import assert from 'node:assert/strict';
import * as blocking from '../../src/entry/blocking.ts';
import * as awaiting from '../../src/entry/index.ts';
import { eventually } from '../peers/tools.ts';
import { apart, assertTook, duration, fails, type Scope } from './harness.ts';
import { ownNames } from './names.ts';
import { rawServer } from './raw.ts';

const HOSTS = `
2001:db8:dead::1 sixdead.test
10.9.0.4 sixdead.test
2001:db8:1::1 fourdead.test
10.9.0.1 fourdead.test
2001:db8:dead::1 manydead.test
2001:db8:dead::2 manydead.test
2001:db8:dead::3 manydead.test
2001:db8:dead::4 manydead.test
10.9.0.4 manydead.test
2001:db8:dead::1 alldead.test
10.9.0.1 alldead.test
2001:db8:1::1 both.test
10.9.0.4 both.test`;

const NETWORK = `
  for a in 10.9.0.1 10.9.0.4; do ip addr add $a/32 dev lo; done
  for a in dead::1 dead::2 dead::3 dead::4 1::1; do ip -6 addr add 2001:db8:$a/128 dev lo nodad; done
  nft 'table inet t { chain i { type filter hook input priority 0; ip6 daddr 2001:db8:dead::/48 drop; ip daddr 10.9.0.1 drop; }; }'
  ${ownNames(HOSTS)}`;

const RULES = { network: NETWORK, tools: ['nft'] } as const;

type Connect = (...args: Parameters<typeof awaiting.connect>) => Promise<awaiting.TcpClient | blocking.TcpClient>;

/** The kernel completes connections by itself, so that even a server in the same thread does for a call that blocks. */
const FACES: Readonly<Record<string, Connect>> = {
  await: awaiting.connect,
  blocking: async (...args) => blocking.connect(...args),
};

async function everywhere(scope: Scope): Promise<number> {
  const { port } = await rawServer(scope, () => {}, { host: '::', port: 0 });
  return port;
}

/** Connects, and tells who answered; nobody has to wait for a dead address longer than the delay between attempts. */
async function reached(connect: Connect, host: string, port: number): Promise<string> {
  let address = '';
  const took = await duration(async () => {
    const client = await connect(host, port, { timeout: 10 });
    ({ address } = client.getpeername());
    client.close();
  });
  // A quarter of a second, and what a busy machine adds; the dead addresses alone would take all ten.
  assertTook(took, 0, 0.9);
  return address;
}

for (const [face, connect] of Object.entries(FACES)) {
  apart(`68, ${face}: IPv6 is dead and IPv4 lives, and the other way round`, RULES, async (scope) => {
    const port = await everywhere(scope);
    assert.equal(await reached(connect, 'sixdead.test', port), '10.9.0.4');
    assert.equal(await reached(connect, 'fourdead.test', port), '2001:db8:1::1');
  });

  apart(
    `68, ${face}: the families take turns, so four dead IPv6 addresses cost no more than one`,
    RULES,
    async (scope) => {
      const port = await everywhere(scope);
      assert.equal(await reached(connect, 'manydead.test', port), '10.9.0.4');
    },
  );

  apart(`68, ${face}: everything is dead: the timeout is kept, and every attempt told`, RULES, async (scope) => {
    const port = await everywhere(scope);
    const took = await duration(async () => {
      const { attempts } = await fails(connect('alldead.test', port, { timeout: 0.6 }), 'ETIMEDOUT');
      assert.deepEqual(attempts?.map(({ address, code }) => `${address} ${code}`).sort(), [
        `10.9.0.1:${port} ETIMEDOUT`,
        `[2001:db8:dead::1]:${port} ETIMEDOUT`,
      ]);
    });
    assertTook(took, 0.6);
  });

  apart(`68, ${face}: both refuse: one error lists both`, RULES, async () => {
    const error = await fails(connect('both.test', 7, { timeout: 10 }), 'ECONNREFUSED', {
      reason: 'connection refused',
    });
    const tried = error.attempts?.map(({ address, code }) => `${address} ${code}`).sort();
    assert.deepEqual(tried, ['10.9.0.4:7 ECONNREFUSED', '[2001:db8:1::1]:7 ECONNREFUSED']);
  });

  apart(`68, ${face}: the family that was asked for is the only one`, RULES, async (scope) => {
    const port = await everywhere(scope);
    await fails(connect('sixdead.test', port, { family: 'inet6', timeout: 0.4 }), 'ETIMEDOUT');
    const client = await connect('both.test', port, { family: 'inet', timeout: 5 });
    assert.equal(client.getpeername().address.replace('::ffff:', ''), '10.9.0.4');
    client.close();
  });

  apart(`68, ${face}: the losers are closed: the server is left with one connection`, RULES, async (scope) => {
    const arrived: string[] = [];
    const { port, server } = await rawServer(scope, (peer) => arrived.push(peer.remoteAddress ?? ''), {
      host: '::',
      port: 0,
    });
    const client = await connect('sixdead.test', port, { timeout: 10 });
    scope.defer(() => client.close());
    await client.send('x');
    await eventually('the server to know', () => arrived.length > 0);
    const open = await new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
    assert.equal(open, 1, arrived.join());
  });
}
