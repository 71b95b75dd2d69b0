// Memory with node:net while the reader is slow: each write waits for the callback of the one before. A fresh buffer for each write,
// as in the moonsocket program beside this one.

import net from 'node:net';
import { expect, HOST, peakRss, peerPort, report, settledRss, timed, units } from './measure.ts';

const SIZE = 262_144;
const BYTES_PER_SECOND = 20 * 2 ** 20;

const peak = peakRss();
let answer = '';
const socket = net.connect({ host: HOST, port: peerPort });
const closed = new Promise<void>((resolve, reject) => {
  socket.on('error', reject);
  socket.on('end', resolve);
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1');
  });
});

function write(bytes: Buffer | string): Promise<void> {
  return new Promise((resolve, reject) => socket.write(bytes, (error) => (error ? reject(error) : resolve())));
}

await write(`sink ${BYTES_PER_SECOND}\n`);
const idle = await settledRss();
const times = await timed(async () => {
  for (let sent = 0; sent < units; sent += SIZE) {
    await write(Buffer.alloc(SIZE, 'm'));
    peak.look(sent);
  }
  socket.end();
  await closed;
  expect('bytes', answer, `${units}\n`);
});
report({ units, ...times, bytes: { growth: peak.bytes() - idle } });
