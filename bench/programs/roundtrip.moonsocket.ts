// Round trips with moonsocket: 64 bytes there and back, one after the other.

import { connect } from 'moonsocket';
import { expect, HOST, peerPort, report, timed, units } from './measure.ts';

await using client = await connect(HOST, peerPort);
client.setoption('tcp-nodelay', true);
await client.send('echo\n');
const message = Buffer.alloc(64, 'm');

async function roundTrips(count: number): Promise<void> {
  let received = 0;
  for (let i = 0; i < count; i++) {
    await client.send(message);
    const reply = await client.receive(64);
    received += reply.length;
  }
  expect('bytes', received, count * 64);
}

await roundTrips(units / 10);
report({ units, ...(await timed(() => roundTrips(units))) });
