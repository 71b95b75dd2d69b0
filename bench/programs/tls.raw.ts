// TLS with node:tls and its events, over a transport, one task, as `tls.moonsocket` has them. What stands for another Io there is TCP here.

import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { expect, HOST, peerPort, report, task, timed, transport, units, unixPath } from './measure.ts';

const PIECE = 65_536;
const careless = { secureContext: tls.createSecureContext(), rejectUnauthorized: false };

async function secured(socket: tls.TLSSocket): Promise<tls.TLSSocket> {
  await once(socket, 'secureConnect');
  return socket;
}

async function dial(): Promise<tls.TLSSocket> {
  if (transport === 'unix') return await secured(tls.connect({ ...careless, socket: net.connect(unixPath) }));
  const socket = await secured(tls.connect({ ...careless, host: HOST, port: peerPort }));
  if (transport !== 'tls') return socket;
  socket.write('tls\n');
  const [answer] = await once(socket, 'data');
  expect('answer', String(answer), 'ready\n');
  socket.pause();
  return await secured(tls.connect({ ...careless, socket }));
}

async function handshakes(count: number): Promise<void> {
  for (let i = 0; i < count; i++) (await dial()).destroy();
}

async function roundTrips(count: number): Promise<void> {
  const socket = await dial();
  socket.setNoDelay(true);
  const message = Buffer.alloc(64, 'm');
  let reply = Buffer.allocUnsafe(64);
  let filled = 0;
  let resolve: (reply: Buffer) => void;
  let reject: (error: Error) => void;
  socket.on('error', (error) => reject(error));
  socket.on('data', (chunk: Buffer) => {
    reply.set(chunk, filled);
    filled += chunk.length;
    if (filled < 64) return;
    const whole = reply;
    reply = Buffer.allocUnsafe(64);
    filled = 0;
    resolve(whole);
  });
  socket.write('echo\n');
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    const answer = await new Promise<Buffer>((done, failed) => {
      resolve = done;
      reject = failed;
      socket.write(message);
    });
    bytes += answer.length;
  }
  expect('bytes', bytes, count * 64);
  socket.destroy();
}

/** In pieces of 64 KiB, like the other program. */
async function receiveAll(bytes: number): Promise<void> {
  const socket = await dial();
  let received = 0;
  let piece = Buffer.allocUnsafeSlow(PIECE);
  let filled = 0;
  const all = new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      for (let at = 0; at < chunk.length; ) {
        const copied = chunk.copy(piece, filled, at);
        at += copied;
        filled += copied;
        if (filled < PIECE) continue;
        received += piece.length;
        piece = Buffer.allocUnsafeSlow(PIECE);
        filled = 0;
      }
      if (received === bytes) resolve();
    });
  });
  socket.write(`bytes ${bytes}\n`);
  await all;
  expect('bytes', received, bytes);
  socket.destroy();
}

async function sendAll(bytes: number): Promise<void> {
  const socket = await dial();
  const chunk = Buffer.alloc(65_536, 'moonsocket');
  socket.write('sink\n');
  for (let sent = 0; sent < bytes; sent += chunk.length)
    await new Promise<void>((resolve, reject) => socket.write(chunk, (error) => (error ? reject(error) : resolve())));
  const answer = once(socket, 'data');
  socket.end();
  expect('bytes', String((await answer)[0]), `${bytes}\n`);
  socket.destroy();
}

const run = { handshake: handshakes, roundtrip: roundTrips, receive: receiveAll, send: sendAll }[task];

// A handshake is much code, and a thousand of them are run before V8 has compiled it.
await run(units / 16);
report({ units, ...(await timed(() => run(units))) });
