// Bulk with moonsocket's blocking face: the same 64 KiB again and again; the sink says at the end how much it got.

import { connect } from '../../src/entry/blocking.ts';
import { expect, HOST, peerPort, report, timed, units } from './measure.ts';

const chunk = Buffer.alloc(65_536, 'moonsocket');

function sendAll(bytes: number): void {
  using client = connect(HOST, peerPort);
  client.send('sink\n');
  for (let sent = 0; sent < bytes; sent += chunk.length) client.send(chunk);
  client.shutdown('send');
  expect('bytes', client.receive(), String(bytes));
}

sendAll(units / 16);
report({ units, ...(await timed(() => sendAll(units))) });
