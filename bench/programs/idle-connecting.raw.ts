// Memory of idle connections with net.connect, on the connecting side; afterwards a line of its own on each, which must come back.
// All read into one buffer by `onread`; a closure a connection is the least that `onread` can do, since it does not say whose bytes they are.

import { once } from 'node:events';
import net from 'node:net';
import { expect, HOST, peerPort, report, settledRss, timed, units } from './measure.ts';

const WARM = 2_000;
const AT_ONCE = 100;

const shared = Buffer.allocUnsafeSlow(65_536);
const replies = new Map<number, string>();
let complete = 0;
let allComplete = () => {};

function take(id: number, bytesRead: number): boolean {
  const reply = (replies.get(id) ?? '') + shared.toString('latin1', 0, bytesRead);
  replies.set(id, reply);
  if (reply.endsWith('\n') && ++complete === units) allComplete();
  return true;
}

function destroy(this: net.Socket): void {
  this.destroy();
}

async function open(firstId: number, count: number): Promise<net.Socket[]> {
  const sockets: net.Socket[] = [];
  while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - sockets.length) }, async (_, i) => {
      const id = firstId + sockets.length + i;
      const socket = net.connect({
        host: HOST,
        port: peerPort,
        onread: { buffer: shared, callback: (bytesRead) => take(id, bytesRead) },
      });
      await once(socket, 'connect');
      return socket.on('error', destroy);
    });
    sockets.push(...(await Promise.all(batch)));
  }
  return sockets;
}

const warm = await open(-WARM, WARM);
const before = await settledRss();

let opened = 0;
let waiting = 0;
let lost = Number.NaN;
const times = await timed(async () => {
  const sockets = await open(0, units);
  opened = (await settledRss()) - before;
  // Nothing to do in order to wait: `onread` reads from the start.
  waiting = (await settledRss()) - before;
  const echoed = new Promise<void>((resolve) => {
    allComplete = resolve;
  });
  for (const [i, socket] of sockets.entries()) socket.write(`echo\nline ${i}\n`);
  await echoed;
  lost = sockets.filter((_, i) => replies.get(i) !== `line ${i}\n`).length;
});
// Named again, so that the collector cannot have taken the warm connections in between.
expect('warm connections', warm.length, WARM);
expect('lost echoes', lost, 0);
report({ units, ...times, bytes: { open: opened / units, waiting: waiting / units } });
