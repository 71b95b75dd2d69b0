// Requests with moonsocket's blocking face: GETs of 1 KiB, one after the other, each over a connection of its own.

import { request } from '../../src/entry/http-blocking.ts';
import { expect, HOST, peerPort, report, timed, units } from './measure.ts';

const url = `http://${HOST}:${peerPort}/1024`;

function requests(count: number): void {
  let received = 0;
  for (let i = 0; i < count; i++) {
    const { body } = request(url);
    received += body.length;
  }
  expect('bytes', received, count * 1024);
}

requests(units / 10);
report({ units, ...(await timed(() => requests(units))) });
