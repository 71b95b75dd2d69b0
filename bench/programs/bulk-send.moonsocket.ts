// Bulk with moonsocket: the same 64 KiB again and again; the sink says at the end how much it got.

import { connect } from 'moonsocket';
import { expect, HOST, peerPort, report, timed, units } from './measure.ts';

const chunk = Buffer.alloc(65_536, 'moonsocket');

async function sendAll(bytes: number): Promise<void> {
  await using client = await connect(HOST, peerPort);
  await client.send('sink\n');
  for (let sent = 0; sent < bytes; sent += chunk.length) await client.send(chunk);
  client.shutdown('send');
  expect('bytes', await client.receive(), String(bytes));
}

await sendAll(units / 16);
report({ units, ...(await timed(() => sendAll(units))) });
