// Bulk with moonsocket's blocking face: everything until the peer closes, as one Buffer.

import { connect } from '../../src/entry/blocking.ts';
import { expect, HOST, peerPort, report, timed, units } from './measure.ts';

function receiveAll(bytes: number): void {
  using client = connect(HOST, peerPort);
  client.send(`bytes ${bytes}\n`);
  const all = client.receive('*a', { limit: Number.POSITIVE_INFINITY });
  expect('bytes', all.length, bytes);
}

receiveAll(units / 16);
report({ units, ...(await timed(() => receiveAll(units))) });
