/** What an error says: who the peer is, also when the connection is gone, and how much has come of what never ended. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { openSync, writeFileSync } from 'node:fs';
import type { Step } from '../script.ts';
import { accepted, type Case, closes, fails, partialOf, timesOut } from '../support.ts';

export const cases: readonly Case[] = [
  {
    name: 'errors: receive, send and accept name the peer, or where they wait',
    async run(face, peer) {
      const client = await peer.talk(face, { do: 'sleep', seconds: 20 });
      client.settimeout(0.01);
      const to = `127.0.0.1:${peer.port}`;
      assert.equal((await timesOut(face, () => client.receive())).message, `receive ${to}: timeout (ETIMEDOUT)`);
      client.close();
      const here = 'the socket was closed on this side';
      assert.equal((await closes(face, () => client.receive())).message, `receive ${to}: ${here}`);
      assert.equal((await closes(face, () => client.send('x'))).message, `send ${to}: ${here}`);
      using server = await face.bind('127.0.0.1', 0);
      server.settimeout(0);
      const at = `127.0.0.1:${server.getsockname().port}`;
      assert.equal((await timesOut(face, () => server.accept())).message, `accept ${at}: timeout (ETIMEDOUT)`);
    },
  },

  {
    name: 'errors: a Unix socket has its path, a descriptor and a pair their kind',
    async run(face, peer) {
      const path = peer.path();
      using master = face.unix.stream();
      await master.bind(path);
      using server = await master.listen();
      server.settimeout(0);
      assert.equal((await timesOut(face, () => server.accept())).message, `accept ${path}: timeout (ETIMEDOUT)`);
      using client = await face.unix.stream().connect(path);
      const [one, other] = face.pair();
      const empty = peer.path();
      writeFileSync(empty, '');
      const file = face.fd(openSync(empty, 'r'), 'r');
      for (const [socket, name] of [
        [client, path],
        [one, 'pair'],
      ] as const) {
        socket.settimeout(0);
        assert.equal((await timesOut(face, () => socket.receive())).message, `receive ${name}: timeout (ETIMEDOUT)`);
      }
      assert.match((await closes(face, () => file.receive())).message, /^receive fd \d+: closed \(ERR_CLOSED\)$/);
      for (const socket of [one, other, file]) socket.close();
    },
  },

  {
    name: 'errors: a UDP socket names its peer, or its own address',
    async run(face, peer) {
      using socket = face.udp();
      await socket.setsockname('127.0.0.1', 0);
      socket.settimeout(0);
      const own = `127.0.0.1:${socket.getsockname().port}`;
      assert.equal((await timesOut(face, () => socket.receive())).message, `receive ${own}: timeout (ETIMEDOUT)`);
      await socket.setpeername('127.0.0.1', peer.port);
      const { message } = await timesOut(face, () => socket.receive());
      assert.equal(message, `receive 127.0.0.1:${peer.port}: timeout (ETIMEDOUT)`);
    },
  },

  {
    name: 'errors: a reset is told once, and the connection keeps its names',
    async run(face, peer) {
      const script: readonly Step[] = [{ do: 'send', bytes: 'x' }, { do: 'receive', count: 1 }, { do: 'reset' }];
      using connection = await accepted(face, peer, ...script);
      using connected = await peer.talk(face, ...script);
      for (const client of [connection.client, connected]) {
        await client.receive(1);
        await client.send('y');
        const { message } = await closes(face, () => client.receive(), ['ECONNRESET']);
        // Asked for now, and not before.
        const [there, here] = [client.getpeername(), client.getsockname()];
        assert.equal(message, `receive 127.0.0.1:${there.port}: closed (ECONNRESET)`);
        assert.deepEqual([there.address, here.address, here.family], ['127.0.0.1', '127.0.0.1', 'inet']);
        assert.ok(here.port > 0 && here.port !== there.port, `${here.port} is the port of the other end`);
        assert.equal(client.getoption('error'), undefined);
      }
    },
  },

  {
    name: 'errors: an end in the middle of a line says how many bytes there are',
    async run(face, peer) {
      using client = await peer.sends(face, 'half a line');
      const error = await closes(face, () => client.receive());
      assert.equal(error.message, `receive 127.0.0.1:${peer.port}: closed (ERR_CLOSED); bytes in partial: 11`);
      const lines: string[] = [];
      await closes(face, async () => {
        for await (const line of client.lines()) lines.push(line);
      });
      assert.deepEqual([lines, partialOf(error), client.dirty()], [[], 'half a line', true]);
    },
  },

  {
    name: 'errors: the last line of a file and of a child needs no end',
    async run(face, peer) {
      const path = peer.path();
      writeFileSync(path, 'one\r\ntwö');
      using file = face.fd(openSync(path, 'r'), 'r');
      const child = spawn(process.execPath, ['-e', 'process.stdout.write("one\\ntwö")'], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      using output = face.pipe(child.stdout);
      for (const texts of [file, output]) {
        const lines: string[] = [];
        for await (const line of texts.lines()) lines.push(line);
        assert.deepEqual(lines, ['one', 'twö']);
        assert.deepEqual([texts.dirty(), partialOf(await closes(face, () => texts.receive()))], [false, '']);
      }
      using again = face.fd(openSync(path, 'r'), 'r');
      const prefixed: string[] = [];
      for await (const line of again.lines({ prefix: '> ', encoding: 'latin1' })) prefixed.push(line);
      assert.deepEqual(prefixed, ['> one', '> twÃ¶']);
    },
  },

  {
    name: 'errors: a path below a folder that is missing is ENOENT',
    async run(face, peer) {
      const { message } = await fails(face, 'ENOENT', () => face.unix.stream().bind(`${peer.path()}/deeper`));
      assert.match(message, /^bind .*deeper: No such file or directory \(ENOENT\)$/);
    },
  },

  {
    name: 'errors: a keepalive that the system does not take is refused',
    async run(face, peer) {
      using client = await peer.sends(face, '');
      for (const seconds of [0, 32_768]) {
        await fails(face, 'EINVAL', () => client.setoption('tcp-keepidle', seconds));
      }
      client.setoption('tcp-keepidle', 32_767);
      assert.equal(client.getoption('tcp-keepidle'), 32_767);
    },
  },
];
