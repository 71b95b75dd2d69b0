// Bulk with node:net: the same 64 KiB again and again, waiting for the callback of each write so that no more than one is ever queued.
// (Waiting for 'drain' comes to the same: a chunk above the high-water mark makes every write return false.)

import net from 'node:net';
import { expect, HOST, peerPort, report, timed, units } from './measure.ts';

const chunk = Buffer.alloc(65_536, 'moonsocket');

function sendAll(bytes: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let answer = '';

    function next(error?: Error | null): void {
      if (error) {
        reject(error);
      } else if (sent < bytes) {
        sent += chunk.length;
        socket.write(chunk, next);
      } else {
        socket.end();
      }
    }

    function take(bytesRead: number, buffer: Uint8Array): boolean {
      answer += (buffer as Buffer).toString('latin1', 0, bytesRead);
      return true;
    }

    const socket = net.connect({ host: HOST, port: peerPort, onread: { buffer: Buffer.alloc(64), callback: take } });
    socket.on('error', reject);
    socket.on('end', () => {
      expect('bytes', answer, `${bytes}\n`);
      resolve();
    });
    socket.write('sink\n', next);
  });
}

await sendAll(units / 16);
report({ units, ...(await timed(() => sendAll(units))) });
