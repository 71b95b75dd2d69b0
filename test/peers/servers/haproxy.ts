/** haproxy, which gives each request to the next of several servers. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child, type Cleanup } from '../tools.ts';
import { serverFolder, startOnPorts } from './start.ts';

/** Starts one in front of these, `http://address:port` each, and gives its URL; at `/nobody` there is no server at all. */
export async function startHaproxy(cleanup: Cleanup, backends: readonly string[]): Promise<string> {
  const file = join(serverFolder(cleanup), 'haproxy.cfg');
  const [port] = await startOnPorts(1, ([port]) => {
    writeFileSync(file, configuration(port as number, backends));
    return new Child(cleanup, 'haproxy', ['-db', '-f', file]);
  });
  return `http://127.0.0.1:${port}`;
}

/** Starts one that takes TLS off what goes to this proxy, with a PEM of certificate, chain and key; gives the proxy's URL. */
export async function startSecureProxy(cleanup: Cleanup, proxy: string, pem: string): Promise<string> {
  const file = join(serverFolder(cleanup), 'haproxy.cfg');
  const [port] = await startOnPorts(1, ([port]) => {
    const text = `
defaults
  mode tcp
  timeout connect 5s
  timeout client 20s
  timeout server 20s
listen front
  bind 127.0.0.1:${port} ssl crt ${pem}
  server proxy ${new URL(proxy).host}
`;
    writeFileSync(file, text);
    return new Child(cleanup, 'haproxy', ['-db', '-f', file]);
  });
  return `https://localhost:${port}`;
}

function configuration(port: number, backends: readonly string[]): string {
  return `
defaults
  mode http
  timeout connect 5s
  timeout client 20s
  timeout server 20s
frontend front
  bind 127.0.0.1:${port}
  use_backend nobody if { path /nobody }
  default_backend all
backend nobody
backend all
  balance roundrobin
  option forwardfor
${backends.map((url, i) => `  server s${i} ${new URL(url).host}`).join('\n')}
`;
}
