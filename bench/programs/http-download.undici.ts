// A download with undici.request, whose body is read and discarded.

import { request } from 'undici';
import { WARM_UP, watchingRss } from './http-download.watch.ts';
import { expect, HOST, peerPort, report, timed, units } from './measure.ts';

const memory = await watchingRss();

async function download(size: number): Promise<void> {
  let received = 0;
  const { body } = await request(`http://${HOST}:${peerPort}/${size}`);
  await new Promise<void>((resolve, reject) => {
    body.on('data', (chunk: Buffer) => {
      received += chunk.length;
      memory.came(chunk.length);
    });
    body.on('end', resolve);
    body.on('error', reject);
  });
  expect('bytes', received, size);
}

await download(WARM_UP);
const time = await timed(() => download(units));
report({ units, ...time, bytes: { growth: memory.growth() } });
