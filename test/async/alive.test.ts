/** What keeps a process alive: the table of docs/runtimes.md, row by row, each in a process of its own. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';

const ENTRY = JSON.stringify(new URL('../../src/entry/index.js', import.meta.url).href);

const CLIENT = "const client = await m.connect('127.0.0.1', port);";

/** What a program has done, and whether it goes on then. */
const ROWS: readonly (readonly [what: string, program: string, stays: boolean])[] = [
  ['a call that waits: receive', `${CLIENT} client.receive(9);`, true],
  ['a call that waits: sleep', 'm.sleep(60);', true],
  ['a call that waits: accept', "(await m.bind('127.0.0.1', 0)).accept();", true],
  ['a call that waits, in memory', 'm.pair()[0].receive();', false],
  ['a server', "await m.bind('127.0.0.1', 0);", true],
  ['a server that is closed', "(await m.bind('127.0.0.1', 0)).close();", false],
  ['a UDP socket with an address', "await m.udp().setsockname('127.0.0.1', 0);", true],
  ['a UDP socket without one', 'm.udp4();', false],
  ['a master that is bound', "await m.tcp().bind('127.0.0.1', 0);", false],
  ['a client of which nothing was asked', CLIENT, false],
  ['a client that has received', `${CLIENT} await client.receive();`, true],
  ['a client that has sent', `${CLIENT} await client.send('x');`, true],
  ['a client that was selected', `${CLIENT} await m.select([client], [client]);`, true],
  ['a client that is closed', `${CLIENT} await client.receive(); client.close();`, false],
  [
    'a client whose peer has ended',
    `${CLIENT} await client.receive(); await client.send('end'); await client.receive('*a').catch(() => {});`,
    false,
  ],
  [
    'a timeout that is over',
    `${CLIENT} client.settimeout(0.01); await client.receive(9).catch(() => {}); client.close();`,
    false,
  ],
];

/** Ends what would go on for good. A timer that is not counted comes only where something else keeps the event loop turning. */
const AFTER_SOME_TURNS = `
  let turns = 0;
  (function again() {
    if (++turns < 10) return setTimeout(again, 10).unref();
    end = 'by force';
    process.exit();
  })();`;

describe('what keeps a process alive', () => {
  const server = net.createServer((socket) => {
    socket.on('error', () => {}).on('data', (data) => String(data) === 'end' && socket.end());
    socket.write('line\n');
  });
  before(() => once(server.listen(0, '127.0.0.1'), 'listening'));
  after(() => server.close());

  for (const [what, program, stays] of ROWS) {
    it(`${what}: ${stays ? 'yes' : 'no'}`, async () => {
      const { port } = server.address() as AddressInfo;
      const source = `
        import * as m from ${ENTRY};
        const port = ${port};
        let end = 'by itself';
        process.on('exit', () => console.log(end));
        ${program}
        ${stays ? AFTER_SOME_TURNS : ''}`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = '';
      child.stdout.on('data', (data) => {
        said += data;
      });
      const [code] = await once(child, 'close');
      assert.deepEqual([said.trim(), code], [stays ? 'by force' : 'by itself', 0]);
    });
  }
});
