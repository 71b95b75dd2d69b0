// Lines with moonsocket: `for await` over `client.lines()`, which should cost no more than calling `receive` by hand.

import { connect } from 'moonsocket';
import { expect, HOST, peerPort, report, timed, units } from './measure.ts';

const warmUp = units / 10;

async function receiveLines(count: number): Promise<void> {
  // A connection for each: leaving the loop early may close the connection, and reading it to the end is what programs do.
  await using client = await connect(HOST, peerPort);
  await client.send(`lines ${count}\n`);
  let characters = 0;
  for await (const line of client.lines()) characters += line.length;
  expect('characters', characters, count * 59);
}

await receiveLines(warmUp);
report({ units, ...(await timed(() => receiveLines(units))) });
