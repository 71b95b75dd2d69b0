/** Options of a UDP socket that wait for its bind: what the system refuses then is told by that call, and nothing is bound. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type SocketError, type Udp, udp4 } from '../../src/entry/index.ts';

/** Documentation's address (RFC 5737): no interface has it. */
const NOWHERE = '192.0.2.1';

const calls: readonly (readonly [name: string, call: (socket: Udp) => Promise<unknown>])[] = [
  ['setsockname', (socket) => socket.setsockname('127.0.0.1', 0)],
  ['setpeername', (socket) => socket.setpeername('127.0.0.1', 9)],
  ['sendto', (socket) => socket.sendto('x', '127.0.0.1', 9)],
];

const group = { multiaddr: '239.255.7.7', interface: NOWHERE };

for (const [name, refuse, mend] of [
  [
    'ip-multicast-if',
    (socket: Udp) => socket.setoption('ip-multicast-if', NOWHERE),
    (socket: Udp) => socket.setoption('ip-multicast-if', '127.0.0.1'),
  ],
  [
    'ip-add-membership',
    (socket: Udp) => socket.setoption('ip-add-membership', group),
    (socket: Udp) => socket.setoption('ip-drop-membership', group),
  ],
] as const) {
  it(`${name} that the system refuses`, async () => {
    const socket = udp4();
    refuse(socket);
    for (const [call, run] of [...calls, ...calls]) {
      const error = await run(socket).then(
        () => assert.fail(`${call} went on without ${name}`),
        (error: SocketError) => error,
      );
      assert.match(error.message, new RegExp(`^${call}.*setoption ${name}`));
      assert.match(error.code, /^(EADDRNOTAVAIL|ENODEV|ENETUNREACH)$/);
      assert.throws(() => socket.getsockname(), { code: 'ERR_NOT_BOUND' });
    }
    mend(socket);
    await socket.setsockname('127.0.0.1', 0);
    assert.ok(socket.getsockname().port > 0);
    socket.close();
  });
}

it('an option that is set twice before the bind has its last value', async () => {
  const [once, twice] = [udp4(), udp4()];
  twice.setoption('recv-buffer-size', 100_000);
  for (const socket of [once, twice]) {
    socket.setoption('recv-buffer-size', 50_000);
    await socket.setsockname('127.0.0.1', 0);
  }
  assert.equal(twice.getoption('recv-buffer-size'), once.getoption('recv-buffer-size'));
  for (const socket of [once, twice]) socket.close();
});

it('a close while the bind is under way ends it, and leaves no socket', async () => {
  const open = (): number => process.getActiveResourcesInfo().filter((name) => name === 'UDPWrap').length;
  const before = open();
  const socket = udp4();
  const binding = socket.setsockname('127.0.0.1', 0);
  socket.close();
  await assert.rejects(binding, { code: 'ERR_CLOSED' });
  for (let turns = 0; open() > before && turns < 1000; turns++) await new Promise(setImmediate);
  assert.ok(open() <= before, 'a socket is left');
});
