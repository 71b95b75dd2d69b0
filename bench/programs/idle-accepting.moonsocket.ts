// Memory of idle connections with moonsocket, on the accepting side; afterwards an echo on every one of them, which must lose nothing.

import { bind, connect, type TcpClient } from 'moonsocket';
import { expect, HOST, peerPort, report, settledRss, timed, units } from './measure.ts';

/** Opened before the first look at memory: they pay for the code and for what all connections share. */
const WARM = 2_000;

async function echo(client: TcpClient): Promise<void> {
  for (;;) {
    const line = await client.receive();
    await client.send(`${line}\n`);
  }
}

/** The peer hangs up when all is said. */
const hungUp = () => {};

const clients: TcpClient[] = [];
const server = await bind(HOST, 0, { backlog: 1024 });
const control = await connect(HOST, peerPort);
await control.send(`dial ${server.getsockname().port} ${WARM} ${units}\n`);
while (clients.length < WARM) clients.push(await server.accept());
for (const client of clients) echo(client).catch(hungUp);
const before = await settledRss();

let open = 0;
let waiting = 0;
let lost = Number.NaN;
const times = await timed(async () => {
  await control.send('more\n');
  while (clients.length < WARM + units) clients.push(await server.accept());
  open = (await settledRss()) - before;
  for (const client of clients.slice(WARM)) echo(client).catch(hungUp);
  waiting = (await settledRss()) - before;
  await control.send('go\n');
  lost = Number(await control.receive());
});
expect('lost echoes', lost, 0);
report({ units, ...times, bytes: { open: open / units, waiting: waiting / units } });
