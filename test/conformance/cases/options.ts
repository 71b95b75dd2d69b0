/** Options by LuaSocket's names. What a face cannot do is in limits.ts: the cases say what the option should do. */
import assert from 'node:assert/strict';
import type { OptionName, OptionValues } from '../../../src/entry/index.ts';
import { type Case, closes, fails, timesOut } from '../support.ts';

/** Options of a connected TCP socket that are read back as they were set. */
const TCP: Partial<OptionValues> = {
  keepalive: true,
  'tcp-nodelay': true,
  'tcp-keepidle': 77,
  'tcp-keepcnt': 5,
  'tcp-keepintvl': 9,
  reuseaddr: true,
  reuseport: true,
};

/** Options of a UDP socket before it is bound. */
const UDP: Partial<OptionValues> = {
  broadcast: true,
  reuseaddr: true,
  dontroute: true,
  'ip-multicast-loop': false,
  'ip-multicast-ttl': 3,
  'ip-multicast-if': '127.0.0.1',
};

/** Options that can be set and not read, on a connected socket. */
const TCP_SET: Partial<OptionValues> = { 'tcp-defer-accept': 1, 'tcp-fastopen': 1, 'tcp-fastopen-connect': 1 };

const entries = Object.entries as (options: Partial<OptionValues>) => [OptionName, never][];

export const cases: readonly Case[] = [
  ...entries(TCP).map(
    ([name, value]): Case => ({
      name: `options: ${name} of a TCP client`,
      async run(face, peer) {
        using client = await peer.talk(face, { do: 'echo' });
        client.setoption(name, value);
        assert.deepEqual(client.getoption(name), value);
        await client.send('works\n');
        assert.equal(await client.receive(), 'works');
      },
    }),
  ),

  ...entries(TCP_SET).map(
    ([name, value]): Case => ({
      name: `options: ${name} can be set`,
      async run(face, peer) {
        const server = face.tcp4();
        server.setoption(name, value);
        (await server.listen()).close();
        const master = face.tcp4();
        master.setoption(name, value);
        (await master.connect('127.0.0.1', peer.port)).close();
      },
    }),
  ),

  ...(['recv-buffer-size', 'send-buffer-size'] as const).map(
    (name): Case => ({
      name: `options: ${name} of a TCP client`,
      async run(face, peer) {
        using client = await peer.talk(face, { do: 'echo' });
        client.setoption(name, 30_000);
        const size = client.getoption(name);
        assert.ok(size === 30_000 || size === 60_000, String(size)); // Linux tells what it uses, the double
      },
    }),
  ),

  {
    name: 'options: reuseaddr of a TCP server',
    async run(face) {
      using server = await face.bind('127.0.0.1', 0);
      assert.equal(server.getoption('reuseaddr'), true);
      server.setoption('keepalive', true);
    },
  },

  {
    name: 'options: binding without reuseaddr',
    async run(face) {
      (await face.bind('127.0.0.1', 0, { reuseaddr: false })).close();
    },
  },

  {
    name: 'options: defaults of a TCP client',
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'echo' });
      assert.equal(client.getoption('keepalive'), false);
      assert.equal(client.getoption('tcp-nodelay'), false);
      assert.deepEqual(client.getoption('linger'), { on: false, timeout: 0 });
      assert.equal(client.getoption('error'), undefined);
    },
  },

  {
    name: 'options: booleans go off again',
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'echo' });
      for (const name of ['keepalive', 'tcp-nodelay'] as const) {
        client.setoption(name, true);
        client.setoption(name, false);
        assert.equal(client.getoption(name), false);
      }
    },
  },

  {
    name: 'options: linger without time closes by a reset',
    async run(face, peer) {
      const name = peer.name();
      const client = await peer.talk(
        face,
        { do: 'send', bytes: 'x' },
        { do: 'receiveAll' },
        { do: 'report', as: name },
      );
      await client.receive(1); // Node's peer takes a reset that comes with unread bytes for an end
      client.setoption('linger', { on: true, timeout: 0 });
      assert.deepEqual(client.getoption('linger'), { on: true, timeout: 0 });
      client.close();
      assert.equal((await peer.report(face, name)).error, 'ECONNRESET');
    },
  },

  {
    name: 'options: linger off closes by the end',
    async run(face, peer) {
      const name = peer.name();
      const client = await peer.talk(face, { do: 'receiveAll' }, { do: 'report', as: name });
      client.setoption('linger', { on: true, timeout: 0 });
      client.setoption('linger', { on: false, timeout: 0 });
      client.close();
      const { ended, error } = await peer.report(face, name);
      assert.deepEqual([ended, error], [true, null]);
    },
  },

  {
    name: 'options: linger with time',
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'echo' });
      client.setoption('linger', { on: true, timeout: 2 });
      assert.deepEqual(client.getoption('linger'), { on: true, timeout: 2 });
    },
  },

  {
    name: 'options: bindtodevice of a TCP client',
    async run(face, peer) {
      const master = face.tcp4();
      master.setoption('bindtodevice', 'lo');
      using client = await master.connect('127.0.0.1', peer.port);
      assert.equal(client.getoption('bindtodevice'), 'lo');
      const other = face.tcp4();
      await fails(face, 'ENODEV', async () => {
        other.setoption('bindtodevice', 'no-such-one');
        await other.connect('127.0.0.1', peer.port);
      });
    },
  },

  {
    name: 'options: tcp-defer-accept keeps back who says nothing',
    async run(face, peer) {
      const master = face.tcp4();
      master.setoption('tcp-defer-accept', 5);
      await master.bind('127.0.0.1', 0);
      using server = await master.listen();
      using control = await peer.control(face);
      const to = { port: server.getsockname().port };
      await control.do({ do: 'connectTo', to, script: [{ do: 'receiveAll' }] });
      server.settimeout(0.1);
      await timesOut(face, () => server.accept());
      await control.do({ do: 'connectTo', to, script: [{ do: 'send', bytes: 'now\n' }, { do: 'receiveAll' }] });
      server.settimeout(5);
      using client = await server.accept();
      assert.equal(await client.receive(), 'now');
    },
  },

  {
    name: 'info: what the kernel has measured',
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'echo' });
      await client.send('works\n');
      assert.equal(await client.receive(), 'works');
      const { state, rtt, rto, cwnd, sndMss, pmtu, totalRetransmits } = client.info();
      assert.equal(state, 'ESTABLISHED');
      assert.ok(rtt > 0 && rtt < 5 && rto >= rtt && rto < 200, `rtt ${rtt} s, rto ${rto} s`);
      assert.ok(cwnd > 0 && sndMss > 500 && pmtu > sndMss, `cwnd ${cwnd}, MSS ${sndMss}, MTU ${pmtu}`);
      assert.equal(totalRetransmits, 0);
      client.close();
      await closes(face, () => client.info());
    },
  },

  {
    name: 'options: of a master, for the socket to be',
    async run(face, peer) {
      const master = face.tcp();
      assert.equal(master.getoption('keepalive'), undefined);
      master.setoption('keepalive', true);
      master.setoption('tcp-nodelay', true);
      assert.equal(master.getoption('keepalive'), true);
      using client = await master.connect('127.0.0.1', peer.port);
      assert.deepEqual([client.getoption('keepalive'), client.getoption('tcp-nodelay')], [true, true]);
      using bound = face.tcp();
      bound.setoption('ipv6-v6only', false);
      bound.setoption('reuseaddr', true);
      await bound.bind('::1', 0);
      await fails(face, 'ERR_BOUND', () => bound.setoption('ipv6-v6only', true));
      await fails(face, 'ERR_BOUND', () => bound.setoption('reuseaddr', true));
    },
  },

  ...entries(UDP).map(
    ([name, value]): Case => ({
      name: `options: ${name} of a UDP socket`,
      async run(face) {
        using socket = face.udp();
        socket.setoption(name, value);
        assert.deepEqual(socket.getoption(name), value);
        await socket.setsockname('127.0.0.1', 0);
        assert.deepEqual(socket.getoption(name), value);
        assert.equal(await socket.sendto('x', '127.0.0.1', socket.getsockname().port), 1);
        assert.equal((await socket.receive()).toString(), 'x');
      },
    }),
  ),

  ...(['recv-buffer-size', 'send-buffer-size'] as const).map(
    (name): Case => ({
      name: `options: ${name} of a UDP socket`,
      async run(face) {
        using socket = face.udp4();
        socket.setoption(name, 40_000);
        await socket.setsockname('127.0.0.1', 0);
        const size = socket.getoption(name);
        assert.ok(size === 40_000 || size === 80_000, String(size));
        socket.setoption(name, 50_000);
        assert.ok([50_000, 100_000].includes(socket.getoption(name) ?? 0));
      },
    }),
  ),

  {
    name: 'options: of IPv6 on an IPv6 UDP socket',
    async run(face) {
      using socket = face.udp6();
      socket.setoption('ipv6-v6only', true);
      socket.setoption('ipv6-unicast-hops', 9);
      socket.setoption('ipv6-multicast-loop', false);
      await socket.setsockname('::1', 0);
      assert.equal(socket.getoption('ipv6-v6only'), true);
      assert.equal(socket.getoption('ipv6-unicast-hops'), 9);
      assert.equal(socket.getoption('ipv6-multicast-loop'), false);
      await fails(face, 'ERR_INVALID_ARGUMENT', () => socket.setoption('ip-multicast-ttl', 3));
      using four = face.udp4();
      await fails(face, 'ERR_INVALID_ARGUMENT', () => four.setoption('ipv6-unicast-hops', 3));
    },
  },

  {
    name: 'options: those of an address come before it',
    async run(face) {
      using socket = face.udp4();
      await socket.setsockname('127.0.0.1', 0);
      for (const name of ['reuseaddr', 'reuseport'] as const) {
        await fails(face, 'ERR_INVALID_ARGUMENT', () => socket.setoption(name, true));
      }
    },
  },

  {
    name: 'options: names that do not exist',
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'echo' });
      using server = await face.bind('127.0.0.1', 0);
      using socket = face.udp4();
      for (const name of ['', 'nodelay', 'TCP-NODELAY', 'constructor', '__proto__', 'toString', undefined, 1]) {
        for (const one of [client, server, socket, face.tcp(), face.udp()]) {
          const error = await fails(face, 'ERR_INVALID_ARGUMENT', () => one.setoption(name as 'keepalive', true));
          assert.match(error.message, /tcp-nodelay/);
          await fails(face, 'ERR_INVALID_ARGUMENT', () => one.getoption(name as 'keepalive'));
        }
      }
      await fails(face, 'ERR_INVALID_ARGUMENT', () => client.setoption('error' as 'keepalive', true));
    },
  },

  {
    name: 'options: values of the wrong kind',
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'echo' });
      using socket = face.udp4();
      const wrong: [OptionName, unknown][] = [
        ['keepalive', 1],
        ['keepalive', 'true'],
        ['keepalive', null],
        ['tcp-nodelay', undefined],
        ['tcp-keepidle', '5'],
        ['tcp-keepidle', -1],
        ['tcp-keepidle', 1.5],
        ['tcp-keepidle', Number.NaN],
        ['linger', true],
        ['linger', null],
        ['linger', { on: 1, timeout: 0 }],
        ['linger', { on: true }],
        ['linger', { on: true, timeout: -1 }],
      ];
      for (const [name, value] of wrong) {
        await fails(face, 'ERR_INVALID_ARGUMENT', () => client.setoption(name, value as never));
        await fails(face, 'ERR_INVALID_ARGUMENT', () => face.tcp().setoption(name, value as never));
      }
      for (const value of [null, {}, { multiaddr: 1 }, '239.1.2.3', { multiaddr: '239.1.2.3', interface: {} }]) {
        await fails(face, 'ERR_INVALID_ARGUMENT', () => socket.setoption('ip-add-membership', value as never));
      }
      assert.equal(client.getoption('keepalive'), false);
    },
  },
];
