// Lines with moonsocket: one `await client.receive()` a line, as one would write it.

import { connect } from 'moonsocket';
import { expect, HOST, peerPort, report, timed, units } from './measure.ts';

const warmUp = units / 10;
await using client = await connect(HOST, peerPort);
await client.send(`lines ${warmUp + units}\n`);

async function receiveLines(count: number): Promise<void> {
  let characters = 0;
  for (let i = 0; i < count; i++) {
    const line = await client.receive();
    characters += line.length;
  }
  expect('characters', characters, count * 59);
}

await receiveLines(warmUp);
report({ units, ...(await timed(() => receiveLines(units))) });
