/**
 * The peer of the conformance suite: a program of its own, since a blocking call stops the event loop that a peer in the
 * same process would live on, and without moonsocket, since a bug on both ends may hide itself.
 *
 * It prints one line of JSON with its addresses. The first line of each connection is a script (script.ts), which it
 * runs on that connection. It ends when its standard input does, or by SIGTERM.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import net from 'node:net';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { serveFtp } from './ftp/peer-ftp.ts';
import { type Bytes, bytesOf, type PeerDatagram, type Report, type Step, sha256 } from './script.ts';
import { upgrade } from './tls/peer-tls.ts';
import { serveWeb } from './tls/peer-web.ts';

/** Reports and signals by name, whoever comes first: the one who gives or the one who waits. */
const named = new Map<string, { value: Promise<unknown>; give(value: unknown): void }>();

function byName(name: string): { value: Promise<unknown>; give(value: unknown): void } {
  let entry = named.get(name);
  if (entry === undefined) {
    let give: (value: unknown) => void = () => {};
    entry = { value: new Promise((resolve) => (give = resolve)), give: (value) => give(value) };
    named.set(name, entry);
  }
  return entry;
}

/** A connection that is read only when somebody asks. */
class Wire {
  readonly socket: net.Socket;
  /** Below TLS. */
  readonly raw: net.Socket;
  udp: dgram.Socket | undefined;
  handshakeError: string | undefined;
  readonly datagrams: PeerDatagram[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #length = 0;
  #hash = createHash('sha256');
  #ended = false;
  #closed = false;
  #error: string | null = null;
  #changed: () => void = () => {};

  constructor(socket: net.Socket, raw = socket) {
    this.socket = socket;
    this.raw = raw;
    // As it is with one whose handshake has failed, or was all.
    this.#closed = socket.closed;
    this.#ended = socket.readableEnded;
    raw.setNoDelay(true);
    const changed = (): void => this.#changed();
    socket.on('readable', changed);
    // A destroyed socket tells its error a moment later, and then that it is closed.
    socket.on('close', () => {
      this.#closed = true;
      changed();
    });
    socket.on('end', () => {
      this.#ended = true;
      changed();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#error ??= error.code ?? error.message;
      changed();
    });
  }

  /** The next line; undefined at the end. It is not part of what is reported. */
  async line(): Promise<string | undefined> {
    let text: Buffer = Buffer.alloc(0);
    for (;;) {
      const piece = await this.#some();
      if (piece === undefined) return undefined;
      const end = piece.indexOf(10);
      if (end >= 0) {
        this.#rest = piece.subarray(end + 1);
        return Buffer.concat([text, piece.subarray(0, end)]).toString();
      }
      text = Buffer.concat([text, piece]);
    }
  }

  async receive(count: number, use: (bytes: Buffer) => unknown = () => {}): Promise<void> {
    for (let left = count; left > 0; ) {
      const piece = await this.#some();
      if (piece === undefined) return;
      const wanted = piece.subarray(0, left);
      this.#rest = piece.subarray(wanted.length);
      left -= wanted.length;
      this.#length += wanted.length;
      this.#hash.update(wanted);
      await use(wanted);
    }
  }

  async send(bytes: Buffer, cut = bytes.length, milliseconds = 0): Promise<void> {
    for (let at = 0; at < bytes.length; at += cut) {
      if (at > 0) await (milliseconds > 0 ? pause(milliseconds) : turn());
      await new Promise((done) => this.socket.write(bytes.subarray(at, at + cut), done));
    }
  }

  async flood(bytes: Buffer, most: number): Promise<void> {
    for (let sent = 0; sent < most && !this.#closed; sent += bytes.length) await this.send(bytes);
  }

  report(): Report {
    return {
      length: this.#length,
      sha256: this.#hash.copy().digest('hex'),
      ended: this.#ended,
      error: this.#error,
    };
  }

  /** What has been read and belongs to nobody yet. */
  takeRest(): Buffer {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    return rest;
  }

  async #some(): Promise<Buffer | undefined> {
    for (;;) {
      if (this.#rest.length > 0) {
        const rest = this.#rest;
        this.#rest = Buffer.alloc(0);
        return rest;
      }
      const chunk = this.socket.read() as Buffer | null;
      if (chunk !== null) return chunk;
      if (this.#ended || this.#error !== null || this.#closed) return undefined;
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }
}

/** Runs one step; what it gives is the answer on a control connection. */
async function run(step: Step, wire: Wire): Promise<unknown> {
  const { socket } = wire;
  switch (step.do) {
    case 'send':
      return await wire.send(bytesOf(step.bytes), step.cut, step.pause);
    case 'flood':
      return await wire.flood(bytesOf(step.bytes), step.most);
    case 'receive':
      return await wire.receive(step.count);
    case 'receiveAll':
      return await wire.receive(Number.POSITIVE_INFINITY);
    case 'echo':
      await wire.receive(Number.POSITIVE_INFINITY, (bytes) => new Promise((done) => socket.write(bytes, done)));
      return void socket.end();
    case 'sleep':
      return await pause(step.seconds * 1000);
    case 'end':
      return void socket.end();
    case 'reset':
      return void wire.raw.resetAndDestroy();
    case 'cut':
      return void wire.raw.end();
    case 'tls': {
      const { socket: secure, error } = await upgrade(socket, wire.takeRest(), step.how);
      const above = new Wire(secure, socket);
      above.handshakeError = error;
      return await perform(step.then, above);
    }
    case 'tlsFacts':
      return byName(step.as).give(factsOf(wire));
    case 'serveWeb':
      return await serveWeb(step.how);
    case 'serveFtp':
      return await serveFtp(step.how);
    case 'report':
      if (step.as !== undefined) return byName(step.as).give(wire.report());
      return await wire.send(Buffer.from(`${JSON.stringify(wire.report())}\n`));
    case 'signal':
      return byName(step.name).give(null);
    case 'wait':
      return await byName(step.name).value;
    case 'connectTo':
      return await Promise.all(Array.from({ length: step.count ?? 1 }, () => connectTo(step.to, step.script)));
    case 'control':
      return await control(wire);
    case 'silentPort':
      return await silentPort();
    case 'listenAt':
      return await listening(net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, converse), step.path);
    case 'writeTo':
      return await writeTo(step.path, step.bytes, step.cut);
    case 'readFrom': {
      const bytes = await readFile(step.path);
      return byName(step.as).give({ length: bytes.length, sha256: sha256(bytes), ended: true, error: null });
    }
    default:
      return await runUdp(step, wire);
  }
}

async function runUdp(step: Step, wire: Wire): Promise<unknown> {
  if (step.do === 'udpOpen') {
    wire.udp = dgram.createSocket(step.host?.includes(':') ? 'udp6' : 'udp4');
    wire.udp.on('error', () => {});
    wire.udp.on('message', (data, { port, address }) => {
      wire.datagrams.push({ length: data.length, sha256: sha256(data), port, address });
      wire.udp?.emit('kept');
    });
    wire.udp.bind(0, step.host ?? '127.0.0.1');
    await once(wire.udp, 'listening');
    return wire.udp.address().port;
  }
  const { udp } = wire;
  if (udp === undefined) throw new Error('no UDP socket is open');
  switch (step.do) {
    case 'udpSend':
      for (const bytes of step.bytes) {
        await new Promise((done) => udp.send(bytesOf(bytes), step.port, step.host ?? '127.0.0.1', done));
      }
      return undefined;
    case 'udpReceive':
      while (wire.datagrams.length < step.count) await once(udp, 'kept');
      return wire.datagrams.splice(0, step.count);
    case 'udpEcho':
      return void udp.on('message', (data, { port, address }) => udp.send(data, port, address));
    case 'udpConnect':
      udp.connect(step.port, '127.0.0.1');
      await once(udp, 'connect');
      return undefined;
    default:
      throw new Error(`no such step: ${JSON.stringify(step)}`);
  }
}

function factsOf({ socket, handshakeError }: Wire): object {
  const secure = socket as TLSSocket;
  const { subject } = secure.getPeerCertificate() ?? {};
  return {
    error: handshakeError ?? null,
    protocol: secure.getProtocol(),
    alpn: secure.alpnProtocol || null,
    servername: (secure as { servername?: string }).servername || null,
    resumed: secure.isSessionReused(),
    peer: subject?.CN ?? null,
    exported:
      handshakeError === undefined
        ? secure.exportKeyingMaterial(16, 'EXPERIMENTAL-test', Buffer.from('c')).toString('hex')
        : null,
  };
}

async function control(wire: Wire): Promise<void> {
  for (;;) {
    const line = await wire.line();
    if (line === undefined) break;
    const answer = await run(JSON.parse(line) as Step, wire).then(
      (value) => ({ value }),
      (error: Error) => ({ error: error.message }),
    );
    await wire.send(Buffer.from(`${JSON.stringify(answer)}\n`));
  }
  wire.udp?.close();
  wire.socket.end();
}

async function connectTo(to: net.NetConnectOpts, script: readonly Step[]): Promise<void> {
  const socket = net.connect({ ...to, ...('port' in to && { host: to.host ?? '127.0.0.1' }), allowHalfOpen: true });
  const wire = new Wire(socket);
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => {});
  perform(script, wire).catch(complain);
}

async function perform(script: readonly Step[], wire: Wire): Promise<void> {
  for (const step of script) {
    await run(step, wire);
    if (step.do === 'tls') return; // the connection is TLS's
  }
  // What the script did not read is nobody's.
  wire.socket.removeAllListeners('readable').resume();
  if (wire.socket.readableEnded) wire.socket.end();
  else wire.socket.on('end', () => wire.socket.end());
}

function converse(socket: net.Socket): void {
  const wire = new Wire(socket);
  wire
    .line()
    .then((line) => (line === undefined ? void socket.destroy() : perform(JSON.parse(line) as Step[], wire)))
    .catch(complain);
}

const children: ChildProcess[] = [];

/** A listener that never accepts, whose queue is filled until the system answers no more. */
async function silentPort(): Promise<number> {
  const program = `
    const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      require('node:fs').writeSync(1, String(server.address().port) + '\\n');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
      process.exit();
    });`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [text] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(text.toString());
  for (let left = 8; left > 0; left--) {
    const filler = net.connect(port, '127.0.0.1').on('error', () => {});
    if ((await Promise.race([once(filler, 'connect'), pause(300)])) === undefined) return port;
  }
  throw new Error('the queue of the silent port does not fill');
}

async function writeTo(path: string, bytes: Bytes, cut = Number.POSITIVE_INFINITY): Promise<void> {
  const file = await open(path, 'w');
  const all = bytesOf(bytes);
  for (let at = 0; at < all.length; at += cut) {
    await file.write(all.subarray(at, at + cut));
    await turn();
  }
  await file.close();
}

async function listening(server: net.Server, at: number | string): Promise<unknown> {
  if (typeof at === 'string') server.listen(at);
  else server.listen(at, '127.0.0.1');
  await once(server, 'listening');
  return undefined;
}

function complain(error: Error): void {
  console.error(`peer: ${error.stack}`);
}

function leave(): void {
  for (const child of children) child.kill('SIGKILL');
  process.exit();
}

const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, converse);
await listening(server, 0);
process.stdin.on('end', leave).on('error', leave).resume();
process.on('SIGTERM', leave);
console.log(JSON.stringify({ port: (server.address() as net.AddressInfo).port }));
