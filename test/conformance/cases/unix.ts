/** Unix stream sockets: masters with a path instead of a host and a port. */
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { parse } from 'node:path';
import { pattern, sha256 } from '../script.ts';
import { type Case, closes, type Face, fails, inPieces, type Peer, partialOf, timesOut } from '../support.ts';

/** A path on which the peer takes scripts. */
async function served(face: Face, peer: Peer, path: string = peer.path()): Promise<string> {
  using control = await peer.control(face);
  await control.do({ do: 'listenAt', path });
  return path;
}

/** More than the kernel holds, in no round number: its buffers end in the middle of a slice. */
const TOO_MUCH = 8_000_001;

/** A client whose peer reads nothing before it is told to go, and reports what has come by the end. */
async function stubborn(face: Face, peer: Peer) {
  const client = await face.unix.stream().connect(await served(face, peer));
  const name = peer.name();
  const script = [{ do: 'wait', name: `go ${name}` }, { do: 'receiveAll' }, { do: 'report', as: name }];
  await client.send(`${JSON.stringify(script)}\n`);
  return { client, go: () => peer.signal(face, `go ${name}`), report: () => peer.report(face, name) };
}

export const cases: readonly Case[] = [
  ...inPieces('unix: patterns as with TCP', async (face, peer, cut) => {
    const path = await served(face, peer);
    using client = await face.unix.stream().connect(path);
    const script = [{ do: 'send', bytes: 'a line\r\n12345rest', ...cut }, { do: 'end' }];
    await client.send(`${JSON.stringify(script)}\n`);
    assert.equal(await client.receive(), 'a line');
    assert.deepEqual(await client.receive(5), Buffer.from('12345'));
    assert.equal(partialOf(await closes(face, () => client.receive())), 'rest');
    assert.deepEqual(await client.receive('*a'), Buffer.from('rest'));
  }),

  {
    name: 'unix: half close both ways, with MiBs',
    async run(face, peer) {
      const path = await served(face, peer);
      using client = await face.unix.stream().connect(path);
      const size = 4_194_304;
      await client.send(
        `${JSON.stringify([
          { do: 'receiveAll' },
          { do: 'report' },
          { do: 'send', bytes: { pattern: size } },
          { do: 'end' },
        ])}\n`,
      );
      assert.equal(await client.send(pattern(size)), size);
      client.shutdown('send');
      const report = JSON.parse(await client.receive()) as unknown;
      assert.deepEqual(report, { length: size, sha256: sha256(pattern(size)), ended: true, error: null });
      assert.equal(sha256(await client.receive('*a')), sha256(pattern(size)));
    },
  },

  {
    name: 'unix: a server, from its bind to its close',
    async run(face, peer) {
      const path = peer.path();
      const master = face.unix.stream();
      await fails(face, 'ERR_NOT_BOUND', () => master.getsockname());
      await fails(face, 'ERR_NOT_BOUND', () => master.listen());
      await master.bind(path);
      assert.equal(master.getsockname(), path);
      assert.equal(existsSync(path), true);
      await fails(face, 'ERR_BOUND', () => master.bind(path));
      await fails(face, 'ERR_BOUND', () => master.connect(path));
      using server = await master.listen();
      await fails(face, 'ERR_SPENT', () => master.bind(path));
      await fails(face, 'ERR_SPENT', () => master.listen());
      await fails(face, 'ERR_SPENT', () => master.getsockname());
      assert.equal(server.getsockname(), path);
      server.settimeout(0);
      await timesOut(face, () => server.accept());
      server.settimeout(null);
      using control = await peer.control(face);
      await control.do({ do: 'connectTo', to: { path }, script: [{ do: 'echo' }] });
      using client = await server.accept();
      await client.send('hello\n');
      assert.equal(await client.receive(), 'hello');
      server.close();
      server.close();
      await closes(face, () => server.accept());
      assert.equal(existsSync(path), false);
      await fails(face, 'ENOENT', () => face.unix.stream().connect(path));
    },
  },

  {
    name: 'unix: abstract names (Linux)',
    async run(face, peer) {
      const path = `\0moonsocket-${peer.name()}`;
      const master = face.unix.stream();
      await master.bind(path);
      using server = await master.listen();
      assert.equal(server.getsockname(), path);
      using control = await peer.control(face);
      await control.do({ do: 'connectTo', to: { path }, script: [{ do: 'send', bytes: 'hidden\n' }] });
      server.settimeout(3); // where the name is not what others call it, nobody comes
      using client = await server.accept();
      assert.equal(await client.receive(), 'hidden');
      using other = await face.unix.stream().connect(path);
      using there = await server.accept();
      await there.send('x\n');
      assert.equal(await other.receive(), 'x');
      await fails(face, 'EADDRINUSE', () => face.unix.stream().bind(path));
    },
  },

  {
    name: 'unix: paths that cannot be',
    async run(face) {
      for (const path of ['', 'a\0b', `/tmp/${'x'.repeat(103)}`, `/${'é'.repeat(54)}`, 1, undefined]) {
        const error = await fails(face, 'ERR_INVALID_ARGUMENT', () => face.unix.stream().bind(path as string));
        if (typeof path === 'string' && path.length > 50) assert.match(error.message, /path too long/);
        await fails(face, 'ERR_INVALID_ARGUMENT', () => face.unix.stream().connect(path as string));
      }
    },
  },

  {
    name: 'unix: paths where nothing listens',
    async run(face, peer) {
      const missing = await fails(face, 'ENOENT', () => face.unix.stream().connect(peer.path()));
      assert.equal(missing.reason, 'No such file or directory');
      const file = peer.path();
      writeFileSync(file, '');
      assert.equal(
        (await fails(face, 'ECONNREFUSED', () => face.unix.stream().connect(file))).reason,
        'connection refused',
      );
      await fails(face, 'EADDRINUSE', () => face.unix.stream().bind(file));
      assert.equal(existsSync(file), true);
      await fails(face, 'ENOENT', () => face.unix.stream().bind(`${peer.path()}/deeper`));
      const master = face.unix.stream();
      await fails(face, 'ENOENT', () => master.connect(peer.path()));
      await fails(face, 'ERR_SPENT', () => master.connect(file));
    },
  },

  {
    name: 'unix: a path that is taken',
    async run(face, peer) {
      const path = peer.path();
      using master = face.unix.stream();
      await master.bind(path);
      using other = face.unix.stream();
      const error = await fails(face, 'EADDRINUSE', () => other.bind(path));
      assert.equal(error.reason, 'address already in use');
      using server = await master.listen();
      using client = await face.unix.stream().connect(path);
      using there = await server.accept();
      await client.send('x\n');
      assert.equal(await there.receive(), 'x');
      await other.bind(peer.path()); // after a failure another path may be tried
    },
  },

  {
    name: 'unix: a close leaves what is not its own',
    async run(face, peer) {
      for (const listens of [true, false]) {
        for (const what of ['server', 'file', 'link', 'directory', 'nothing']) {
          const path = peer.path();
          const master = face.unix.stream();
          await master.bind(path);
          const first = listens ? await master.listen() : master;
          unlinkSync(path);
          if (what === 'server') await served(face, peer, path);
          if (what === 'file') writeFileSync(path, 'mine');
          if (what === 'link') symlinkSync('nowhere', path);
          if (what === 'directory') mkdirSync(path);
          first.close();
          first.close();
          if (what === 'server') (await face.unix.stream().connect(path)).close();
          if (what === 'file') assert.equal(readFileSync(path, 'utf8'), 'mine');
          if (what === 'link') assert.equal(readlinkSync(path), 'nowhere');
          if (what === 'directory') assert.ok(existsSync(path));
          if (what === 'nothing') assert.ok(!existsSync(path));
          const { base, dir } = parse(path);
          const left = readdirSync(dir).filter((name) => name.startsWith(base));
          assert.deepEqual(left, what === 'nothing' ? [] : [base]);
        }
      }
    },
  },

  {
    name: 'unix: closing a master',
    async run(face, peer) {
      const path = peer.path();
      const master = face.unix.stream();
      await master.bind(path);
      master.close();
      master.close();
      assert.equal(existsSync(path), false);
      await fails(face, 'ERR_SPENT', () => master.listen());
    },
  },

  {
    name: 'unix: a reset and the end look like TCP',
    async run(face, peer) {
      const path = await served(face, peer);
      using client = await face.unix.stream().connect(path);
      await client.send(
        `${JSON.stringify([{ do: 'send', bytes: 'ab' }, { do: 'receive', count: 1 }, { do: 'end' }])}\n`,
      );
      client.settimeout(0.02);
      assert.equal(partialOf(await timesOut(face, () => client.receive(3))) !== undefined, true);
      client.settimeout(null);
      assert.deepEqual(await client.receive(2), Buffer.from('ab'));
      await client.send('.');
      await closes(face, () => client.receive());
    },
  },

  ...(['b', 't'] as const).map(
    (mode): Case => ({
      name: `unix: a send that times out (${mode}) counts exactly what the kernel has`,
      async run(face, peer) {
        const { client, go, report } = await stubborn(face, peer);
        const before = client.getstats().sent;
        const bytes = pattern(TOO_MUCH);
        client.settimeout(0.1, mode);
        const { sent = -1 } = await timesOut(face, () => client.send(bytes));
        assert.ok(sent > 0 && sent < TOO_MUCH, `${sent} bytes`);
        assert.equal(client.getstats().sent - before, sent);
        client.close();
        const expected = { length: sent, sha256: sha256(bytes.subarray(0, sent)), ended: true, error: null };
        await go();
        assert.deepEqual(await report(), expected);
      },
    }),
  ),

  {
    name: 'unix: a send that is aborted counts exactly what the kernel has',
    overlaps: true,
    async run(face, peer) {
      const { client, go, report } = await stubborn(face, peer);
      const signal = AbortSignal.timeout(100);
      const { sent = -1 } = await fails(face, 'ABORT_ERR', () =>
        client.send(pattern(TOO_MUCH), undefined, undefined, { signal }),
      );
      client.close();
      await go();
      assert.equal((await report()).length, sent);
    },
  },

  {
    name: 'unix: a send whose socket is closed counts exactly what the kernel has',
    overlaps: true,
    async run(face, peer) {
      const { client, go, report } = await stubborn(face, peer);
      const sending = closes(face, () => client.send(pattern(TOO_MUCH)));
      await face.sleep(0.1);
      client.close();
      const { sent = -1 } = await sending;
      await go();
      assert.equal((await report()).length, sent);
    },
  },

  {
    name: 'unix: a send that timed out is gone on with by smaller ones, and nothing comes twice',
    async run(face, peer) {
      const { client, go, report } = await stubborn(face, peer);
      const bytes = pattern(TOO_MUCH);
      client.settimeout(0.1);
      let { sent = -1 } = await timesOut(face, () => client.send(bytes));
      await go();
      client.settimeout(null);
      for (const length of [1, 99, 5000, 30_000]) sent += await client.send(bytes, sent, sent + length);
      assert.equal(sent + (await client.send(bytes, sent)), TOO_MUCH);
      client.shutdown('send');
      const expected = { length: TOO_MUCH, sha256: sha256(bytes), ended: true, error: null };
      assert.deepEqual(await report(), expected);
      client.close();
    },
  },
];
