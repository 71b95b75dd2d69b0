/** Installs what only tests want, from folders with lockfiles of their own: the package's own dependencies stay few. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from './child.ts';

/** The runtimes weigh some 400 MB unpacked: a slow line needs minutes, in which npm shows nothing. */
const INSTALL_LIMITS = { idleSeconds: 15 * 60, cpuSeconds: 15 * 60 };

/** Installs a folder's packages unless they are what its lockfile says. Returns what went wrong, if anything. */
export async function install(root: string, folder: string, what: string): Promise<string | undefined> {
  const cwd = join(root, folder);
  if (isCurrent(cwd)) return undefined;
  console.log(`Installing ${what}, once: ${folder}`);
  // Install scripts only copy binaries that are already where we look for them.
  const options = { cwd, output: 'inherit', limits: INSTALL_LIMITS } as const;
  const { code, trouble } = await runChild('npm', ['ci', '--ignore-scripts'], options);
  return code === 0 ? undefined : `npm ci in ${folder} ${trouble ?? `ended with exit code ${code}`}`;
}

interface Locked {
  readonly version?: string;
  readonly optional?: boolean;
  readonly os?: readonly string[] | string;
  readonly cpu?: readonly string[] | string;
  readonly libc?: readonly string[];
}

/** By content, not by time: a checkout gives the lockfile a new time without changing what it says. */
function isCurrent(cwd: string): boolean {
  const installed = join(cwd, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const present = lockedIn(installed);
  return Object.entries(lockedIn(join(cwd, 'package-lock.json'))).every(
    ([path, wanted]) =>
      path === '' || present[path]?.version === wanted.version || (!(path in present) && isForOthers(wanted)),
  );
}

/** Whether npm rightly leaves a package out here. Of the C library npm knows more than we do. */
function isForOthers({ optional, os, cpu, libc }: Locked): boolean {
  if (optional !== true) return false;
  return os?.includes(process.platform) === false || cpu?.includes(process.arch) === false || libc !== undefined;
}

function lockedIn(file: string): Readonly<Record<string, Locked>> {
  return (JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, Locked> }).packages;
}
