/**
 * A TLS server of ours, of the face that is named, as a program: `tls-echo.js FACE FOLDER`. It prints its ports, one that asks
 * clients for no certificate and one that does, and a line for each connection.
 */
import type * as sockets from '../../src/entry/index.ts';
import type * as tls from '../../src/entry/tls.ts';
import { PATIENCE } from './peer.ts';
import { identityIn, read } from './tls-files.ts';
import { DATA, SIZES, sumOf } from './tls-talk.ts';

/** What it says of a connection. */
export interface Served {
  readonly protocol: string;
  readonly alpn?: string;
  readonly servername?: string;
  readonly resumed: boolean;
  readonly verified: boolean;
  readonly peer?: string;
  /** The sum of what came, and the code by which the client's half has ended. */
  readonly sum: string;
  readonly end: string;
}

const [face, folder] = process.argv.slice(2) as [string, string];
// What a face gives may be awaited, whether it is a promise or not.
const here = face === 'await' ? '' : '-blocking';
const { listen } = (await import(`../../src/entry/tls${here}.js`)) as typeof tls;
const { select } = (await import(`../../src/entry/${face === 'await' ? 'index' : 'blocking'}.js`)) as typeof sockets;

const say = (what: unknown): void => void process.stdout.write(`${JSON.stringify(what)}\n`);
const onrejected = (error: Error): void => say({ rejected: error.message });

const common = { ...identityIn(folder, 'server'), alpn: ['smtp', 'http/1.1'], onrejected };
const sni = { 'second.test': identityIn(folder, 'second') };
const open = await listen('127.0.0.1', 0, { ...common, sni });
const ca = read(folder, 'root.pem');
const mutual = await listen('127.0.0.1', 0, { ...common, ca, requestCert: true });
say({ port: open.getsockname().port, mutual: mutual.getsockname().port });

for (;;) {
  const { readable } = await select([open, mutual], null);
  for (const server of readable as tls.TlsServer[]) await serve(await server.accept());
}

async function serve(client: tls.TlsClient): Promise<void> {
  client.settimeout(PATIENCE);
  client.setoption('tcp-nodelay', true);
  const { protocol, alpn, servername, resumed, verified } = client.info();
  const facts = { protocol, alpn, servername, resumed, verified, peer: client.getpeercertificate()?.subject };
  const isHttp = alpn === 'http/1.1';
  let sum = '';
  let end = 'none';
  try {
    sum = sumOf(isHttp ? await answered(client) : await echoed(client));
    await client.receive(1);
  } catch (error) {
    end = (error as { code: string }).code;
  }
  try {
    if (!isHttp) await client.send(`${sum}\n`);
  } catch {
    // It has said all that it wanted, and is gone.
  }
  client.close();
  say({ ...facts, sum, end });
}

/** Sends back each piece when it is there. */
async function echoed(client: tls.TlsClient): Promise<Buffer> {
  const got: Buffer[] = [];
  for (const size of SIZES) {
    const piece = await client.receive(size);
    got.push(piece);
    await client.send(piece);
  }
  return Buffer.concat(got);
}

/** Sends back the body of a request. */
async function answered(client: tls.TlsClient): Promise<Buffer> {
  while ((await client.receive()) !== '');
  const body = await client.receive(DATA.length);
  await client.send(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`);
  await client.send(body);
  client.shutdown('send');
  return body;
}
