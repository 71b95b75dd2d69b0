// The other end of every benchmark: one raw node:net process that feeds, echoes, swallows or dials, the same for both programs of a pair.
//
// The first line of a connection says what the peer is to be on it:
//
//   lines <count>                 sends that many lines of 60 bytes (59 and LF), then ends
//   bytes <count>                 sends that many bytes, then ends
//   echo                          sends back what comes
//   sink                          swallows everything; at the end answers "<total>\n"
//   sink <bytes per second>       the same, but reads no faster than that
//   redis                         answers each request of Redis's protocol by five bytes
//   GET /<count> HTTP/1.1         answers by HTTP, with that many chunks of one byte
//   dial <port> <warm> <count>    connects to a server of the program's; see dial() below
//
// With the argument `tls` it speaks TLS, with a certificate that it makes itself, which nobody verifies; over a Unix socket, too. There it knows
//
//   tls                           answers "ready\n" and begins TLS within TLS, where the next command comes
//
// Its own CPU time is counted nowhere. It writes big prebuilt buffers, so that the measured program waits for the kernel and not for the peer.

import { once } from 'node:events';
import { rmSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { identity } from './identity.ts';
import { unixPathOf } from './peer-path.ts';

const HOST = '127.0.0.1';
const LINE_BYTES = 60;

/** About 1 MiB of lines that differ, so that nobody profits from a cache of equal strings. */
const manyLines = Buffer.from(Array.from({ length: Math.floor(2 ** 20 / LINE_BYTES) }, (_, i) => lineOf(i)).join(''));
const manyBytes = Buffer.alloc(2 ** 20, 'moonsocket');

function lineOf(number: number): string {
  return `${`${number} `.padEnd(LINE_BYTES - 1, 'the quick brown fox jumps over the lazy dog ')}\n`;
}

/** Sends `total` bytes by repeating `block`, never more than one block ahead of the reader. */
async function feed(socket: net.Socket, block: Buffer, total: number): Promise<void> {
  for (let left = total; left > 0 && !socket.destroyed; left -= block.length) {
    const piece = left < block.length ? block.subarray(0, left) : block;
    await new Promise<void>((done) => socket.write(piece, () => done()));
  }
  socket.end();
}

function echo(socket: net.Socket): void {
  socket.setNoDelay(true);
  socket.on('data', (chunk) => socket.write(chunk));
  socket.on('end', () => socket.end());
}

function sink(socket: net.Socket, bytesPerSecond: number): void {
  const start = performance.now();
  let total = 0;
  socket.on('data', (chunk) => {
    total += chunk.length;
    if (bytesPerSecond === Number.POSITIVE_INFINITY) return;
    // The schedule counts from the start, so that late timers do not make the reader slower than was asked for.
    const early = (total / bytesPerSecond) * 1000 - (performance.now() - start);
    if (early < 1) return;
    socket.pause();
    setTimeout(() => socket.resume(), early);
  });
  socket.on('end', () => socket.end(`${total}\n`));
}

/**
 * Opens connections to the program's server, in steps that the program calls for over the control connection: `warm` of them at once,
 * `count` more on "more\n", and on "go\n" it sends a line of its own on each of the `count`, waits for the echoes, and answers "<lost>\n".
 */
async function dial(control: net.Socket, port: number, warm: number, count: number): Promise<void> {
  // Listened for beforehand: the program may have accepted the last connection before this side hears that it is open.
  const more = once(control, 'data');
  await open(port, warm);
  await more;
  const go = once(control, 'data');
  const sockets = await open(port, count);
  await go;
  const echoes = sockets.map((socket, i) => echoed(socket, `line ${i} of ${count}\n`));
  const lost = (await Promise.all(echoes)).filter((ok) => !ok).length;
  control.end(`${lost}\n`);
}

async function open(port: number, count: number): Promise<net.Socket[]> {
  const sockets: net.Socket[] = [];
  while (sockets.length < count) {
    // Few at a time: below any backlog, so that no SYN is dropped and sent again a second later.
    const batch = Array.from({ length: Math.min(100, count - sockets.length) }, async () => {
      const socket = net.connect(port, HOST);
      await once(socket, 'connect');
      socket.on('error', () => socket.destroy());
      return socket;
    });
    sockets.push(...(await Promise.all(batch)));
  }
  return sockets;
}

/** Whether exactly `line` comes back, and nothing beside it, within half a minute. */
function echoed(socket: net.Socket, line: string): Promise<boolean> {
  return new Promise((resolve) => {
    let reply = '';
    const timer = setTimeout(() => resolve(false), 30_000);
    const finish = () => {
      clearTimeout(timer);
      resolve(reply === line);
    };
    socket.on('data', (chunk) => {
      reply += chunk.toString('latin1');
      if (reply.length >= line.length) finish();
    });
    socket.on('close', finish);
    socket.write(line);
  });
}

/** Each request begins with the only `*` in it. */
function answer(socket: net.Socket): void {
  socket.setNoDelay(true);
  socket.on('data', (chunk) => {
    const requests = chunk.toString('latin1').split('*').length - 1;
    if (requests > 0) socket.write('$5\r\nvalue\r\n'.repeat(requests));
  });
  socket.on('end', () => socket.end());
}

/** Who it answers closes the connection. */
function chunks(socket: net.Socket, count: number): void {
  const chunk = '1\r\nm\r\n';
  socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
  socket.end(`${chunk.repeat(count)}0\r\n\r\n`);
  socket.resume();
}

function serve(socket: net.Socket, command: string): void {
  const [verb, ...words] = command.split(' ');
  const numbers = words.map(Number);
  const [first = Number.POSITIVE_INFINITY, second = 0, third = 0] = numbers;
  if (verb === 'lines') void feed(socket, manyLines, first * LINE_BYTES);
  else if (verb === 'bytes') void feed(socket, manyBytes, first);
  else if (verb === 'echo') echo(socket);
  else if (verb === 'sink') sink(socket, first);
  else if (verb === 'redis') answer(socket);
  else if (verb === 'GET') chunks(socket, Number(words[0]?.slice(1)));
  else if (verb === 'tls' && inTls) within(socket);
  else if (verb === 'dial') void dial(socket, first, second, third);
  else socket.destroy(new Error(`unknown command: ${command}`));
}

// Half open, because a sink answers after the program has said that it is done.
function greet(socket: net.Socket): void {
  let head = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', function command(chunk: Buffer) {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\n');
    if (end < 0) return;
    socket.off('data', command);
    serve(socket, head.toString('latin1', 0, end));
    // What came behind the command belongs to what the command started.
    const rest = head.subarray(end + 1);
    if (rest.length > 0) socket.emit('data', rest);
  });
  // A program that leaves before it has said anything.
  socket.on('end', () => head.includes('\n') || socket.end());
}

const inTls = process.argv[2] === 'tls';
const own = inTls ? { allowHalfOpen: true, ...identity() } : undefined;
const secureContext = own && tls.createSecureContext(own);

/** TLS in TLS: the client says hello once it has read the answer. */
function within(socket: net.Socket): void {
  socket.removeAllListeners('data').removeAllListeners('end').pause();
  socket.write('ready\n', () => greet(new tls.TLSSocket(socket, { isServer: true, secureContext })));
}

function listening(where: { host: string; port: number } | { path: string }): net.Server {
  const server = own ? tls.createServer(own, greet) : net.createServer({ allowHalfOpen: true }, greet);
  return server.listen({ ...where, backlog: 1024 });
}

const server = listening({ host: HOST, port: 0 });
server.on('listening', () => {
  const { port } = server.address() as net.AddressInfo;
  const path = unixPathOf(port);
  const tell = () => process.stdout.write(`${JSON.stringify({ port })}\n`);
  if (!inTls) {
    tell();
    return;
  }
  rmSync(path, { force: true }); // of a peer that was killed
  listening({ path }).on('listening', tell);
});

// The runner holds the other end of stdin: when the runner is gone, however it went, so is the peer.
function leave(): never {
  server.close();
  process.exit(0);
}
process.on('SIGTERM', leave);
process.stdin.on('end', leave).resume();
