/** TLS over every transport, its ends and its upgrades: cut, half-closed, greeted in another protocol, injected into. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import type { Client } from '../../../src/entry/index.ts';
import { pattern, type Step } from '../script.ts';
import { type Case, closes, type Face, fails, type Peer, partialOf, timesOut } from '../support.ts';
import { identity, pem, plain, SERVER, says, secured, tlsOf, tlsStep, wrapped } from './support.ts';

const ECHO: Step = { do: 'echo' };

/** A line, and what kernels do not hold, there and back. */
async function echoes(client: Client): Promise<void> {
  await client.send('ping\n');
  assert.equal(await client.receive(), 'ping');
  const bytes = pattern(100_000);
  await client.send(bytes);
  assert.deepEqual(await client.receive(bytes.length), bytes);
}

/** Two ends in one process. */
async function bothEnds(face: Face, peer: Peer, here: Client, there: Client): Promise<[Client, Client]> {
  const server = tlsOf(face).wrap(there, { role: 'server', ...identity(peer, 'server') });
  return [await wrapped(face, peer, here), await server];
}

export const cases: readonly Case[] = [
  {
    name: 'TLS: over TCP, after plain lines (STARTTLS)',
    async run(face, peer) {
      const client = await peer.talk(
        face,
        { do: 'receive', count: 10 },
        { do: 'send', bytes: '220 go\r\n' },
        tlsStep(peer, SERVER, ECHO),
      );
      client.settimeout(10);
      await client.send('STARTTLS\r\n');
      assert.equal(await client.receive(), '220 go');
      using secure = await wrapped(face, peer, client);
      await echoes(secure);
      assert.deepEqual(secure.gettimeout(), { block: 10, total: null });
      assert.equal(secure.getstats().received, 100_005);
      const spent = await closes(face, () => client.receive());
      assert.match(spent.message, /handed over/);
      client.close(); // which does nothing
      await secure.send('.');
      assert.deepEqual(await secure.receive(1), Buffer.from('.'));
    },
  },

  {
    name: 'TLS: over a Unix socket',
    async run(face, peer) {
      const path = peer.path();
      using control = await peer.control(face);
      await control.do({ do: 'listenAt', path });
      const client = await face.unix.stream().connect(path);
      await client.send(`${JSON.stringify([tlsStep(peer, SERVER, ECHO)])}\n`);
      using secure = await wrapped(face, peer, client);
      await echoes(secure);
      await fails(face, ['ERR_UNSUPPORTED', 'ENOTCONN'], async () => secure.getpeername());
    },
  },

  {
    name: 'TLS: a TLS socket of the runtime as a pipe',
    async run(face, peer) {
      const below = net.connect(peer.port, '127.0.0.1');
      below.write(`${JSON.stringify([tlsStep(peer, SERVER, ECHO)])}\n`);
      const socket = tls.connect({ socket: below, servername: 'localhost', ca: pem(peer, 'root.pem') });
      await once(socket, 'secureConnect');
      using client = face.pipe(socket, socket);
      client.settimeout(10);
      await echoes(client);
      client.shutdown('send');
      await closes(face, () => client.receive());
    },
  },

  {
    name: 'TLS: over the transport of a user',
    async run(face, peer) {
      const { io } = (await plain(face, peer, SERVER, ECHO)).stream;
      const bare = {
        recv: (deadline: never) => io.recv(deadline),
        send: (bytes: Uint8Array, deadline: never) => io.send(bytes.subarray(0, 1000), deadline),
        shutdown: (how: 'send') => io.shutdown(how),
        close: () => io.close(),
        getfd: () => -1,
      };
      using secure = await wrapped(face, peer, face.stream(bare as never));
      await echoes(secure);
    },
  },

  {
    name: 'TLS: in TLS, in TLS',
    async run(face, peer) {
      const nested = tlsStep(peer, SERVER, tlsStep(peer, SERVER, ECHO));
      const outer = await secured(face, peer, {}, {}, nested);
      const middle = await wrapped(face, peer, outer);
      using inner = await wrapped(face, peer, middle);
      await echoes(inner);
      assert.equal(inner.getpeername().port, peer.port);
    },
  },

  {
    name: 'TLS: over a pair in memory, both ends here',
    overlaps: true,
    async run(face, peer) {
      const [here, there] = await bothEnds(face, peer, ...face.pair());
      const bytes = pattern(3_000_000);
      const [got] = await Promise.all([there.receive(bytes.length), here.send(bytes)]);
      assert.deepEqual(got, bytes);
      const [back] = await Promise.all([here.receive(bytes.length), there.send(bytes)]);
      assert.deepEqual(back, bytes);
      here.close();
      await closes(face, () => there.receive());
      there.close();
    },
  },

  {
    name: 'TLS: one half ends, the other goes on',
    async run(face, peer) {
      const then = [{ do: 'receiveAll' }, { do: 'send', bytes: 'after\n' }] as const;
      using client = await secured(face, peer, {}, {}, ...then);
      await client.send('before');
      client.shutdown('send');
      assert.equal(await client.receive(), 'after');
      await closes(face, () => client.receive());
      await fails(face, 'EPIPE', () => client.send('x'));
    },
  },

  {
    name: 'TLS: a close says goodbye behind what was sent',
    async run(face, peer) {
      const name = peer.name();
      const client = await secured(face, peer, {}, {}, { do: 'receiveAll' }, { do: 'report', as: name });
      await client.send(pattern(200_000));
      client.close();
      const { length, ended, error } = await peer.report(face, name);
      assert.deepEqual({ length, ended, error }, { length: 200_000, ended: true, error: null });
    },
  },

  {
    name: 'TLS: a stream that is cut is no end',
    async run(face, peer) {
      const then = [{ do: 'send', bytes: 'half a li' }, { do: 'receive', count: 1 }, { do: 'cut' }] as const;
      using client = await secured(face, peer, {}, {}, ...then);
      await client.send('.');
      const error = await fails(face, 'ERR_TLS_TRUNCATED', () => client.receive());
      assert.equal(partialOf(error), 'half a li');
      says(error, 'unexpected eof while reading', /goodbye/);
      await fails(face, 'ERR_TLS_TRUNCATED', () => client.receive('*a'));
    },
  },

  {
    name: 'TLS: a stream that is cut is an end where the program says so',
    async run(face, peer) {
      const then = [{ do: 'send', bytes: 'all' }, { do: 'receive', count: 1 }, { do: 'cut' }] as const;
      using client = await secured(face, peer, {}, { truncation: 'end' }, ...then);
      await client.send('.');
      assert.equal(String(await client.receive('*a')), 'all');
    },
  },

  {
    name: 'TLS: a reset is no end, either',
    async run(face, peer) {
      using client = await secured(face, peer, {}, {}, { do: 'receive', count: 1 }, { do: 'reset' });
      await client.send('.');
      await fails(face, ['ECONNRESET', 'ERR_TLS_TRUNCATED'], () => client.receive());
      assert.deepEqual((await face.select([client], null, 5)).readable, [client]);
      for (let i = 0; i < 2; i++) {
        const error = await fails(face, ['ECONNRESET', 'EPIPE'], () => client.send('x'));
        assert.equal(error.sent, 0);
      }
    },
  },

  {
    name: 'TLS: a peer that is silent is left when the time is over',
    async run(face, peer) {
      const silent = await peer.talk(face, { do: 'receiveAll' });
      const error = await timesOut(face, () => wrapped(face, peer, silent, { timeout: 0.1 }));
      assert.equal(error.phase, 'handshake');
      await closes(face, () => silent.receive());
      const other = await peer.talk(face, { do: 'receiveAll' });
      other.settimeout(0.1, 't');
      await timesOut(face, () => wrapped(face, peer, other, { timeout: undefined }));
    },
  },

  {
    name: 'TLS: a peer that hangs up in the handshake',
    async run(face, peer) {
      const client = await peer.talk(face, { do: 'receive', count: 5 }, { do: 'end' });
      const error = await fails(face, 'ERR_CLOSED', () => wrapped(face, peer, client));
      assert.match(error.message, /in the handshake/);
      const reset = await peer.talk(face, { do: 'receive', count: 5 }, { do: 'reset' });
      await fails(face, 'ECONNRESET', () => wrapped(face, peer, reset));
    },
  },

  {
    name: 'TLS: a peer that speaks another protocol',
    async run(face, peer) {
      for (const bytes of ['220 mail.test ESMTP\r\n', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'SSH-2.0-OpenSSH_9.2\r\n']) {
        const client = await peer.talk(face, { do: 'receive', count: 5 }, { do: 'send', bytes });
        const error = await fails(face, 'ERR_TLS_WRONG_PROTOCOL', () => wrapped(face, peer, client));
        says(error, 'wrong version number', /plain text|has no TLS/);
      }
    },
  },

  {
    name: 'TLS: what came before its time is refused, and is still there',
    async run(face, peer) {
      const client = await peer.talk(face, { do: 'send', bytes: '220 go\r\n250 injected\r\n' }, { do: 'receiveAll' });
      assert.equal(await client.receive(), '220 go');
      const error = await fails(face, 'ERR_TLS_UNREAD', () => wrapped(face, peer, client));
      assert.match(error.message, /"250 injected/);
      assert.equal(await client.receive(), '250 injected');
      client.close();
    },
  },

  {
    name: 'TLS: a call that is under way keeps a connection from being wrapped',
    overlaps: true,
    async run(face, peer) {
      using client = await peer.talk(
        face,
        { do: 'receive', count: 1 },
        { do: 'send', bytes: 'x' },
        { do: 'receiveAll' },
      );
      const receiving = client.receive(1);
      await fails(face, 'ERR_BUSY', () => wrapped(face, peer, client));
      await client.send('.');
      assert.equal(String(await receiving), 'x');
    },
  },

  {
    name: 'TLS: misuse is told before anything is sent',
    async run(face, peer) {
      using client = await peer.talk(face, { do: 'receiveAll' });
      const tls = tlsOf(face);
      const context = tls.context({ ca: pem(peer, 'root.pem') });
      for (const options of [
        {},
        { servername: 'a b' },
        { servername: 'localhost', context, ca: pem(peer, 'root.pem') },
        { servername: 'localhost', role: 'peer' },
        { servername: 'localhost', session: 'x' },
        { role: 'server' },
        { role: 'server', ...identity(peer, 'server'), servername: 'x' },
        { servername: 'localhost', requestCert: true },
        { servername: 'localhost', timeout: 'soon' },
        { servername: 'localhost', sni: {} },
      ])
        await fails(face, 'ERR_INVALID_ARGUMENT', () => tls.wrap(client, options as never));
      assert.equal(client.getstats().sent > 0, true);
      await client.send('still plain');
    },
  },

  {
    name: 'TLS: a server over a connection, after a line of a proxy',
    async run(face, peer) {
      const { cert, key } = identity(peer, 'server');
      const client = await plain(face, peer, { role: 'client', servername: 'localhost' }, ECHO);
      using secure = await tlsOf(face).wrap(client, { role: 'server', cert, key });
      assert.equal(secure.info().servername, 'localhost');
      await echoes(secure);
      const proxied = await peer.talk(
        face,
        { do: 'send', bytes: 'PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n' },
        tlsStep(peer, { role: 'client' }, ECHO),
      );
      await face.sleep(0.05); // so that the beginning of the handshake comes with the line, as it may
      assert.match(await proxied.receive(), /^PROXY /);
      using behind = await tlsOf(face).wrap(proxied, { role: 'server', cert, key });
      await echoes(behind);
    },
  },
];
