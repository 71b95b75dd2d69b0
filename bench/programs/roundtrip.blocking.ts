// Round trips with moonsocket's blocking face: 64 bytes there and back, one after the other.

import { connect } from '../../src/entry/blocking.ts';
import { expect, HOST, peerPort, report, timed, units } from './measure.ts';

using client = connect(HOST, peerPort);
client.setoption('tcp-nodelay', true);
client.send('echo\n');
const message = Buffer.alloc(64, 'm');

function roundTrips(count: number): void {
  let received = 0;
  for (let i = 0; i < count; i++) {
    client.send(message);
    const reply = client.receive(64);
    received += reply.length;
  }
  expect('bytes', received, count * 64);
}

roundTrips(units / 10);
report({ units, ...(await timed(() => roundTrips(units))) });
