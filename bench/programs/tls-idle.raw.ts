// Memory of idle connections with node:tls.

import { once } from 'node:events';
import tls from 'node:tls';
import { expect, HOST, peerPort, report, settledRss, timed, units } from './measure.ts';

const WARM = 200;
const secureContext = tls.createSecureContext();

async function open(count: number): Promise<tls.TLSSocket[]> {
  const sockets: tls.TLSSocket[] = [];
  while (sockets.length < count) {
    const socket = tls.connect({ host: HOST, port: peerPort, secureContext, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    sockets.push(socket);
  }
  return sockets;
}

const warm = await open(WARM);
const before = await settledRss();
let opened = 0;
const times = await timed(async () => {
  const sockets = await open(units);
  opened = (await settledRss()) - before;
  const echoes = sockets.map((socket) => once(socket, 'data'));
  for (const socket of sockets) socket.write('echo\nx\n');
  for (const [echo] of await Promise.all(echoes)) expect('echo', String(echo), 'x\n');
});
expect('warm connections', warm.length, WARM);
report({ units, ...times, bytes: { open: opened / units } });
