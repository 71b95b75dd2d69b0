/**
 * How a TLS stream may end, and what each end is taken for: on the handle of a socket, where Node's private names tell a
 * goodbye (close_notify) from a cut, and over an `IoDuplex`; on both versions, over TCP and Unix sockets.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import tls from 'node:tls';
import { canUpgrade } from '../../src/async/tls-handle.ts';
import { TlsSocketIo } from '../../src/async/tls-io.ts';
import type { SocketError } from '../../src/core/errors.ts';
import { type Client, connect, stream, unix } from '../../src/entry/index.ts';
import { type TlsClient, wrap } from '../../src/entry/tls.ts';
import { makeCertificates } from '../conformance/tls/certificates.ts';

const BIG = Buffer.alloc(3 << 20, 'd');
const DATA = Buffer.from('data');

type Version = 'TLSv1.2' | 'TLSv1.3';

/** The peer's TLS over a socket that can be held: what is held goes out in one segment. */
class Held {
  readonly raw: net.Socket;
  readonly secure: tls.TLSSocket;
  readonly pieces: Buffer[] = [];
  hold = false;

  constructor(raw: net.Socket, secureContext: tls.SecureContext) {
    this.raw = raw;
    const below = new Duplex({
      read() {},
      write: (chunk, _encoding, done) => {
        if (this.hold) this.pieces.push(chunk);
        else raw.write(chunk);
        done();
      },
      final: (done) => done(),
    });
    raw.on('data', (chunk) => below.push(chunk)).on('end', () => below.push(null));
    raw.on('error', () => {});
    below.on('error', () => {});
    this.secure = new tls.TLSSocket(below, { isServer: true, secureContext });
    this.secure.on('error', () => {}).resume();
  }

  flush(): void {
    if (this.pieces.length > 0) this.raw.write(Buffer.concat(this.pieces.splice(0)));
  }

  /** What TLS writes goes to the pieces in turns of its own. */
  async written(write: (done: () => void) => void): Promise<void> {
    await new Promise<void>((done) => write(done));
    await turns();
  }
}

/** Some turns of the event loop: what streams pass to each other is through by then. */
async function turns(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise((done) => setImmediate(done));
}

type Act = (peer: Held, client: TlsClient) => Promise<void> | void;

interface Ending {
  readonly name: string;
  readonly code: string | readonly string[];
  readonly bytes?: number;
  /** The client ends its half first. */
  readonly halfClosed?: true;
  /** What the peer does, one after the other; all is held before it is flushed. */
  readonly acts: readonly Act[];
}

const GOODBYE = 'ERR_CLOSED';
const CUT = 'ERR_TLS_TRUNCATED';

const data: Act = (peer) => peer.written((done) => peer.secure.write(DATA, () => done()));
const big: Act = (peer) => peer.written((done) => peer.secure.write(BIG, () => done()));
const goodbye: Act = (peer) => peer.written((done) => peer.secure.end(done));
const flush: Act = (peer) => peer.flush();
const fin: Act = (peer) => void peer.raw.end();
const reset: Act = (peer) => void peer.raw.resetAndDestroy();
const arrival: Act = (_peer, client) => arrives(client);
const half: Act = (peer) => void peer.pieces.push((peer.pieces.pop() as Buffer).subarray(0, 10));

const ENDINGS: readonly Ending[] = [
  { name: 'data, goodbye and FIN in one', code: GOODBYE, acts: [data, goodbye, flush, fin] },
  { name: 'data and goodbye, no FIN', code: GOODBYE, acts: [data, goodbye, flush] },
  { name: 'data and FIN in one', code: CUT, acts: [data, flush, fin] },
  { name: 'data, then FIN', code: CUT, acts: [data, flush, arrival, fin] },
  { name: 'data, then goodbye, then FIN', code: GOODBYE, acts: [data, flush, arrival, goodbye, flush, turns, fin] },
  { name: 'FIN behind the tickets', code: CUT, bytes: 0, acts: [flush, fin] },
  { name: 'much data and FIN', code: CUT, bytes: BIG.length, acts: [big, flush, fin] },
  { name: 'much data, goodbye and FIN', code: GOODBYE, bytes: BIG.length, acts: [big, goodbye, flush, fin] },
  { name: 'much data and goodbye', code: GOODBYE, bytes: BIG.length, acts: [big, goodbye, flush] },
  { name: 'half a record and FIN', code: CUT, bytes: 0, acts: [data, half, flush, fin] },
  // libuv reports a reset as an end where the data came in the same turn.
  { name: 'data, then a reset', code: ['ECONNRESET', CUT], acts: [data, flush, arrival, reset] },
  { name: 'our half, then data and FIN', code: CUT, halfClosed: true, acts: [data, flush, fin] },
  { name: 'our half, then all in one', code: GOODBYE, halfClosed: true, acts: [data, goodbye, flush, fin] },
  { name: 'our half, then data and goodbye', code: GOODBYE, halfClosed: true, acts: [data, goodbye, flush] },
];

/** Waits until bytes wait for a receive. */
async function arrives({ stream: { io } }: TlsClient): Promise<void> {
  while (io.readiness?.readable() !== true) await new Promise((done) => setImmediate(done));
}

let folder: string;
let secureContext: tls.SecureContext;
let ca: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'moonsocket-'));
  makeCertificates(folder);
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  ca = read('root.pem');
  secureContext = tls.createSecureContext({ cert: read('server.pem') + read('chain.pem'), key: read('server.key') });
});
after(() => rmSync(folder, { recursive: true }));

let sockets = 0;

/** A connection, and the peer's end of it. */
async function connected(over: 'TCP' | 'Unix'): Promise<[Client, net.Socket]> {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true });
  const path = join(folder, `s${++sockets}`);
  if (over === 'Unix') server.listen(path);
  else server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepting = once(server, 'connection') as Promise<[net.Socket]>;
  const client =
    over === 'Unix'
      ? await unix.stream().connect(path)
      : await connect('127.0.0.1', (server.address() as net.AddressInfo).port);
  const [raw] = await accepting;
  server.close();
  return [client, raw];
}

async function run(ending: Ending, version: Version, over: 'TCP' | 'Unix', onHandle: boolean): Promise<void> {
  const [plain, raw] = await connected(over);
  const peer = new Held(raw, secureContext);
  const { io } = plain.stream;
  // Anybody's transport, so that there is no handle to stand on.
  const bare: Client = onHandle ? plain : stream({ ...methodsOf(io) });
  const options = { ca, servername: 'localhost', minVersion: version, maxVersion: version, timeout: 10 };
  const wrapping = wrap(bare, options);
  await once(peer.secure, 'secure');
  using client = await wrapping;
  assert.ok(client.stream.io instanceof TlsSocketIo);
  const { _handle } = client.stream.io.socket as unknown as { _handle: { _parent: object } };
  assert.equal(_handle._parent.constructor.name !== 'JSStream', onHandle);
  client.settimeout(10);
  await turns();
  if (ending.halfClosed) client.shutdown('send');
  await turns();
  peer.hold = true;
  for (const act of ending.acts) await act(peer, client);
  const wanted = ending.bytes ?? DATA.length;
  if (wanted > 0) assert.equal((await client.receive(wanted)).length, wanted);
  const error = await client.receive(1).then(
    () => assert.fail('more came'),
    (reason) => reason as SocketError,
  );
  assert.ok([ending.code].flat().includes(error.code), `${error.code}: ${error.message}`);
  raw.destroy();
}

function methodsOf(io: Client['stream']['io']): Client['stream']['io'] {
  return {
    recv: (deadline) => io.recv(deadline),
    send: (bytes, deadline) => io.send(bytes, deadline),
    shutdown: (how) => io.shutdown(how),
    close: () => io.close(),
    getfd: () => io.getfd(),
    readiness: io.readiness as NonNullable<typeof io.readiness>,
  };
}

for (const onHandle of [true, false]) {
  describe(`the end of a TLS stream ${onHandle ? 'on a handle' : 'over any transport'}`, () => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      for (const over of ['TCP', 'Unix'] as const) {
        for (const ending of ENDINGS) {
          if (over === 'Unix' && ending.name.includes('reset')) continue; // there is none
          if (version === 'TLSv1.2' && ending.name.includes('tickets')) continue; // nor here
          it(`${version}, ${over}: ${ending.name}`, () => run(ending, version, over, onHandle));
        }
      }
    }
  });
}

describe('the names of Node that TLS on a handle stands on', () => {
  it('are there, and do what they must', async () => {
    const [client, raw] = await connected('TCP');
    const { input } = client.stream.io as unknown as { input: net.Socket };
    assert.equal(canUpgrade(input), true);
    assert.equal(canUpgrade(new Duplex()), false);
    client.close();
    raw.destroy();
    assert.equal(canUpgrade(new net.Socket()), false);
  });
});
