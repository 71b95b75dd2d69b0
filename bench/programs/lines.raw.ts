// Lines with node:net alone: no promise and no call a line, whole chunks split into strings. The ceiling, for information:
// what it saves it pays for with backpressure, limits and reading in straight lines.

import net from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { expect, HOST, peerPort, report, timed, units } from './measure.ts';

function receiveLines(count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const decoder = new StringDecoder('utf8');
    let rest = '';
    let characters = 0;

    function take(bytesRead: number, buffer: Uint8Array): boolean {
      const lines = (rest + decoder.write(buffer.subarray(0, bytesRead) as Buffer)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) characters += line.length;
      return true;
    }

    const socket = net.connect({
      host: HOST,
      port: peerPort,
      onread: { buffer: Buffer.allocUnsafeSlow(65_536), callback: take },
    });
    socket.on('error', reject);
    socket.on('end', () => {
      expect('characters', characters, count * 59);
      resolve();
    });
    socket.write(`lines ${count}\n`);
  });
}

await receiveLines(units / 10);
report({ units, ...(await timed(() => receiveLines(units))) });
