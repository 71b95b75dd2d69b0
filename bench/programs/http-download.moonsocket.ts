// A download with moonsocket, into a sink that discards it.

import { request } from 'moonsocket/http';
import { WARM_UP, watchingRss } from './http-download.watch.ts';
import { expect, HOST, peerPort, report, timed, units } from './measure.ts';

const memory = await watchingRss();

async function download(size: number): Promise<void> {
  let received = 0;
  await request({
    url: `http://${HOST}:${peerPort}/${size}`,
    sink: (chunk) => {
      if (chunk === null) return;
      received += chunk.length;
      memory.came(chunk.length);
    },
  });
  expect('bytes', received, size);
}

await download(WARM_UP);
const time = await timed(() => download(units));
report({ units, ...time, bytes: { growth: memory.growth() } });
