/** squid, an HTTP proxy that wants a password, as one process and its helper. */
import { createHash } from 'node:crypto';
import { readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child, type Cleanup } from '../tools.ts';
import { serverFolder, startOnPorts } from './start.ts';

const SHARED_MEMORY = '/dev/shm';

/** Who may use it, as it stands in a URL. */
export const PROXY_LOGIN = 'puser:pass%20word';

/** It gives no tunnel to this port, as is usual: mail would go out by it. */
export const FORBIDDEN_PORT = 25;

/** Starts one, and gives its URL. */
export async function startSquid(cleanup: Cleanup): Promise<string> {
  const folder = serverFolder(cleanup);
  writeFileSync(join(folder, 'passwords'), `puser:${createHash('md5').update('pass word').digest('hex')}\n`); // no SHA here
  const [port] = await startOnPorts(1, ([port]) => {
    const file = join(folder, 'squid.conf');
    writeFileSync(file, configuration(folder, port as number));
    // Its shared memory is named after the service. It removes it when it is told to end, and takes two seconds for that.
    const service = `moonsocket${port}`;
    cleanup.defer(() => {
      const left = readdirSync(SHARED_MEMORY).filter((name) => name.startsWith(`${service}-`));
      for (const name of left) unlinkSync(join(SHARED_MEMORY, name));
    });
    return new Child(cleanup, 'squid', ['-N', '-d', '1', '-n', service, '-f', file]);
  });
  return `http://127.0.0.1:${port}`;
}

/** It writes no file, since as root's it changes to a user who may not; its errors go where `-d` sends them. */
function configuration(folder: string, port: number): string {
  return `
http_port 127.0.0.1:${port}
pid_filename none
cache deny all
cache_log /dev/null
access_log none
netdb_filename none
coredump_dir ${folder}
max_filedescriptors 1024
shutdown_lifetime 0 seconds
pinger_enable off
visible_hostname proxy.example
auth_param basic program /usr/lib/squid/basic_ncsa_auth ${folder}/passwords
auth_param basic children 1 startup=1 idle=1
auth_param basic realm a proxy
acl known proxy_auth REQUIRED
acl tunnel method CONNECT
acl forbidden port ${FORBIDDEN_PORT}
http_access deny !known
http_access deny tunnel forbidden
http_access allow all
`;
}
