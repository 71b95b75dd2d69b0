/** Arguments that can never work: told at once, before any I/O, and the socket is as usable as before. */
import assert from 'node:assert/strict';
import { type Case, type Face, fails } from '../support.ts';

const NO_PORTS = [-1, 65_536, 70_000, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '80', '', null, undefined, {}];
const NO_HOSTS = ['', ' ', 'a b', 'a\0b', 'a\nb', '\x7f', 'x'.repeat(254), '[]', 1, null, undefined, {}];

export const cases: readonly Case[] = [
  {
    name: 'misuse: ports',
    async run(face) {
      for (const bad of NO_PORTS) {
        const port = bad as number;
        await fails(face, 'ERR_INVALID_ARGUMENT', () => face.bind('127.0.0.1', port));
        await fails(face, 'ERR_INVALID_ARGUMENT', () => face.connect('127.0.0.1', port));
        await fails(face, 'ERR_INVALID_ARGUMENT', () => face.tcp().bind('127.0.0.1', port));
        await fails(face, 'ERR_INVALID_ARGUMENT', () => face.tcp().connect('127.0.0.1', port));
        await fails(face, 'ERR_INVALID_ARGUMENT', () => face.udp().setsockname('127.0.0.1', port));
        await fails(face, 'ERR_INVALID_ARGUMENT', () => face.udp().setpeername('127.0.0.1', port));
        if (port !== undefined && port !== null) {
          await fails(face, 'ERR_INVALID_ARGUMENT', () => face.connect('127.0.0.1', 9, { localPort: port }));
        }
      }
      await fails(face, 'ERR_INVALID_ARGUMENT', () => face.connect('127.0.0.1', 0));
    },
  },

  {
    name: 'misuse: hosts',
    async run(face, peer) {
      for (const bad of NO_HOSTS) {
        const host = bad as string;
        await fails(face, 'ERR_INVALID_ARGUMENT', () => face.bind(host, 0));
        await fails(face, 'ERR_INVALID_ARGUMENT', () => face.connect(host, peer.port));
        await fails(face, 'ERR_INVALID_ARGUMENT', () => face.tcp().bind(host, 0));
        await fails(face, 'ERR_INVALID_ARGUMENT', () => face.tcp().connect(host, peer.port));
        await fails(face, 'ERR_INVALID_ARGUMENT', () => face.udp().setsockname(host, 0));
        await fails(face, 'ERR_INVALID_ARGUMENT', () => face.udp().setpeername(host, 9));
        if (host !== undefined && host !== null) {
          await fails(face, 'ERR_INVALID_ARGUMENT', () => face.connect('127.0.0.1', peer.port, { localHost: host }));
        }
      }
    },
  },

  {
    name: 'misuse: what is written as an address and is none',
    async run(face, peer) {
      for (const host of ['127.0.0.010', '0x7f.1', '127.1', '2130706433', '127.0.0.1.', '::1%', '1::2::3']) {
        using socket = face.udp4();
        const group = { multiaddr: host };
        const calls = [
          () => face.bind(host, 0),
          () => face.connect(host, peer.port),
          () => face.connect('127.0.0.1', peer.port, { localHost: host }),
          () => face.udp().setsockname(host, 0),
          () => face.udp().setpeername(host, 9),
          () => socket.sendto('x', host, 9),
          () => socket.setoption('ip-multicast-if', host),
          () => socket.setoption('ip-add-membership', group),
          () => socket.setoption('ip-add-membership', { multiaddr: '239.1.2.3', interface: host }),
          () => face.dns.toip(host),
          () => face.dns.getaddrinfo(host),
        ];
        for (const call of calls) await fails(face, 'ERR_INVALID_ARGUMENT', call);
      }
    },
  },

  {
    name: 'misuse: options of connect and bind',
    async run(face, peer) {
      for (const timeout of [Number.NaN, '1', {}]) {
        await fails(face, 'ERR_INVALID_ARGUMENT', () =>
          face.connect('127.0.0.1', peer.port, { timeout: timeout as number }),
        );
      }
      for (const family of ['inet4', 4, null]) {
        await fails(face, 'ERR_INVALID_ARGUMENT', () =>
          face.connect('127.0.0.1', peer.port, { family: family as 'inet' }),
        );
      }
      for (const backlog of [-1, 0.5, Number.NaN, '5']) {
        await fails(face, 'ERR_INVALID_ARGUMENT', () => face.bind('127.0.0.1', 0, { backlog: backlog as number }));
        await fails(face, 'ERR_INVALID_ARGUMENT', () => face.tcp().listen(backlog as number));
        await fails(face, 'ERR_INVALID_ARGUMENT', () => face.unix.stream().listen(backlog as number));
      }
      for (const flag of [1, 'yes', null]) {
        await fails(face, 'ERR_INVALID_ARGUMENT', () =>
          face.bind('127.0.0.1', 0, { reuseaddr: flag as unknown as boolean }),
        );
        await fails(face, 'ERR_INVALID_ARGUMENT', () =>
          face.bind('127.0.0.1', 0, { ipv6only: flag as unknown as boolean }),
        );
      }
      (await face.bind('127.0.0.1', 0, { backlog: 0 })).close();
    },
  },

  {
    name: 'misuse: patterns, and the socket goes on',
    async run(face, peer) {
      using client = await peer.sends(face, 'line\n');
      for (const bad of [
        '*L',
        '*n',
        'l',
        'a',
        '',
        '*line',
        -1,
        0.5,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        null,
        true,
        {},
      ]) {
        await fails(face, 'ERR_INVALID_ARGUMENT', () => client.receive(bad as '*l'));
      }
      for (const until of ['', new Uint8Array(0), 1, null, undefined, ['x']]) {
        await fails(face, 'ERR_INVALID_ARGUMENT', () => client.receive({ until: until as string }));
      }
      for (const encoding of ['utf9', '', 1, null]) {
        await fails(face, 'ERR_INVALID_ARGUMENT', () => client.receive('*l', { encoding: encoding as 'utf8' }));
      }
      for (const limit of [0, -1, Number.NaN, '5', null]) {
        await fails(face, 'ERR_INVALID_ARGUMENT', () => client.receive('*l', { limit: limit as number }));
        await fails(face, 'ERR_INVALID_ARGUMENT', () => client.receive('*a', { limit: limit as number }));
      }
      for (const prefix of [1, null, {}, ['x']]) {
        await fails(face, 'ERR_INVALID_ARGUMENT', () => client.receive('*l', { prefix: prefix as string }));
      }
      assert.equal(await client.receive(), 'line');
    },
  },

  {
    name: 'misuse: a master goes on after a bad argument',
    async run(face, peer) {
      const master = face.tcp();
      await fails(face, 'ERR_INVALID_ARGUMENT', () => master.bind('', 0));
      await fails(face, 'ERR_INVALID_ARGUMENT', () => master.listen(-1));
      await fails(face, 'ERR_INVALID_ARGUMENT', () => master.settimeout(Number.NaN));
      await master.bind('127.0.0.1', 0);
      using client = await master.connect('127.0.0.1', peer.port);
      assert.equal(client.getpeername().port, peer.port);
    },
  },

  {
    name: 'misuse: a message shows what was passed, whatever it is',
    async run(face) {
      const gone = new Uint8Array(4);
      structuredClone(gone.buffer, { transfer: [gone.buffer] });
      const bare = Object.create(null) as object;
      using socket = face.udp4();
      const cases: [call: (value: never) => unknown, value: unknown, shown: string][] = [
        [(port) => face.bind('127.0.0.1', port), '8080', '"8080"'],
        [(port) => face.connect('127.0.0.1', port), 8080n, '8080n'],
        [(port) => face.tcp().bind('127.0.0.1', port), bare, 'an object'],
        [(host) => face.connect(host, 9), bare, 'an object'],
        [(backlog) => face.tcp().listen(backlog), '5', '"5"'],
        [(seconds) => face.tcp().settimeout(seconds), '5', '"5"'],
        [(timeout) => face.connect('127.0.0.1', 9, { timeout }), 1n, '1n'],
        [(on) => face.tcp().setoption('keepalive', on), 1n, '1n'],
        [(linger) => face.tcp().setoption('linger', linger), { on: true, timeout: '1' }, '{ on: true, timeout: "1" }'],
        [(size) => face.tcp().setoption('tcp-keepidle', size), 2 ** 31, '2147483648'],
        [(address) => socket.sendto('x', address, 9), 1n, '1n'],
        [(port) => socket.sendto('x', '127.0.0.1', port), '9', '"9"'],
        [(data) => socket.sendto(data, '127.0.0.1', 9), 1n, '1n'],
        [(data) => socket.sendto(data, '127.0.0.1', 9), gone, 'detached'],
        [(path) => face.unix.stream().bind(path), 1n, '1n'],
        [(seconds) => face.sleep(seconds), '1', '"1"'],
      ];
      for (const [call, value, shown] of cases) {
        const error = await fails(face, 'ERR_INVALID_ARGUMENT', () => call(value as never));
        assert.ok(error.message.includes(shown), error.message);
        assert.equal(error.reason, 'invalid argument');
      }
    },
  },

  {
    name: 'misuse: a reason has words',
    async run(face, peer) {
      using master = face.tcp();
      await master.bind('127.0.0.1', 0);
      using client = await peer.sends(face, 'xy');
      await client.receive(1);
      const cases: [code: string, reason: string, call: () => unknown][] = [
        ['ERR_BOUND', 'already bound', () => master.bind('127.0.0.1', 0)],
        ['ERR_INVALID_ARGUMENT', 'invalid argument', () => client.receive(-1)],
        ['ERR_NOT_BOUND', 'not bound', () => face.udp().receive()],
        ['ERR_NOT_CONNECTED', 'not connected', () => face.udp().send('x')],
        ['ERR_SPENT', 'spent', () => spent(face).bind('127.0.0.1', 0)],
      ];
      for (const [code, reason, call] of cases) assert.equal((await fails(face, code, call)).reason, reason);
    },
  },

  {
    name: 'misuse: an error says where it was made',
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'end' });
      const error = await fails(face, 'ERR_CLOSED', () => client.receive());
      assert.equal(error.name, 'ClosedError');
      assert.match(error.message, /^receive\b.*: closed \(ERR_CLOSED\)$/);
      assert.match(String(error.stack), /receives\.[jt]s/);
    },
  },
];

function spent(face: Face) {
  const master = face.tcp();
  master.close();
  return master;
}
