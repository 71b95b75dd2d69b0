// Datagrams with moonsocket's blocking face: one socket sends, the other receives, in one process, so that nobody ever waits. Neither has a peer.

import { udp } from '../../src/entry/blocking.ts';
import { expect, HOST, report, timed, units } from './measure.ts';

using sender = udp();
using receiver = udp();
receiver.setsockname(HOST, 0);
const { address, port } = receiver.getsockname();
const message = Buffer.alloc(64, 'm');

function sendAndReceive(count: number): void {
  let received = 0;
  for (let i = 0; i < count; i++) {
    sender.sendto(message, address, port);
    const { data } = receiver.receivefrom();
    received += data.length;
  }
  expect('bytes', received, count * 64);
}

sendAndReceive(units / 10);
report({ units, ...(await timed(() => sendAndReceive(units))) });
