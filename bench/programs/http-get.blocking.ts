// Requests with moonsocket's blocking face: GETs of 1 KiB, one after the other, over the connection that a session keeps.

import { session } from '../../src/entry/http-blocking.ts';
import { expect, HOST, peerPort, report, scheme, timed, units } from './measure.ts';

const request = { url: `${scheme}://${HOST}:${peerPort}/1024`, tls: { verify: false } };
const http = session();

function requests(count: number): void {
  let received = 0;
  for (let i = 0; i < count; i++) {
    const { body } = http.request(request);
    received += body.length;
  }
  expect('bytes', received, count * 1024);
}

requests(units / 10);
report({ units, ...(await timed(() => requests(units))) });
