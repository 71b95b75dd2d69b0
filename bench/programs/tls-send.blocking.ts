// Bulk with moonsocket's blocking TLS: the same 64 KiB again and again; the sink says at the end how much it got.

import { expect, report, timed, units } from './measure.ts';
import { dial } from './tls.blocking.ts';

const chunk = Buffer.alloc(65_536, 'moonsocket');

function sendAll(bytes: number): void {
  using client = dial();
  client.send('sink\n');
  for (let sent = 0; sent < bytes; sent += chunk.length) client.send(chunk);
  client.shutdown('send');
  expect('bytes', client.receive(), String(bytes));
}

sendAll(units / 16);
report({ units, ...(await timed(() => sendAll(units))) });
