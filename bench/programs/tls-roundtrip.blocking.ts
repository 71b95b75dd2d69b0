// Round trips with moonsocket's blocking TLS: 64 bytes there and back, one after the other.

import { expect, report, timed, units } from './measure.ts';
import { dial } from './tls.blocking.ts';

using client = dial();
client.setoption('tcp-nodelay', true);
client.send('echo\n');
const message = Buffer.alloc(64, 'm');

function roundTrips(count: number): void {
  let received = 0;
  for (let i = 0; i < count; i++) {
    client.send(message);
    received += client.receive(64).length;
  }
  expect('bytes', received, count * 64);
}

roundTrips(units / 10);
report({ units, ...(await timed(() => roundTrips(units))) });
