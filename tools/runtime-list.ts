/** The runtimes that the tests run on, where they are on this machine, and how the missing ones are installed. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from './child.ts';

export interface Runtime {
  /** What `--runtime` calls it: a Node's major version, `bun` or `deno`. */
  readonly key: string;
  readonly kind: 'node' | 'bun' | 'deno';
  readonly binary: string;
  /** Whether it is the machine's own, not one from npm. */
  readonly own: boolean;
}

/** The runtimes that a whole run needs, the oldest first. */
export const WANTED: readonly string[] = ['20', '22', '24', '26', 'bun', 'deno'];

/** They weigh some 400 MB unpacked: a slow line needs minutes, in which npm shows nothing. */
const INSTALL_LIMITS = { idleSeconds: 15 * 60, cpuSeconds: 15 * 60 };

/** Installs the runtimes in tools/runtimes unless they are what its lockfile says. Returns what went wrong, if anything. */
export async function installRuntimes(root: string): Promise<string | undefined> {
  const cwd = join(root, 'tools', 'runtimes');
  if (isCurrent(cwd)) return undefined;
  console.log('Installing the other runtimes, once: tools/runtimes');
  // Their install scripts only copy binaries that are already where we look for them.
  const options = { cwd, output: 'inherit', limits: INSTALL_LIMITS } as const;
  const { code, trouble } = await runChild('npm', ['ci', '--ignore-scripts'], options);
  return code === 0 ? undefined : `npm ci in tools/runtimes ${trouble ?? `ended with exit code ${code}`}`;
}

/** What is on this machine, the machine's own Node first. */
export function findRuntimes(root: string): Runtime[] {
  const modules = join(root, 'tools', 'runtimes', 'node_modules');
  const own = process.versions.node.split('.')[0]!;
  const found: Runtime[] = [{ key: own, kind: 'node', binary: process.execPath, own: true }];
  for (const key of WANTED) {
    if (key === own) continue;
    const kind = key === 'bun' || key === 'deno' ? key : 'node';
    const binary =
      kind === 'node' ? join(modules, `node${key}`, 'bin', 'node') : kind === 'bun' ? bunIn(modules) : denoIn(modules);
    if (binary !== undefined && existsSync(binary)) found.push({ key, kind, binary, own: false });
  }
  return found;
}

/** npm installs the one platform package that fits; its name spells the processor in Bun's own way. */
function bunIn(modules: string): string | undefined {
  const arch = process.arch === 'arm64' ? 'aarch64' : process.arch;
  return inPlatformPackage(join(modules, '@oven'), `bun-${process.platform}-${arch}`, join('bin', 'bun'));
}

function denoIn(modules: string): string | undefined {
  return inPlatformPackage(join(modules, '@deno'), `${process.platform}-${process.arch}`, 'deno');
}

/** A suffix may say which C library or instruction set the package is for. */
function inPlatformPackage(scope: string, name: string, file: string): string | undefined {
  if (!existsSync(scope)) return undefined;
  const folders = readdirSync(scope).filter((folder) => folder === name || folder.startsWith(`${name}-`));
  return folders.map((folder) => join(scope, folder, file)).find((path) => existsSync(path));
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
