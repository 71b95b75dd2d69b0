// Bulk with node:net: `onread` into one buffer of the size that libuv reads by default, each chunk copied out, all joined at the end.

import net from 'node:net';
import { expect, HOST, peerPort, report, timed, units } from './measure.ts';

function receiveAll(bytes: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];

    function take(bytesRead: number, buffer: Uint8Array): boolean {
      const chunk = Buffer.allocUnsafe(bytesRead);
      chunk.set(bytesRead === buffer.length ? buffer : buffer.subarray(0, bytesRead));
      chunks.push(chunk);
      return true;
    }

    const socket = net.connect({
      host: HOST,
      port: peerPort,
      onread: { buffer: Buffer.allocUnsafeSlow(65_536), callback: take },
    });
    socket.on('error', reject);
    socket.on('end', () => {
      const all = Buffer.concat(chunks);
      expect('bytes', all.length, bytes);
      resolve();
    });
    socket.write(`bytes ${bytes}\n`);
  });
}

await receiveAll(units / 16);
report({ units, ...(await timed(() => receiveAll(units))) });
