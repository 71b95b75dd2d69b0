// Lines with moonsocket's blocking face: one `client.receive()` a line.

import { connect } from '../../src/entry/blocking.ts';
import { expect, HOST, peerPort, report, timed, units } from './measure.ts';

const warmUp = units / 10;
using client = connect(HOST, peerPort);
client.send(`lines ${warmUp + units}\n`);

function receiveLines(count: number): void {
  let characters = 0;
  for (let i = 0; i < count; i++) {
    const line = client.receive();
    characters += line.length;
  }
  expect('characters', characters, count * 59);
}

receiveLines(warmUp);
report({ units, ...(await timed(() => receiveLines(units))) });
