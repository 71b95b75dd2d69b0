/**
 * Debian's servers that cannot be installed beside each other, unpacked in a folder: `tools/servers/`, which git does not have.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from './child.ts';
import type { Limits } from './watch.ts';

/** What they need is among the packages of .ci/run. */
const PACKAGES = [
  'vsftpd',
  'proftpd-core',
  'proftpd-mod-crypto',
  'pure-ftpd',
  'pure-ftpd-common',
  'exim4-daemon-light',
  'exim4-base',
  'opensmtpd',
];

/** A download says nothing while it goes on. */
const LIMITS: Limits = { idleSeconds: 120, cpuSeconds: 120 };

/** Unpacks what is not there yet; gives the folder, or what is in the way. */
export async function unpackServers(root: string): Promise<{ folder: string } | { trouble: string }> {
  const folder = join(root, 'tools', 'servers');
  if (existsSync(folder)) return { folder };
  const making = `${folder}.new`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making);
  const options = { cwd: making, output: 'collect', limits: LIMITS } as const;
  let download = await runChild('apt-get', ['download', ...PACKAGES], options);
  if (download.code !== 0) {
    // A machine may have no lists of what there is yet.
    await runChild('apt-get', ['update'], options);
    download = await runChild('apt-get', ['download', ...PACKAGES], options);
  }
  if (download.code !== 0) return { trouble: `the servers cannot be downloaded:\n${download.text}` };
  for (const file of readdirSync(making)) {
    const { code, text } = await runChild('dpkg', ['-x', file, '.'], options);
    if (code !== 0) return { trouble: `${file} cannot be unpacked:\n${text}` };
    rmSync(join(making, file));
  }
  renameSync(making, folder);
  return { folder };
}
