// The other end of the FTP transfers: a vsftpd without logins, which has a file of zeros named `/<bytes>` for each of SIZES, small files in
// `/files/<how many>`, and takes files in `/up`.
// It is to the runner what peer.ts is: it tells its port, and is gone, vsftpd with it, when the runner is. It wants root.

import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOnPorts } from '../test/peers/servers/start.ts';
import { Child, type Cleanup } from '../test/peers/tools.ts';

/** What programs get, and what they warm up with. */
const SIZES = [2 ** 26, 2 ** 28, 2 ** 30];

/** How many small files a folder has: to mirror, and to warm up with. */
const FILES = [200, 2000];

const ends: (() => unknown)[] = [];
const cleanup: Cleanup = { defer: (end) => ends.push(end) };

async function end(): Promise<never> {
  for (let last = ends.pop(); last !== undefined; last = ends.pop()) await last();
  process.exit();
}

/** It wants a user whose home is there. */
function configuration(folder: string, port: number): string {
  return `listen=YES
listen_address=127.0.0.1
listen_port=${port}
background=NO
anonymous_enable=YES
no_anon_password=YES
ftp_username=daemon
nopriv_user=nobody
anon_root=${folder}/root
secure_chroot_dir=${folder}/empty
write_enable=YES
anon_upload_enable=YES
anon_other_write_enable=YES
anon_world_readable_only=NO
anon_umask=022
connect_from_port_20=NO
seccomp_sandbox=NO
isolate=NO
isolate_network=NO
xferlog_enable=NO
`;
}

process.on('SIGTERM', end);
process.on('SIGINT', end);
// The runner holds the other end of stdin.
process.stdin.on('end', end).resume();

// What is stored stays in memory: a disk would have its own part in the times.
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'moonsocket-'));
ends.push(() => rmSync(folder, { recursive: true, force: true }));
for (const name of ['', 'root', 'empty', 'root/up']) {
  mkdirSync(join(folder, name), { recursive: true });
  chmodSync(join(folder, name), name === 'root/up' ? 0o777 : 0o755);
}
for (const size of SIZES) {
  const file = join(folder, 'root', String(size));
  writeFileSync(file, '', { mode: 0o644 });
  truncateSync(file, size); // sparse
}
for (const count of FILES) {
  const files = join(folder, 'root', 'files', String(count));
  mkdirSync(files, { recursive: true, mode: 0o755 });
  for (let i = 0; i < count; i++) writeFileSync(join(files, `file ${i}`), Buffer.alloc(1000, i), { mode: 0o644 });
}
const file = join(folder, 'vsftpd.conf');
const [port] = await startOnPorts(1, ([free]) => {
  writeFileSync(file, configuration(folder, free as number));
  return new Child(cleanup, process.argv[2] as string, [file]);
});
process.stdout.write(`${JSON.stringify({ port })}\n`);
