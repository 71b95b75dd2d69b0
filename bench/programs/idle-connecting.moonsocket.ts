// Memory of idle connections with moonsocket, on the connecting side; afterwards a line of its own on each, which must come back.

import { connect, type TcpClient } from 'moonsocket';
import { expect, HOST, peerPort, report, settledRss, timed, units } from './measure.ts';

/** Opened before the first look at memory: they pay for the code and for what all connections share. */
const WARM = 2_000;
/** Few connects at a time: below the peer's backlog, so that no SYN is dropped and sent again a second later. */
const AT_ONCE = 100;

async function open(count: number): Promise<TcpClient[]> {
  const clients: TcpClient[] = [];
  while (clients.length < count) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - clients.length) }, () => connect(HOST, peerPort));
    clients.push(...(await Promise.all(batch)));
  }
  return clients;
}

const warm = await open(WARM);
const warmReplies = warm.map((client) => client.receive());
const before = await settledRss();

let opened = 0;
let waiting = 0;
let lost = Number.NaN;
const times = await timed(async () => {
  const clients = await open(units);
  opened = (await settledRss()) - before;
  const replies = clients.map((client) => client.receive());
  waiting = (await settledRss()) - before;
  await Promise.all(clients.map((client, i) => client.send(`echo\nline ${i}\n`)));
  const lines = await Promise.all(replies);
  lost = lines.filter((line, i) => line !== `line ${i}`).length;
});
// Named again, so that the collector cannot have taken the warm connections in between.
expect('warm connections', warm.length + warmReplies.length, 2 * WARM);
expect('lost echoes', lost, 0);
report({ units, ...times, bytes: { open: opened / units, waiting: waiting / units } });
