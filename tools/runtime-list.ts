/** The runtimes that the tests run on, where they are on this machine, and how the missing ones are installed. */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { install } from './install.ts';

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

/** Installs the runtimes in tools/runtimes unless they are what its lockfile says. Returns what went wrong, if anything. */
export function installRuntimes(root: string): Promise<string | undefined> {
  return install(root, 'tools/runtimes', 'the other runtimes');
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
