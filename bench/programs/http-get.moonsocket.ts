// Requests with moonsocket: GETs of 1 KiB, one after the other, over the connection that a session keeps.

import { session } from 'moonsocket/http';
import { expect, HOST, peerPort, report, scheme, timed, units } from './measure.ts';

const request = { url: `${scheme}://${HOST}:${peerPort}/1024`, tls: { verify: false } };
const http = session();

async function requests(count: number): Promise<void> {
  let received = 0;
  for (let i = 0; i < count; i++) {
    const { body } = await http.request(request);
    received += body.length;
  }
  expect('bytes', received, count * 1024);
}

await requests(units / 10);
report({ units, ...(await timed(() => requests(units))) });
