// The other end of the mail: it takes every message, and keeps none. One write may have several commands (PIPELINING).
// It is to the runner what peer.ts is: it tells its port, and is gone when the runner is.

import net from 'node:net';
import { HOST } from './programs/measure.ts';

/** What Postfix says, but for TLS and CHUNKING: the clients of both sides send by DATA. */
const HELLO =
  '250-sink\r\n250-PIPELINING\r\n250-SIZE 1073741824\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-DSN\r\n250 SMTPUTF8\r\n';
const DOT = Buffer.from('\r\n.\r\n');

function serve(socket: net.Socket): void {
  let inMessage = false;
  /** What is not a whole line yet; of a message, the last bytes that could be half of its end. */
  let rest: Buffer = Buffer.alloc(0);

  function answer(line: string): string {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO') return HELLO;
    if (verb === 'QUIT') socket.end('221 2.0.0 Bye\r\n');
    else if (verb === 'DATA') {
      inMessage = true;
      rest = Buffer.from('\r\n');
      return '354 go on\r\n';
    }
    return verb === 'QUIT' ? '' : '250 2.0.0 Ok\r\n';
  }

  /** Takes bytes, from `at` on, up to the end of what they are; where it has ended, or undefined. */
  function take(bytes: Buffer, at: number): number | undefined {
    const end = bytes.indexOf(inMessage ? DOT : '\r\n', at);
    if (end < 0) return undefined;
    if (!inMessage) {
      const line = bytes.toString('latin1', at, end);
      socket.write(answer(line));
      return end + 2;
    }
    inMessage = false;
    socket.write('250 2.0.0 Ok: queued as 4bXyZ\r\n');
    return end + DOT.length;
  }

  socket.setNoDelay(true).on('error', () => socket.destroy());
  socket.write('220 sink ESMTP\r\n');
  socket.on('data', (chunk: Buffer) => {
    let bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    rest = Buffer.alloc(0);
    socket.cork();
    for (let at = 0; ; ) {
      const next = take(bytes, at);
      if (next === undefined) {
        rest = Buffer.from(inMessage ? bytes.subarray(Math.max(at, bytes.length - 4)) : bytes.subarray(at));
        break;
      }
      // The CR LF before a dot may be that behind DATA.
      if (inMessage) bytes = Buffer.concat([rest, bytes.subarray(next)]);
      at = inMessage ? 0 : next;
    }
    socket.uncork();
  });
}

const server = net.createServer(serve).listen(0, HOST, () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as net.AddressInfo).port })}\n`);
});
// The runner holds the other end of stdin.
process.stdin.on('end', () => process.exit()).resume();
process.on('SIGTERM', () => process.exit());
