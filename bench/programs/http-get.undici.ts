// Requests with undici.request, its quickest interface: GETs of 1 KiB, one after the other, over the connection that its agent keeps.

import { Agent, request } from 'undici';
import { expect, HOST, peerPort, report, scheme, timed, units } from './measure.ts';

const url = `${scheme}://${HOST}:${peerPort}/1024`;
const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });

async function requests(count: number): Promise<void> {
  let received = 0;
  for (let i = 0; i < count; i++) {
    const reply = await request(url, { dispatcher });
    const body = await reply.body.bytes();
    received += body.length;
  }
  expect('bytes', received, count * 1024);
}

await requests(units / 10);
report({ units, ...(await timed(() => requests(units))) });
