// Requests with undici.request over https: GETs of 1 KiB, one after the other, each over a connection of its own (`reset`).

import { Agent, request } from 'undici';
import { expect, HOST, peerPort, report, timed, units } from './measure.ts';

const url = `https://${HOST}:${peerPort}/1024`;
const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });

async function requests(count: number): Promise<void> {
  let received = 0;
  for (let i = 0; i < count; i++)
    received += (await (await request(url, { dispatcher, reset: true })).body.bytes()).length;
  expect('bytes', received, count * 1024);
}

await requests(units / 10);
report({ units, ...(await timed(() => requests(units))) });
