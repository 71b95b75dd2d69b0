// Datagrams with moonsocket's blocking face, 64 sent by one call and received by another, in one process; each socket is the other's peer.

import { expect, report, timed, units } from './measure.ts';
import { udpPeers } from './udp-peers.ts';

const BATCH = 64;
const [sender, receiver] = udpPeers();
const message = Buffer.alloc(64, 'm');
const batch = Array.from({ length: BATCH }, () => ({ data: message }));

function sendAndReceive(count: number): void {
  let received = 0;
  for (let i = 0; i < count; i += BATCH) {
    expect('datagrams sent', sender.sendmany(batch), BATCH);
    // As many as are there: over loopback that is all of them, but nobody promises it.
    for (let missing = BATCH; missing > 0; ) {
      const datagrams = receiver.receivemany(missing);
      missing -= datagrams.length;
      for (const { data } of datagrams) received += data.length;
    }
  }
  expect('bytes', received, count * 64);
}

sendAndReceive(units / 16);
report({ units, ...(await timed(() => sendAndReceive(units))) });
