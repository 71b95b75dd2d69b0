/**
 * TLS servers of others that send back what comes, and after its end its sum, where they can still talk then. Each has two ports:
 * one that takes every client, and one that wants a certificate of the test's CA.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PeerEnd, WHOLE } from '../tls-talk.ts';
import { Child, type Cleanup, portOf, startNode, type Tool } from '../tools.ts';
import { serverFolder, startOnPorts } from './start.ts';

export interface TlsPorts {
  readonly port: number;
  readonly mutual: number;
}

/** Starts one with the certificates of a folder. */
export type StartTls = (cleanup: Cleanup, certificates: string) => Promise<TlsPorts>;

/** For programs that take TLS off: what is behind them, in a process of its own, since blocking calls stop this one. */
const ECHO = `
  const { createHash } = require('crypto');
  const serve = (socket) => {
    const hash = createHash('sha256');
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      hash.update(chunk);
      if (socket.write(chunk)) return;
      socket.pause();
      socket.once('drain', () => socket.resume());
    });
    socket.on('end', () => socket.end(hash.digest('hex') + '\\n'));
  };
  const say = (...servers) => console.log(JSON.stringify(servers.map((server) => server.address().port)));
  const read = (name) => require('fs').readFileSync(process.argv[1] + '/' + name);`;

async function startEcho(cleanup: Cleanup): Promise<number> {
  const program = `${ECHO}
    const server = require('net').createServer({ allowHalfOpen: true, noDelay: true }, serve);
    server.listen(0, '127.0.0.1', () => say(server));`;
  return (await portsOf(startNode(cleanup, program, '-')))[0] as number;
}

async function portsOf(child: Child): Promise<number[]> {
  return JSON.parse((await child.said(/^\[.*\]$/m))[0]) as number[];
}

async function startNodeTls(cleanup: Cleanup, certificates: string): Promise<TlsPorts> {
  const program = `${ECHO}
    const tls = require('tls');
    const identity = (name) => ({ cert: read(name + '.whole.pem'), key: read(name + '.key') });
    const second = tls.createSecureContext(identity('second'));
    const options = { ...identity('server'), allowHalfOpen: true, noDelay: true, ALPNProtocols: ['imap', 'smtp'] };
    const server = tls.createServer(
      { ...options, SNICallback: (name, done) => done(null, name === 'second.test' ? second : undefined) }, serve);
    const mutual = tls.createServer({ ...options, ca: read('root.pem'), requestCert: true }, serve);
    for (const one of [server, mutual]) one.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1', () => mutual.listen(0, '127.0.0.1', () => say(server, mutual)));`;
  const [port, mutual] = await portsOf(startNode(cleanup, program, certificates));
  return { port: port as number, mutual: mutual as number };
}

const PYTHON = `
import hashlib, json, socket, ssl, sys, threading
folder = sys.argv[1]

def context(name):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(f'{folder}/{name}.both.pem')
    made.set_alpn_protocols(['imap', 'smtp'])
    return made

def serve(raw, context):
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        with context.wrap_socket(raw, server_side=True, suppress_ragged_eofs=False) as tls:
            sum = hashlib.sha256()
            while data := tls.recv(65536):
                sum.update(data)
                tls.sendall(data)
            tls.sendall(sum.hexdigest().encode() + b'\\n')
            tls.unwrap().close()
    except OSError:
        raw.close()

def listen(context):
    server = socket.create_server(('127.0.0.1', 0))
    def accept():
        while True:
            threading.Thread(target=serve, args=(server.accept()[0], context), daemon=True).start()
    threading.Thread(target=accept).start()
    return server.getsockname()[1]

second = context('second')
main, mutual = context('server'), context('server')
def choose(sock, name, _):
    if name == 'second.test': sock.context = second
main.sni_callback = choose
mutual.verify_mode = ssl.CERT_REQUIRED
mutual.load_verify_locations(f'{folder}/root.pem')
print(json.dumps([listen(main), listen(mutual)]), flush=True)
`;

async function startPython(cleanup: Cleanup, certificates: string): Promise<TlsPorts> {
  const [port, mutual] = await portsOf(new Child(cleanup, 'python3', ['-c', PYTHON, certificates]));
  return { port: port as number, mutual: mutual as number };
}

/** Its output is its input, a FIFO: it sends back what comes. */
async function startOpenssl(cleanup: Cleanup, certificates: string): Promise<TlsPorts> {
  const folder = serverFolder(cleanup);
  const file = (name: string): string => join(certificates, name);
  const identity = ['-cert', file('server.pem'), '-key', file('server.key'), '-cert_chain', file('chain.pem')];
  const start = (name: string, ...more: string[]): Promise<number> => {
    const server = ['openssl', 's_server', '-accept', '127.0.0.1:0', '-quiet', '-alpn', 'imap,smtp', ...identity];
    const shell = 'mkfifo "$0" && exec "$@" 0<>"$0" 1>&0';
    return portOf(new Child(cleanup, 'sh', ['-c', shell, join(folder, name), ...server, ...more]));
  };
  const second = ['-servername', 'second.test', '-cert2', file('second.pem'), '-key2', file('second.key')];
  const asking = ['-CAfile', file('root.pem'), '-Verify', '3', '-verify_return_error'];
  return { port: await start('plain', ...second), mutual: await start('mutual', ...asking) };
}

async function startStunnel(cleanup: Cleanup, certificates: string): Promise<TlsPorts> {
  const folder = serverFolder(cleanup);
  const echo = await startEcho(cleanup);
  const start = (name: string, more: string): Promise<number> => {
    const file = join(folder, `${name}.conf`);
    writeFileSync(
      file,
      `
foreground = yes
pid =
syslog = no
debug = err
[main]
accept = 127.0.0.1:0
connect = 127.0.0.1:${echo}
cert = ${certificates}/server.both.pem
${more}
`,
    );
    return portOf(new Child(cleanup, 'stunnel', [file]));
  };
  const second = `[second]\nsni = main:second.test\nconnect = 127.0.0.1:${echo}\ncert = ${certificates}/second.both.pem`;
  const asking = `verifyChain = yes\nrequireCert = yes\nCAfile = ${certificates}/root.pem`;
  return { port: await start('plain', second), mutual: await start('mutual', asking) };
}

async function startHaproxyTls(cleanup: Cleanup, certificates: string): Promise<TlsPorts> {
  const file = join(serverFolder(cleanup), 'haproxy.cfg');
  const echo = await startEcho(cleanup);
  const bind = (port: number, more: string): string =>
    `bind 127.0.0.1:${port} ssl crt ${certificates}/server.both.pem alpn imap,smtp ${more}`;
  const [port, mutual] = await startOnPorts(2, ([port, mutual]) => {
    writeFileSync(
      file,
      `
defaults
  mode tcp
  timeout connect 5s
  timeout client 20s
  timeout server 20s
listen front
  ${bind(port as number, `crt ${certificates}/second.both.pem`)}
  ${bind(mutual as number, `ca-file ${certificates}/root.pem verify required`)}
  server echo 127.0.0.1:${echo}
`,
    );
    return new Child(cleanup, 'haproxy', ['-db', '-f', file]);
  });
  return { port: port as number, mutual: mutual as number };
}

async function startNginxStream(cleanup: Cleanup, certificates: string): Promise<TlsPorts> {
  const folder = serverFolder(cleanup);
  const echo = await startEcho(cleanup);
  const [port, mutual] = await startOnPorts(2, ([port, mutual]) => {
    const file = join(folder, 'nginx.conf');
    writeFileSync(
      file,
      `
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off; master_process off; pid nginx.pid; error_log stderr error;
events { }
stream {
  map $ssl_server_name $name { second.test second; default server; }
  ssl_protocols TLSv1.2 TLSv1.3; ssl_alpn imap smtp; ssl_session_cache shared:tls:1m;
  ssl_certificate_key ${certificates}/$name.key; ssl_certificate ${certificates}/$name.whole.pem;
  proxy_half_close on;
  server { listen 127.0.0.1:${port} ssl; proxy_pass 127.0.0.1:${echo}; }
  server {
    listen 127.0.0.1:${mutual} ssl; proxy_pass 127.0.0.1:${echo};
    ssl_verify_client on; ssl_verify_depth 3; ssl_client_certificate ${certificates}/root.pem;
    ssl_certificate_key ${certificates}/server.key; ssl_certificate ${certificates}/server.whole.pem;
  }
}
`,
    );
    return new Child(cleanup, 'nginx', ['-p', folder, '-e', 'stderr', '-c', file]);
  });
  return { port: port as number, mutual: mutual as number };
}

export interface TlsServerPeer {
  readonly tools: readonly Tool[];
  readonly start: StartTls;
  /** The protocol that it chooses of `imap` and `smtp`, where it chooses at all. */
  readonly alpn: string | undefined;
  readonly end: PeerEnd;
}

/** What each does, besides versions, names, clients' certificates and sessions, which all do. */
export const TLS_SERVERS: Readonly<Record<string, TlsServerPeer>> = {
  'openssl s_server': { tools: ['openssl'], start: startOpenssl, alpn: 'smtp', end: { sum: false, goodbye: true } },
  // Its streams never say goodbye once the client has.
  nginx: {
    tools: ['nginx', 'nginx-stream'],
    start: startNginxStream,
    alpn: 'smtp',
    end: { sum: true, goodbye: false },
  },
  haproxy: { tools: ['haproxy'], start: startHaproxyTls, alpn: 'smtp', end: WHOLE },
  stunnel: { tools: ['stunnel'], start: startStunnel, alpn: undefined, end: WHOLE },
  'Python ssl': { tools: ['python3'], start: startPython, alpn: 'smtp', end: WHOLE },
  'node:tls': { tools: [], start: startNodeTls, alpn: 'smtp', end: WHOLE },
};
