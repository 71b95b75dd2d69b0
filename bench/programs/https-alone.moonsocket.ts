// Requests with moonsocket over https: GETs of 1 KiB, one after the other, each over a connection of its own.

import { request } from 'moonsocket/http';
import { expect, HOST, peerPort, report, timed, units } from './measure.ts';

const get = { url: `https://${HOST}:${peerPort}/1024`, tls: { verify: false } };

async function requests(count: number): Promise<void> {
  let received = 0;
  for (let i = 0; i < count; i++) received += (await request(get)).body.length;
  expect('bytes', received, count * 1024);
}

await requests(units / 10);
report({ units, ...(await timed(() => requests(units))) });
