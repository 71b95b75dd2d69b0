/**
 * TLS clients of others. Each sends 1 MiB to a server of ours and compares what comes back: twice to `port` as second.test, the
 * second time with the session of the first, and once to `mutual` as localhost, with a certificate.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newFolder, ourClient } from '../peer.ts';
import { DATA, SIZES, talk, type Version, WHOLE } from '../tls-talk.ts';
import { Child, type Cleanup, eventually, portOf, startNode, type Tool } from '../tools.ts';

export interface Ours {
  readonly port: number;
  readonly mutual: number;
  readonly version: Version;
  /** The certificates, and DATA as `data`. */
  readonly folder: string;
}

export interface TlsClientPeer {
  readonly tools: readonly Tool[];
  /** The protocol that comes of what it offers, where it offers any. */
  readonly alpn: string | undefined;
  /** The versions of which it goes on with sessions: all of them without it. */
  readonly resumes?: readonly Version[];
  twice(cleanup: Cleanup, ours: Ours): Promise<void>;
  mutual(cleanup: Cleanup, ours: Ours): Promise<void>;
}

async function succeeded(child: Child): Promise<void> {
  assert.deepEqual(await child.ended, { code: 0, signal: null }, child.stderr);
}

/** What comes on its standard input goes out; it ends, and says goodbye, when that does. */
async function openssl(cleanup: Cleanup, { version, folder }: Ours, port: number, ...more: string[]): Promise<void> {
  const only = version === 'TLSv1.3' ? '-tls1_3' : '-tls1_2';
  const trust = ['-CAfile', join(folder, 'root.pem'), '-verify_return_error'];
  const quiet = ['-quiet', '-no_ign_eof', '-nocommands', '-alpn', 'imap,smtp'];
  const address = ['-connect', `127.0.0.1:${port}`];
  const child = new Child(cleanup, 'openssl', ['s_client', ...address, only, ...trust, ...quiet, ...more]);
  child.process.stdin?.write(DATA);
  await eventually('the echo', () => child.over || child.stdout.length >= DATA.length, 20);
  assert.ok(Buffer.from(child.stdout.slice(0, DATA.length), 'latin1').equals(DATA), child.stderr);
  child.process.stdin?.end();
  await succeeded(child);
}

const named = (name: string): string[] => ['-servername', name, '-verify_hostname', name];

async function opensslTwice(cleanup: Cleanup, ours: Ours): Promise<void> {
  const file = join(newFolder(cleanup), 'session');
  for (const session of ['-sess_out', '-sess_in'])
    await openssl(cleanup, ours, ours.port, ...named('second.test'), session, file);
}

function opensslMutual(cleanup: Cleanup, ours: Ours): Promise<void> {
  const file = (name: string): string => join(ours.folder, name);
  const identity = ['-cert', file('client.pem'), '-key', file('client.key'), '-cert_chain', file('chain.pem')];
  return openssl(cleanup, ours, ours.mutual, ...named('localhost'), ...identity);
}

/** Uploads, and what comes back. */
async function curl(cleanup: Cleanup, ours: Ours, url: string, times: number, ...more: string[]): Promise<void> {
  const { version, folder } = ours;
  const out = newFolder(cleanup);
  const versions = [`--tlsv${version.slice(4)}`, '--tls-max', version.slice(4)];
  const each = Array.from({ length: times }, (_, i) => ['-T', join(folder, 'data'), '-o', join(out, `${i}`), url]);
  const common = [
    '-sS',
    '--fail',
    '--http1.1',
    '-H',
    'Expect:',
    '--noproxy',
    '*',
    '--cacert',
    join(folder, 'root.pem'),
  ];
  await succeeded(new Child(cleanup, 'curl', ['-q', ...common, ...versions, ...more, ...each.flat()]));
  for (let i = 0; i < times; i++) assert.ok(readFileSync(join(out, `${i}`)).equals(DATA));
}

function curlTwice(cleanup: Cleanup, ours: Ours): Promise<void> {
  const { port } = ours;
  return curl(cleanup, ours, `https://second.test:${port}/`, 2, '--resolve', `second.test:${port}:127.0.0.1`);
}

function curlMutual(cleanup: Cleanup, ours: Ours): Promise<void> {
  const file = (name: string): string => join(ours.folder, name);
  const identity = ['--cert', file('client.whole.pem'), '--key', file('client.key')];
  return curl(cleanup, ours, `https://localhost:${ours.mutual}/`, 1, '-4', ...identity);
}

/** Its `unwrap` says goodbye, and calls it an error that our server still says something then. */
const PYTHON = `
import json, socket, ssl, sys
folder, version, port, name, times, sizes = json.loads(sys.argv[1])
context = ssl.create_default_context(cafile=f'{folder}/root.pem')
context.minimum_version = context.maximum_version = ssl.TLSVersion[version.replace('.', '_')]
context.set_alpn_protocols(['imap', 'smtp'])
if name == 'localhost': context.load_cert_chain(f'{folder}/client.both.pem')
data = open(f'{folder}/data', 'rb').read()
session = None
for _ in range(times):
    raw = socket.create_connection(('127.0.0.1', port))
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with context.wrap_socket(raw, server_hostname=name, session=session, suppress_ragged_eofs=False) as tls:
        at = 0
        for size in sizes:
            tls.sendall(data[at:at + size])
            end = at + size
            while at < end:
                got = tls.recv(end - at)
                assert got and got == data[at:at + len(got)]
                at += len(got)
        session = tls.session
        try:
            tls.unwrap()
        except ssl.SSLError as error:
            assert error.reason == 'APPLICATION_DATA_AFTER_CLOSE_NOTIFY', error
`;

function python(cleanup: Cleanup, { folder, version }: Ours, port: number, name: string, times: number): Promise<void> {
  const how = JSON.stringify([folder, version, port, name, times, SIZES]);
  return succeeded(new Child(cleanup, 'python3', ['-c', PYTHON, how]));
}

const NODE = `
  const [folder, version, port, servername, times] = JSON.parse(process.argv[1]);
  const tls = require('tls');
  const assert = require('assert');
  const read = (name) => require('fs').readFileSync(folder + '/' + name);
  const data = read('data');
  const options = {
    host: '127.0.0.1', port, servername, ca: read('root.pem'), minVersion: version, maxVersion: version,
    ALPNProtocols: ['imap', 'smtp'], allowHalfOpen: true,
    ...(servername === 'localhost' && { cert: read('client.whole.pem'), key: read('client.key') }),
  };
  (async () => {
    let session;
    for (let i = 0; i < times; i++) {
      const socket = tls.connect({ ...options, session });
      socket.on('session', (newest) => { session = newest; });
      socket.end(data);
      const got = [];
      for await (const chunk of socket) got.push(chunk);
      const sum = require('crypto').createHash('sha256').update(data).digest('hex') + '\\n';
      assert(Buffer.concat(got).equals(Buffer.concat([data, Buffer.from(sum)])));
    }
  })();`;

function node(cleanup: Cleanup, { folder, version }: Ours, port: number, name: string, times: number): Promise<void> {
  return succeeded(startNode(cleanup, NODE, JSON.stringify([folder, version, port, name, times])));
}

/** A tunnel, at whose plain end is a client of ours. */
async function stunnel(cleanup: Cleanup, ours: Ours, port: number, name: string, times: number): Promise<void> {
  const { folder, version } = ours;
  const file = join(newFolder(cleanup), 'stunnel.conf');
  const identity = name === 'localhost' ? `cert = ${folder}/client.both.pem` : '';
  writeFileSync(
    file,
    `
foreground = yes
pid =
syslog = no
debug = err
[tunnel]
client = yes
accept = 127.0.0.1:0
connect = 127.0.0.1:${port}
sni = ${name}
checkHost = ${name}
verifyChain = yes
CAfile = ${folder}/root.pem
sslVersion = ${version}
${identity}
`,
  );
  const child = new Child(cleanup, 'stunnel', [file]);
  const tunnel = await portOf(child);
  for (let i = 0; i < times; i++) {
    const client = await ourClient(cleanup, tunnel);
    await talk(client, WHOLE);
    client.close();
  }
  await child.kill();
}

type Run = (cleanup: Cleanup, ours: Ours, port: number, name: string, times: number) => Promise<void>;

function both(run: Run): Pick<TlsClientPeer, 'twice' | 'mutual'> {
  return {
    twice: (cleanup, ours) => run(cleanup, ours, ours.port, 'second.test', 2),
    mutual: (cleanup, ours) => run(cleanup, ours, ours.mutual, 'localhost', 1),
  };
}

export const TLS_CLIENTS: Readonly<Record<string, TlsClientPeer>> = {
  'openssl s_client': { tools: ['openssl'], alpn: 'smtp', twice: opensslTwice, mutual: opensslMutual },
  // It takes no tickets of TLS 1.2.
  curl: { tools: ['curl'], alpn: 'http/1.1', resumes: ['TLSv1.3'], twice: curlTwice, mutual: curlMutual },
  'Python ssl': { tools: ['python3'], alpn: 'smtp', ...both(python) },
  'node:tls': { tools: [], alpn: 'smtp', ...both(node) },
  stunnel: { tools: ['stunnel'], alpn: undefined, ...both(stunnel) },
};
