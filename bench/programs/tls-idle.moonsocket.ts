// Memory of idle connections with moonsocket's TLS, over TCP.

import { connect, context, type TlsClient } from 'moonsocket/tls';
import { expect, HOST, peerPort, report, settledRss, timed, units } from './measure.ts';

/** Opened before the first look at memory: they pay for the code and for what all connections share. */
const WARM = 200;
const careless = context({ verify: false });

async function open(count: number): Promise<TlsClient[]> {
  const clients: TlsClient[] = [];
  while (clients.length < count) clients.push(await connect(HOST, peerPort, { context: careless }));
  return clients;
}

const warm = await open(WARM);
const before = await settledRss();
let opened = 0;
const times = await timed(async () => {
  const clients = await open(units);
  opened = (await settledRss()) - before;
  for (const client of clients) await client.send('echo\nx\n');
  for (const client of clients) expect('echo', await client.receive(), 'x');
});
expect('warm connections', warm.length, WARM);
report({ units, ...times, bytes: { open: opened / units } });
