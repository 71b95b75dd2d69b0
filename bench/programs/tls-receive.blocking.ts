// Bulk with moonsocket's blocking TLS: received in pieces of 64 KiB.

import { expect, report, timed, units } from './measure.ts';
import { dial } from './tls.blocking.ts';

const PIECE = 65_536;

function receiveAll(bytes: number): void {
  using client = dial();
  client.send(`bytes ${bytes}\n`);
  let received = 0;
  while (received < bytes) received += client.receive(PIECE).length;
  expect('bytes', received, bytes);
}

receiveAll(units / 16);
report({ units, ...(await timed(() => receiveAll(units))) });
