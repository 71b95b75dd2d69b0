// Datagrams with moonsocket's blocking face: one socket sends, the other receives, in one process, so that nobody ever waits. Each is the
// other's peer.

import { expect, report, timed, units } from './measure.ts';
import { udpPeers } from './udp-peers.ts';

const [sender, receiver] = udpPeers();
const message = Buffer.alloc(64, 'm');

function sendAndReceive(count: number): void {
  let received = 0;
  for (let i = 0; i < count; i++) {
    sender.send(message);
    const data = receiver.receive();
    received += data.length;
  }
  expect('bytes', received, count * 64);
}

sendAndReceive(units / 10);
report({ units, ...(await timed(() => sendAndReceive(units))) });
