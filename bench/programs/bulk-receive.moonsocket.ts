// Bulk with moonsocket: everything until the peer closes, as one Buffer.

import { connect } from 'moonsocket';
import { expect, HOST, peerPort, report, timed, units } from './measure.ts';

async function receiveAll(bytes: number): Promise<void> {
  await using client = await connect(HOST, peerPort);
  await client.send(`bytes ${bytes}\n`);
  const all = await client.receive('*a', { limit: Number.POSITIVE_INFINITY });
  expect('bytes', all.length, bytes);
}

await receiveAll(units / 16);
report({ units, ...(await timed(() => receiveAll(units))) });
