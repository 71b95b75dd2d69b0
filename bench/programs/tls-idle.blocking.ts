// Memory of idle connections with moonsocket's blocking TLS.

import { expect, report, settledRss, timed, units } from './measure.ts';
import { dial } from './tls.blocking.ts';

/** Opened before the first look at memory: they pay for the code and for what all connections share. */
const WARM = 200;

const open = (count: number) => Array.from({ length: count }, dial);
const warm = open(WARM);
const before = await settledRss();
let opened = 0;
const times = await timed(async () => {
  const clients = open(units);
  opened = (await settledRss()) - before;
  for (const client of clients) client.send('echo\nx\n');
  for (const client of clients) expect('echo', client.receive(), 'x');
});
expect('warm connections', warm.length, WARM);
report({ units, ...times, bytes: { open: opened / units } });
