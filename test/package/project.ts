/** A user's project: the packed tarball, unpacked in a temporary folder beside the packages that it wants. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = process.cwd();
/** The packages of the repository, and the older ones that only these tests want. */
export const OURS: string = join(ROOT, 'node_modules');
export const CONSUMERS: string = join(ROOT, 'tools', 'consumers', 'node_modules');

/** Where the packages of a project come from, by their names. */
type Packages = Readonly<Record<string, string>>;

export class Project {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'moonsocket-project-'));

  /** `linked` stay where they are; `copied` are beside the tarball, as compilers look for what they import from there. */
  constructor({ copied = {}, linked = {} }: { readonly copied?: Packages; readonly linked?: Packages }) {
    const tarball = process.env.MOONSOCKET_TARBALL;
    if (tarball === undefined) throw new Error('these tests run by npm run test:package, which packs the tarball');
    const package_ = this.path('node_modules', 'moonsocket');
    mkdirSync(package_, { recursive: true });
    execFileSync('tar', ['xzf', tarball, '--strip-components=1', '-C', package_]);
    for (const [name, from] of Object.entries(copied)) cpSync(from, this.#room(name), { recursive: true });
    for (const [name, from] of Object.entries(linked)) symlinkSync(from, this.#room(name));
    this.write('package.json', '{"type":"module"}');
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  write(name: string, text: string): void {
    writeFileSync(this.path(name), text);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #room(name: string): string {
    const path = this.path('node_modules', name);
    mkdirSync(dirname(path), { recursive: true });
    return path;
  }
}

/** The program that uses every entry. */
export const PROGRAM: string = join(ROOT, 'test', 'package', 'every-entry.ts');

/** What is used of esbuild's own types, which are in a folder that the build does not look into. */
interface Esbuild {
  buildSync(options: object): { readonly errors: readonly unknown[]; readonly warnings: readonly unknown[] };
  transformSync(code: string, options: object): { readonly code: string };
}
export const esbuild: Esbuild = createRequire(join(CONSUMERS, 'package.json'))('esbuild') as Esbuild;
