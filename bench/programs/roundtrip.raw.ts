// Round trips with node:net, as its expert writes them: `onread` into one buffer, and one promise a round trip, made by hand.

import net from 'node:net';
import { expect, HOST, peerPort, report, timed, units } from './measure.ts';

const message = Buffer.alloc(64, 'm');
let reply = Buffer.allocUnsafe(64);
let filled = 0;
let resolve: (reply: Buffer) => void;
let reject: (error: Error) => void;

/** Gathers 64 bytes, in however many pieces they come, in a buffer that the caller may keep: the one that `onread` fills is used again. */
function take(bytesRead: number, buffer: Uint8Array): boolean {
  reply.set(bytesRead === buffer.length ? buffer : buffer.subarray(0, bytesRead), filled);
  filled += bytesRead;
  if (filled === 64) {
    const whole = reply;
    reply = Buffer.allocUnsafe(64);
    filled = 0;
    resolve(whole);
  }
  return true;
}

const socket = net.connect({
  host: HOST,
  port: peerPort,
  noDelay: true,
  onread: { buffer: Buffer.allocUnsafeSlow(65_536), callback: take },
});
socket.on('error', (error) => reject(error));
socket.on('end', () => reject(new Error('closed')));
socket.write('echo\n');

function roundTrip(): Promise<Buffer> {
  return new Promise((done, failed) => {
    resolve = done;
    reject = failed;
    socket.write(message);
  });
}

async function roundTrips(count: number): Promise<void> {
  let received = 0;
  for (let i = 0; i < count; i++) {
    const answer = await roundTrip();
    received += answer.length;
  }
  expect('bytes', received, count * 64);
}

await roundTrips(units / 10);
report({ units, ...(await timed(() => roundTrips(units))) });
