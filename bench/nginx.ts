// The other end of the HTTP benchmarks: an nginx of one process, which serves a file of zeros at `/<bytes>` for each of SIZES; with the argument
// `tls` by https.
// It is to the runner what peer.ts is: it tells its port, and is gone, nginx with it, when the runner is.

import { closeSync, ftruncateSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serverFolder, startOnPorts } from '../test/peers/servers/start.ts';
import { Child, type Cleanup } from '../test/peers/tools.ts';
import { identity } from './identity.ts';

/** What programs get, and what they warm up with. */
const SIZES = [2 ** 10, 2 ** 26, 2 ** 28, 2 ** 30];

const secure = process.argv[2] === 'tls';

const ends: (() => unknown)[] = [];
const cleanup: Cleanup = { defer: (end) => ends.push(end) };

async function end(): Promise<never> {
  for (let last = ends.pop(); last !== undefined; last = ends.pop()) await last();
  process.exit();
}

const CERTIFICATE = 'ssl_certificate identity.pem; ssl_certificate_key identity.pem;';

function configuration(folder: string, port: number): string {
  return `
daemon off; master_process off; pid nginx.pid; error_log stderr error;
events { worker_connections 256; }
http {
  access_log off; default_type application/octet-stream; sendfile on;
  keepalive_requests 1000000000; keepalive_timeout 300s; open_file_cache max=16;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server { listen 127.0.0.1:${port} ${secure ? 'ssl' : ''} backlog=1024; root ${folder}; ${secure ? CERTIFICATE : ''} }
}
`;
}

process.on('SIGTERM', end);
process.on('SIGINT', end);
// The runner holds the other end of stdin.
process.stdin.on('end', end).resume();

const folder = serverFolder(cleanup);
for (const size of SIZES) {
  // Sparse: it takes no room on the disk.
  const file = openSync(join(folder, String(size)), 'w');
  ftruncateSync(file, size);
  closeSync(file);
}
if (secure) writeFileSync(join(folder, 'identity.pem'), identity().cert, { mode: 0o600 });
const [port] = await startOnPorts(1, ([port]) => {
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, configuration(folder, port as number));
  return new Child(cleanup, 'nginx', ['-p', folder, '-e', 'stderr', '-c', file]);
});
process.stdout.write(`${JSON.stringify({ port })}\n`);
