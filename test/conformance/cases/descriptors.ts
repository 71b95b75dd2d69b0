/** Streams without a network: descriptors, pipes, pairs in memory, and transports that others write. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { PassThrough } from 'node:stream';
import { CLOSED_HERE, ENDED, Failure, type Io, TIMED_OUT } from '../../../src/entry/io.ts';
import { pattern, sha256 } from '../script.ts';
import {
  type Case,
  CUTS,
  closes,
  fails,
  inPieces,
  lasted,
  type Peer,
  partialOf,
  seconds,
  timesOut,
} from '../support.ts';

function fifo(peer: Peer): string {
  const path = peer.path();
  execFileSync('mkfifo', [path]);
  return path;
}

/** A transport that gives `bytes` in pieces and takes seven bytes at a time, all without waiting. */
function scripted(bytes: Buffer, cut = bytes.length): { io: Io; taken: Buffer[]; calls: string[] } {
  const taken: Buffer[] = [];
  const calls: string[] = [];
  let at = 0;
  const io: Io = {
    recv() {
      if (at >= bytes.length) return ENDED;
      at += cut;
      return Uint8Array.from(bytes.subarray(at - cut, at));
    },
    send(data) {
      taken.push(Buffer.from(data.subarray(0, 7)));
      return Math.min(7, data.length);
    },
    shutdown: (how) => void calls.push(`shutdown ${how}`),
    close: () => void calls.push('close'),
    getfd: () => 42,
  };
  return { io, taken, calls };
}

export const cases: readonly Case[] = [
  ...inPieces('fd: reads a FIFO', async (face, peer, cut) => {
    const path = fifo(peer);
    using script = await peer.talk(face, { do: 'writeTo', path, bytes: 'a line\r\n12345rest', ...cut });
    using input = face.fd(openSync(path, constants.O_RDONLY), 'r'); // both ends wait for each other
    assert.equal(await input.receive(), 'a line');
    assert.deepEqual(await input.receive(5), Buffer.from('12345'));
    assert.deepEqual(await input.receive('*a'), Buffer.from('rest'));
    await closes(face, () => input.receive());
    await closes(face, () => input.send('x'), ['EPIPE']);
    assert.equal(script.dirty(), false);
  }),

  {
    name: 'fd: writes a FIFO',
    async run(face, peer) {
      const path = fifo(peer);
      const name = peer.name();
      using script = await peer.talk(face, { do: 'readFrom', path, as: name });
      using output = face.fd(openSync(path, constants.O_WRONLY), 'w');
      assert.equal(await output.send(pattern(500_000)), 500_000);
      await closes(face, () => output.receive());
      output.close();
      assert.equal((await peer.report(face, name)).sha256, sha256(pattern(500_000)));
      assert.equal(script.dirty(), false);
    },
  },

  {
    name: 'fd: a timeout on a FIFO that nobody writes',
    async run(face, peer) {
      const path = fifo(peer);
      const writer = openSync(path, constants.O_RDWR);
      using input = face.fd(openSync(path, constants.O_RDONLY), 'r');
      input.settimeout(0.05);
      await timesOut(face, () => input.receive());
      input.settimeout(0);
      await timesOut(face, () => input.receive());
      input.settimeout(null);
      using script = await peer.talk(face, { do: 'writeTo', path, bytes: 'late\n' });
      assert.equal(await input.receive(), 'late');
      assert.equal(script.dirty(), false);
      closeSync(writer);
    },
  },

  {
    name: 'fd: reads and writes files',
    async run(face, peer) {
      const path = peer.path();
      writeFileSync(path, Buffer.concat([Buffer.from('first\r\nsecond\n'), pattern(200_000)]));
      using input = face.fd(openSync(path, 'r'), 'r');
      assert.equal(await input.receive(), 'first');
      assert.equal(await input.receive(), 'second');
      assert.deepEqual(await input.receive(100), pattern(200_000).subarray(0, 100));
      assert.equal(sha256(await input.receive('*a')), sha256(pattern(200_000).subarray(100)));
      await closes(face, () => input.receive());
      const other = peer.path();
      using output = face.fd(openSync(other, 'w'), 'w');
      await output.send('line\n');
      await output.send(pattern(200_000));
      assert.equal(sha256(readFileSync(other)), sha256(Buffer.concat([Buffer.from('line\n'), pattern(200_000)])));
    },
  },

  {
    name: 'fd: the null device ends at once, and takes everything',
    async run(face) {
      using input = face.fd(openSync(devNull, 'r'), 'r');
      using output = face.fd(openSync(devNull, 'w'), 'w');
      assert.deepEqual(await face.select([input], [], 10), { readable: [input], writable: [] });
      await closes(face, () => input.receive());
      assert.equal(await output.send(pattern(300_000)), 300_000);
    },
  },

  {
    name: 'fd: owns its descriptor',
    async run(face, peer) {
      const path = peer.path();
      writeFileSync(path, 'x');
      const descriptor = openSync(path, 'r');
      const input = face.fd(descriptor, 'r');
      const { ino } = fstatSync(descriptor);
      assert.deepEqual(await input.receive(1), Buffer.from('x'));
      input.close();
      assert.equal(input.getfd(), -1);
      // The runtime may close it a moment later, and another case may have the number by then.
      for (;;) {
        try {
          if (fstatSync(descriptor).ino !== ino) break;
        } catch {
          break;
        }
        await face.sleep(0.01);
      }
    },
  },

  {
    name: 'fd: a descriptor is given away, and closed by its new owner alone',
    async run(face, peer) {
      const client = await peer.talk(
        face,
        { do: 'send', bytes: 'one\ntwo\n' },
        { do: 'receive', count: 4 },
        { do: 'send', bytes: 'three\n' },
        { do: 'end' },
      );
      assert.equal(await client.receive(), 'one');
      await fails(face, 'ERR_UNREAD', () => client.detach());
      assert.equal(await client.receive(), 'two');
      const descriptor = client.detach();
      assert.equal(client.getfd(), -1);
      client.close();
      for (const call of [() => client.send('x'), () => client.receive(), () => client.detach()])
        await closes(face, call);
      using owner = face.fd(descriptor);
      assert.equal(owner.getfd(), descriptor);
      await owner.send('go!\n');
      assert.equal(await owner.receive(), 'three');
      assert.equal(partialOf(await closes(face, () => owner.receive())), '');
    },
  },

  {
    name: 'fd: what is no descriptor',
    async run(face) {
      for (const descriptor of [-1, 0.5, Number.NaN, '0', undefined]) {
        await fails(face, 'ERR_INVALID_ARGUMENT', () => face.fd(descriptor as number));
      }
      await fails(face, 'ERR_INVALID_ARGUMENT', () => face.fd(0, 'x' as 'r'));
      assert.match((await fails(face, 'EBADF', () => face.fd(100_000, 'r'))).message, /^fd 100000: /);
    },
  },

  {
    name: 'pipe: a conversation with a child',
    async run(face) {
      const child = spawn('cat', { stdio: ['pipe', 'pipe', 'inherit'] });
      using client = face.pipe(child.stdout, child.stdin);
      await client.send('a line\n');
      assert.equal(await client.receive(), 'a line');
      client.settimeout(0.05);
      await timesOut(face, () => client.receive());
      client.settimeout(null);
      await client.send('é and the rest');
      client.shutdown('send');
      await closes(face, () => client.send('x'), ['EPIPE']);
      assert.equal(await client.receive('*a', { encoding: 'utf8' }), 'é and the rest');
      await closes(face, () => client.receive());
    },
  },

  {
    name: 'pipe: MiBs through a child',
    overlaps: true,
    async run(face) {
      const child = spawn('cat', { stdio: ['pipe', 'pipe', 'inherit'] });
      using client = face.pipe(child.stdout, child.stdin);
      const bytes = pattern(4_000_000);
      const sending = (async () => {
        await client.send(bytes);
        client.shutdown('send');
      })();
      assert.equal(sha256(await client.receive('*a')), sha256(bytes));
      await sending;
    },
  },

  {
    name: 'pipe: a child that is gone',
    async run(face) {
      const child = spawn('true', { stdio: ['pipe', 'pipe', 'inherit'] });
      using client = face.pipe(child.stdout, child.stdin);
      await closes(face, () => client.receive());
      await closes(face, async () => {
        for (;;) await client.send(pattern(65_536));
      }, ['EPIPE', 'ECONNRESET']);
    },
  },

  {
    name: 'pipe: a child that no longer reads may still write',
    async run(face) {
      const child = spawn('sh', ['-c', 'exec <&-; echo first; sleep 0.3; echo second'], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      using client = face.pipe(child.stdout, child.stdin);
      assert.equal(await client.receive(), 'first');
      await closes(face, async () => {
        for (;;) {
          await client.send('x');
          await face.sleep(0.01);
        }
      }, ['EPIPE']);
      assert.equal(await client.receive(), 'second');
      await closes(face, () => client.receive());
    },
  },

  {
    name: 'pipe: a child that no longer writes may still read',
    async run(face, peer) {
      const path = fifo(peer);
      const name = peer.name();
      using script = await peer.talk(face, { do: 'readFrom', path, as: name });
      const child = spawn('sh', ['-c', 'exec >&-; cat >"$0"', path], { stdio: ['pipe', 'pipe', 'inherit'] });
      using client = face.pipe(child.stdout, child.stdin);
      await closes(face, () => client.receive());
      await face.sleep(0.05); // the runtime closes what has ended a moment later
      assert.equal(await client.send(pattern(200_000)), 200_000);
      client.close();
      assert.equal((await peer.report(face, name)).sha256, sha256(pattern(200_000)));
      assert.equal(script.dirty(), false);
    },
  },

  {
    name: 'pipe: a child that has exited before anyone asks',
    async run(face) {
      const child = spawn('true', { stdio: ['pipe', 'pipe', 'inherit'] });
      await new Promise((resolve) => child.once('close', resolve));
      using client = face.pipe(child.stdout, child.stdin);
      assert.deepEqual(await face.select([client], [client], 5), { readable: [client], writable: [client] });
      await closes(face, () => client.receive());
      await closes(face, () => client.send('x'), ['EPIPE']);
      for await (const line of client.lines()) assert.fail(line);
    },
  },

  {
    name: 'pipe: one way only, and none',
    async run(face) {
      const child = spawn('echo', ['hello'], { stdio: ['ignore', 'pipe', 'inherit'] });
      using client = face.pipe(child.stdout);
      assert.equal(await client.receive(), 'hello');
      await closes(face, () => client.send('x'), ['EPIPE']);
      await closes(face, () => client.receive());
      await fails(face, 'ERR_INVALID_ARGUMENT', () => face.pipe(null));
      await fails(face, 'ERR_INVALID_ARGUMENT', () => face.pipe(undefined, null));
      const text = new PassThrough({ encoding: 'utf8' });
      await fails(face, 'ERR_INVALID_ARGUMENT', () => face.pipe(text));
      const objects = new PassThrough({ readableObjectMode: true });
      await fails(face, 'ERR_INVALID_ARGUMENT', () => face.pipe(objects));
    },
  },

  {
    name: 'pair: what one sends the other receives',
    async run(face) {
      const ends = face.pair();
      using one = ends[0];
      using other = ends[1];
      assert.equal(await one.send('a line\n12345'), 12);
      assert.equal(await other.receive(), 'a line');
      assert.deepEqual(await other.receive(5), Buffer.from('12345'));
      await other.send('back\n');
      assert.equal(await one.receive(), 'back');
      other.settimeout(0.02);
      await timesOut(face, () => other.receive());
      other.settimeout(0);
      await timesOut(face, () => other.receive());
      other.settimeout(null);
      await one.send('rest');
      one.shutdown('send');
      await closes(face, () => one.send('x'), ['EPIPE']);
      assert.equal(partialOf(await closes(face, () => other.receive())), 'rest');
      assert.deepEqual(await other.receive('*a'), Buffer.from('rest'));
      await other.send('half\n');
      assert.equal(await one.receive(), 'half');
      other.close();
      await closes(face, () => one.receive());
      one.close();
      await closes(face, () => one.receive());
      await closes(face, () => one.send('x'));
      await closes(face, () => other.send('x'));
    },
  },

  {
    name: 'pair: keeps nothing of the sender',
    async run(face) {
      const ends = face.pair();
      using one = ends[0];
      using other = ends[1];
      const bytes = Buffer.from('abc');
      await one.send(bytes);
      bytes.fill(0);
      assert.deepEqual(await other.receive(3), Buffer.from('abc'));
    },
  },

  {
    name: 'pair: holds a sender back, and tells exactly what was taken',
    async run(face) {
      const ends = face.pair();
      using one = ends[0];
      using other = ends[1];
      const bytes = pattern(1_000_000);
      one.settimeout(0.05);
      const { sent = -1 } = await timesOut(face, () => one.send(bytes));
      assert.ok(sent > 0 && sent < 1_000_000, `${sent} bytes`);
      one.close();
      assert.deepEqual(await other.receive('*a'), bytes.subarray(0, sent));
      await closes(face, () => other.send('x'), ['EPIPE']);
    },
  },

  {
    name: 'pair: a MiB each way at once',
    overlaps: true,
    async run(face) {
      const ends = face.pair();
      using one = ends[0];
      using other = ends[1];
      const bytes = pattern(1_000_000);
      const [, , here, there] = await Promise.all([
        one.send(bytes),
        other.send(bytes),
        one.receive(1_000_000),
        other.receive(1_000_000),
      ]);
      assert.deepEqual([sha256(here), sha256(there)], [sha256(bytes), sha256(bytes)]);
      const waiting = closes(face, () => one.receive());
      one.close();
      await waiting;
    },
  },

  {
    name: 'pair: a reader that ends its half breaks the pipe',
    async run(face) {
      const ends = face.pair();
      using one = ends[0];
      using other = ends[1];
      other.shutdown('receive');
      await closes(face, () => other.receive());
      await closes(face, () => one.send('x'), ['EPIPE']);
      await other.send('y\n');
      assert.equal(await one.receive(), 'y');
    },
  },

  ...CUTS.map(
    (cut): Case => ({
      name: `stream: a transport of one's own, in pieces of ${cut ?? 'all'}`,
      async run(face) {
        const { io, taken, calls } = scripted(Buffer.from('a line\r\n12345head--rest'), cut);
        const client = face.stream(io);
        assert.equal(await client.receive(), 'a line');
        assert.deepEqual(await client.receive(5), Buffer.from('12345'));
        assert.equal(await client.receive({ until: '--' }), 'head');
        assert.equal(partialOf(await closes(face, () => client.receive())), 'rest');
        assert.deepEqual(await client.receive('*a'), Buffer.from('rest'));
        assert.equal(await client.send('0123456789abcdef', 1), 15);
        assert.equal(Buffer.concat(taken).toString(), '123456789abcdef');
        assert.equal(client.getfd(), 42);
        await fails(face, 'ERR_INVALID_ARGUMENT', () => face.select([client], null));
        client.shutdown('send');
        client.close();
        client.close();
        assert.deepEqual(calls, ['shutdown send', 'close']);
        assert.equal(client.getfd(), -1);
      },
    }),
  ),

  {
    name: 'stream: failures of a transport become errors',
    async run(face) {
      const { io } = scripted(Buffer.from(''));
      const outcomes: unknown[] = [];
      const client = face.stream({
        ...io,
        recv: () => outcomes.shift() as Uint8Array,
        send: () => new Failure('EHOSTUNREACH'),
      });
      outcomes.push(Buffer.from('abc'), TIMED_OUT, Buffer.from('d'), new Failure('EIO', new Error('why')));
      assert.equal(partialOf(await timesOut(face, () => client.receive())), 'abc');
      const error = await fails(face, 'EIO', () => client.receive());
      assert.deepEqual([partialOf(error), error.reason, (error.cause as Error).message], ['abcd', 'EIO', 'why']);
      outcomes.push(Buffer.from('\n'), ENDED);
      assert.equal(await client.receive(), 'abcd');
      await closes(face, () => client.receive());
      const sending = await fails(face, 'EHOSTUNREACH', () => client.send('x'));
      assert.deepEqual([sending.reason, sending.sent], ['No route to host', 0]);
      outcomes.push(CLOSED_HERE);
      assert.match((await closes(face, () => client.receive())).message, /on this side/);
    },
  },

  {
    name: 'stream: a transport learns how long it may wait',
    quiet: true,
    async run(face) {
      const { io } = scripted(Buffer.from(''));
      const remaining: number[] = [];
      const client = face.stream({
        ...io,
        recv(deadline) {
          remaining.push(deadline.remaining());
          return remaining.length % 2 === 1 ? Buffer.from('x') : TIMED_OUT;
        },
      });
      await timesOut(face, () => client.receive());
      client.settimeout(2);
      await timesOut(face, () => client.receive());
      client.settimeout(1, 't');
      lasted(await seconds(() => timesOut(face, () => client.receive())), 0, 0.5);
      const forever = Number.POSITIVE_INFINITY;
      assert.deepEqual(remaining.slice(0, 4), [forever, forever, 2000, 2000]);
      assert.ok(
        remaining.slice(4).every((left) => left > 500 && left <= 1000),
        String(remaining),
      );
    },
  },
];
