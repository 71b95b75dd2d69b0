// TLS with moonsocket, over a transport, one task: `tls.moonsocket PORT UNITS tcp|unix|tls|io handshake|roundtrip|receive|send`.

import { type Client, connect, stream, unix } from 'moonsocket';
import { connect as connectTls, context, type TlsClient, wrap } from 'moonsocket/tls';
import { expect, HOST, peerPort, report, task, timed, transport, units, unixPath } from './measure.ts';

const careless = context({ verify: false });

/** The same connection as an `Io` of a program's own. */
function foreign({ stream: { io } }: Client): Client {
  return stream({
    recv: (deadline) => io.recv(deadline),
    send: (bytes, deadline) => io.send(bytes, deadline),
    shutdown: (how) => io.shutdown(how),
    close: () => io.close(),
    getfd: () => -1,
  });
}

async function dial(): Promise<TlsClient> {
  if (transport === 'tcp') return await connectTls(HOST, peerPort, { context: careless });
  if (transport === 'unix') return await wrap(await unix.stream().connect(unixPath), { context: careless });
  if (transport === 'io') return await wrap(foreign(await connect(HOST, peerPort)), { context: careless });
  const outer = await connectTls(HOST, peerPort, { context: careless });
  await outer.send('tls\n');
  expect('answer', await outer.receive(), 'ready');
  return await wrap(outer, { context: careless });
}

async function handshakes(count: number): Promise<void> {
  for (let i = 0; i < count; i++) (await dial()).close();
}

async function roundTrips(count: number): Promise<void> {
  await using client = await dial();
  if (transport === 'tcp') client.setoption('tcp-nodelay', true);
  await client.send('echo\n');
  const message = Buffer.alloc(64, 'm');
  let received = 0;
  for (let i = 0; i < count; i++) {
    await client.send(message);
    received += (await client.receive(64)).length;
  }
  expect('bytes', received, count * 64);
}

async function receiveAll(bytes: number): Promise<void> {
  await using client = await dial();
  await client.send(`bytes ${bytes}\n`);
  let received = 0;
  while (received < bytes) received += (await client.receive(65_536)).length;
  expect('bytes', received, bytes);
}

async function sendAll(bytes: number): Promise<void> {
  await using client = await dial();
  const chunk = Buffer.alloc(65_536, 'moonsocket');
  await client.send('sink\n');
  for (let sent = 0; sent < bytes; sent += chunk.length) await client.send(chunk);
  client.shutdown('send');
  expect('bytes', await client.receive(), String(bytes));
}

const run = { handshake: handshakes, roundtrip: roundTrips, receive: receiveAll, send: sendAll }[task];

// A handshake is much code, and a thousand of them are run before V8 has compiled it.
await run(units / 16);
report({ units, ...(await timed(() => run(units))) });
