// Memory of idle connections with net.Server, on the accepting side; afterwards an echo on every one of them.
// Listeners are shared functions, not closures: an expert who counts bytes does not make three closures a connection.

import { once } from 'node:events';
import net from 'node:net';
import { expect, HOST, peerPort, report, settledRss, timed, units } from './measure.ts';

const WARM = 2_000;

function echo(this: net.Socket, chunk: Buffer): void {
  this.write(chunk);
}

function destroy(this: net.Socket): void {
  this.destroy();
}

const sockets: net.Socket[] = [];
let wanted = WARM;
let enough = () => {};

// Not read from until it is asked for, like a connection that moonsocket has accepted.
const server = net.createServer({ pauseOnConnect: true }, (socket) => {
  socket.on('error', destroy);
  sockets.push(socket);
  if (sockets.length === wanted) enough();
});

function accepted(count: number): Promise<void> {
  wanted = count;
  return new Promise((resolve) => {
    enough = resolve;
  });
}

function startEcho(some: readonly net.Socket[]): void {
  for (const socket of some) socket.on('data', echo).resume();
}

server.listen({ host: HOST, port: 0, backlog: 1024 });
await once(server, 'listening');
const control = net.connect(peerPort, HOST);
const warm = accepted(WARM);
control.write(`dial ${(server.address() as net.AddressInfo).port} ${WARM} ${units}\n`);
await warm;
startEcho(sockets);
const before = await settledRss();

let open = 0;
let waiting = 0;
let lost = Number.NaN;
const times = await timed(async () => {
  const all = accepted(WARM + units);
  control.write('more\n');
  await all;
  open = (await settledRss()) - before;
  startEcho(sockets.slice(WARM));
  waiting = (await settledRss()) - before;
  control.write('go\n');
  lost = Number(String(await once(control, 'data')));
});
expect('lost echoes', lost, 0);
report({ units, ...times, bytes: { open: open / units, waiting: waiting / units } });
