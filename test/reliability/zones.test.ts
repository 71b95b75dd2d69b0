/** Links by name and by index, of a machine with two of them, in both faces: RFC 4007, section 11.2. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as blocking from '../../src/entry/blocking.ts';
import * as waiting from '../../src/entry/index.ts';
import { eventually } from '../peers/tools.ts';
import { apart, fails, type Scope } from './harness.ts';

/** Two pairs of links, with an IPv4 address on the first ones; that of the second one has a name which Node's zones do not take. */
const LINKS = `
  sysctl -q -w net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
  ip link add one type veth peer name one-peer
  ip link add two_b type veth peer name two-peer
  for link in one one-peer two_b two-peer; do ip link set $link up; done
  ip addr add 10.9.1.1/24 dev one
  ip addr add 10.9.2.1/24 dev two_b`;

interface Link {
  readonly name: string;
  readonly index: number;
  readonly address: string;
}

/** The links and their link-local addresses, once they can be used (RFC 4862, section 5.4). */
async function links(): Promise<(name: string) => Link> {
  const list = (): Link[] =>
    readFileSync('/proc/self/net/if_inet6', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('fe80') && !/ [c4]0 +\S+$/.test(line))
      .map((line) => {
        const [bits = '', index = ''] = line.split(' ');
        const address = (bits.match(/.{4}/g) as string[])
          .map((group) => Number.parseInt(group, 16).toString(16))
          .join(':');
        return { name: line.split(' ').pop() as string, index: Number.parseInt(index, 16), address };
      });
  await eventually('the addresses', () => list().length === 4);
  return (name) => list().find((link) => link.name === name) as Link;
}

/** The links on which a group has members. */
function joined(group: string): string[] {
  const file = group.includes('.') ? '/proc/self/net/igmp' : '/proc/self/net/igmp6';
  const found: string[] = [];
  let link = '';
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const device = /^\d+\t(\S+)/.exec(line)?.[1];
    if (device !== undefined) link = device;
    const six = /^\d+ +(\S+) +([\da-f]{32}) /.exec(line);
    if (six?.[2]?.endsWith('00000077') && !group.includes('.')) found.push(six[1] as string);
    if (line.includes('4D0000EF') && group.includes('.')) found.push(link);
  }
  return found;
}

/** A server on a link, by the zones that name it; what connects is where it says. */
async function reaches(face: typeof waiting, scope: Scope, { address, name }: Link, zone: string): Promise<void> {
  const server = await face.bind(`${address}%${zone}`, 0);
  scope.defer(() => server.close());
  const { port } = server.getsockname();
  const client = await face.connect(`${address}%${zone}`, port, { timeout: 5 });
  scope.defer(() => client.close());
  assert.match(client.getpeername().address, new RegExp(`^fe80::.*%${name}$`));
  const here = face.udp();
  scope.defer(() => here.close());
  await here.setsockname(`${address}%${zone}`, 0);
  const there = face.udp();
  scope.defer(() => there.close());
  here.settimeout(5);
  await there.sendto('to', `${address}%${zone}`, here.getsockname().port);
  assert.equal(String(await here.receive()), 'to');
}

for (const [name, face] of [
  ['await', waiting],
  ['blocking', blocking as unknown as typeof waiting],
] as const) {
  apart(`28: the ${name} face uses the link that a zone names, or an index`, { network: LINKS }, async (scope) => {
    const link = await links();
    const one = link('one');
    for (const zone of ['one', String(one.index)]) await reaches(face, scope, one, zone);
    const two = link('two_b');
    for (const zone of ['two_b', String(two.index)]) {
      if (face === waiting) await fails(face.connect(`${two.address}%${zone}`, 9), 'ERR_UNSUPPORTED');
      else await reaches(face, scope, two, zone);
    }
    const socket = face.udp6();
    scope.defer(() => socket.close());
    for (const zone of ['nolink', '99'])
      await fails((async () => await socket.sendto('x', `ff02::77%${zone}`, 9))(), 'ENODEV');
  });

  apart(
    `58: the ${name} face joins a group on the link that is named, by name or index`,
    { network: LINKS },
    async (scope) => {
      const link = await links();
      for (const name of ['one', 'two_b']) {
        const { index } = link(name);
        for (const bound of [true, false]) {
          for (const via of [index, name, `::%${name}`, `::%${index}`]) {
            const socket = face.udp6();
            scope.defer(() => socket.close());
            if (bound) await socket.setsockname('::', 0);
            socket.setoption('ipv6-add-membership', { multiaddr: 'ff02::77', interface: via });
            if (!bound) await socket.setsockname('::', 0);
            assert.deepEqual(joined('ff02::77'), [name], String(via));
            socket.setoption('ipv6-drop-membership', { multiaddr: 'ff02::77', interface: via });
            assert.deepEqual(joined('ff02::77'), [], String(via));
          }
          const socket = face.udp4();
          scope.defer(() => socket.close());
          if (bound) await socket.setsockname('*', 0);
          socket.setoption('ip-add-membership', { multiaddr: '239.0.0.77', interface: index });
          if (!bound) await socket.setsockname('*', 0);
          assert.deepEqual(joined('239.0.0.77'), [name]);
          socket.setoption('ip-drop-membership', { multiaddr: '239.0.0.77', interface: index });
          assert.deepEqual(joined('239.0.0.77'), []);
        }
      }
      const socket = face.udp6();
      scope.defer(() => socket.close());
      for (const via of ['nolink', '::%99', 99])
        assert.throws(() => socket.setoption('ipv6-add-membership', { multiaddr: 'ff02::77', interface: via }), {
          code: 'ENODEV',
        });
    },
  );
}
