// Memory with moonsocket while the reader is slow: `send` must wait for it, not queue. A fresh buffer for each send: the same one again
// would be queued a thousand times at no cost, and the fault would not show.

import { connect } from 'moonsocket';
import { expect, HOST, peakRss, peerPort, report, settledRss, timed, units } from './measure.ts';

const SIZE = 262_144;
/** A hundredth of what a reader that only reads manages: some 2 GiB a second. */
const BYTES_PER_SECOND = 20 * 2 ** 20;

await using client = await connect(HOST, peerPort);
await client.send(`sink ${BYTES_PER_SECOND}\n`);
const idle = await settledRss();
const peak = peakRss();
const times = await timed(async () => {
  for (let sent = 0; sent < units; sent += SIZE) {
    await client.send(Buffer.alloc(SIZE, 'm'));
    peak.look(sent);
  }
  client.shutdown('send');
  expect('bytes', await client.receive(), String(units));
});
report({ units, ...times, bytes: { growth: peak.bytes() - idle } });
