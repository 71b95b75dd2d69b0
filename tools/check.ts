/**
 * `npm run check`: lint and format, the design's invariants, and the package as it would be published.
 * The type check has happened by then: it is the build.
 */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { endChildrenOnSignals, runChild } from './child.ts';
import type { Counts } from './counts.ts';
import { checkInvariants } from './invariants.ts';

/** What went wrong in a step, or undefined. */
type Step = () => Promise<string | undefined>;

/** No step takes more than seconds. */
const STEP_LIMIT_MS = 2 * 60_000;

/** Where the texts are that the invariants speak of. */
const FOLDERS = ['src', 'test', 'bench', 'examples', 'tools', 'docs', '.ci'];
const TEXT_FILE = /\.(?:ts|js|mjs|lua|md|json|jsonc|yml|yaml|sh|txt)$|^(?:run|\.npmrc)$/;

const root = join(import.meta.dirname, '..', '..');

/** Runs every step, whatever the others do, and prints a line for each. The counts are of steps. */
export async function check(): Promise<Counts> {
  const temporary = mkdtempSync(join(tmpdir(), 'moonsocket-check-'));
  const tarball = (): string | undefined =>
    readdirSync(temporary)
      .filter((name) => name.endsWith('.tgz'))
      .map((name) => join(temporary, name))[0];
  const onTarball =
    (tool: string, ...args: string[]): Step =>
    async () => {
      const file = tarball();
      return file === undefined ? 'there is no tarball' : run(bin(tool), [...args, file]);
    };
  const steps: Record<string, Step> = {
    'lint, format': () => run(bin('biome'), ['check', '--error-on-warnings']),
    invariants: async () => invariants(),
    'npm pack': () => run('npm', ['pack', '--ignore-scripts', '--pack-destination', temporary]),
    publint: onTarball('publint', 'run', '--strict', '--pack', 'false'),
    attw: onTarball('attw', '--profile', 'esm-only', '--format', 'ascii', '--no-emoji', '--no-definitely-typed'),
  };
  let failed = 0;
  try {
    for (const [name, step] of Object.entries(steps)) {
      const start = performance.now();
      const problem = await step();
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      if (problem !== undefined) failed += 1;
      console.log(`check: ${name.padEnd(12)} ${problem === undefined ? 'ok    ' : 'failed'} ${seconds.padStart(6)} s`);
      if (problem !== undefined) console.log(problem.trimEnd().replace(/^(?=.)/gm, '  '));
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return { passed: Object.keys(steps).length - failed, failed, skipped: [] };
}

function bin(tool: string): string {
  return join(root, 'node_modules', '.bin', tool);
}

async function run(command: string, args: readonly string[]): Promise<string | undefined> {
  const { code, text, trouble } = await runChild(command, args, {
    cwd: root,
    output: 'collect',
    limitMs: STEP_LIMIT_MS,
  });
  if (code === 0 && trouble === undefined) return undefined;
  return `${text}\n${basename(command)} ${trouble ?? `ended with exit code ${code}`}`;
}

function invariants(): string | undefined {
  const errors: string[] = [];
  for (const { level, path, line, message } of checkInvariants(readTexts())) {
    if (level === 'error') errors.push(`${path}:${line} ${message}`);
    else console.log(`note: ${path}: ${message}`);
  }
  return errors.length === 0 ? undefined : errors.join('\n');
}

function readTexts(): Map<string, string> {
  const texts = new Map<string, string>();
  const add = (path: string): void => {
    if (TEXT_FILE.test(basename(path)))
      texts.set(relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8'));
  };
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isFile()) add(path);
      else if (entry.isDirectory() && entry.name !== 'node_modules') walk(path);
    }
  };
  for (const entry of readdirSync(root, { withFileTypes: true })) if (entry.isFile()) add(join(root, entry.name));
  for (const folder of FOLDERS) if (existsSync(join(root, folder))) walk(join(root, folder));
  return texts;
}

if (import.meta.url === pathToFileURL(process.argv[1]!).href) {
  endChildrenOnSignals();
  const { failed } = await check();
  process.exitCode = failed === 0 ? 0 : 1;
}
