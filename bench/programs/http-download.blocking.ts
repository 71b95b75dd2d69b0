// A download with moonsocket's blocking face, into a sink that discards it.

import { request } from '../../src/entry/http-blocking.ts';
import { WARM_UP, watchingRss } from './http-download.watch.ts';
import { expect, HOST, peerPort, report, timed, units } from './measure.ts';

const memory = await watchingRss();

function download(size: number): void {
  let received = 0;
  request({
    url: `http://${HOST}:${peerPort}/${size}`,
    sink: (chunk) => {
      if (chunk === null) return;
      received += chunk.length;
      memory.came(chunk.length);
    },
  });
  expect('bytes', received, size);
}

download(WARM_UP);
const time = await timed(() => download(units));
report({ units, ...time, bytes: { growth: memory.growth() } });
