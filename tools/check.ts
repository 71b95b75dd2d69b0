/**
 * `npm run check`: lint and format, the design's invariants, and the package as it would be published.
 * The type check has happened by then: it is the build.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { endChildrenOnSignals, runChild } from './child.ts';
import { linkProblems } from './links.ts';
import type { Counts, Failure } from './tally.ts';
import { readTexts } from './texts.ts';

/** What went wrong in a step, or undefined. */
type Step = () => Promise<string | undefined>;
/** By name, in order. */
type Steps = Readonly<Record<string, Step>>;

/** What `npm pack --json` says of a package. */
interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** No step computes for more than seconds. */
const STEP_LIMITS = { idleSeconds: 120, cpuSeconds: 120 };

const root = join(import.meta.dirname, '..', '..');

/** Runs every step, whatever the others do, and prints a line for each. The counts are of steps. */
export async function check(): Promise<Counts> {
  const temporary = mkdtempSync(join(tmpdir(), 'moonsocket-check-'));
  let packed: Packed | undefined;
  const onTarball =
    (tool: string, ...args: string[]): Step =>
    async () =>
      packed === undefined ? 'there is no tarball' : run(bin(tool), [...args, join(temporary, packed.filename)]);
  const shape: Steps = {
    'lint, format': () => run(bin('biome'), ['check', '--error-on-warnings']),
    'npm pack': async () => {
      const { code, text } = await child('npm', [
        'pack',
        '--json',
        '--ignore-scripts',
        '--pack-destination',
        temporary,
      ]);
      if (code === 0) packed = (JSON.parse(text) as Packed[])[0];
      return code === 0 ? undefined : text;
    },
    links: async () => {
      const files = packed?.files.map(({ path }) => path) ?? [];
      return linkProblems(readTexts(root), new Set(files)).join('\n') || undefined;
    },
    publint: onTarball('publint', 'run', '--strict', '--pack', 'false'),
    attw: onTarball('attw', '--profile', 'esm-only', '--format', 'ascii', '--no-emoji', '--no-definitely-typed'),
  };
  const meaning: Steps = {
    invariants: () => run(process.execPath, [join(import.meta.dirname, 'sources.js')], /^note: .*/gm),
    documentation: () => run(process.execPath, [join(import.meta.dirname, 'undocumented.js')]),
  };
  try {
    const failures = (await Promise.all([inTurn(shape), inTurn(meaning)])).flat();
    return { passed: Object.keys({ ...shape, ...meaning }).length - failures.length, failures, skipped: [] };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function inTurn(steps: Steps): Promise<Failure[]> {
  const failures: Failure[] = [];
  for (const [name, step] of Object.entries(steps)) {
    const start = performance.now();
    const problem = (await step())?.trimEnd();
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`check: ${name.padEnd(13)} ${problem === undefined ? 'ok    ' : 'failed'} ${seconds.padStart(6)} s`);
    if (problem === undefined) continue;
    console.log(problem.replace(/^(?=.)/gm, '  '));
    failures.push({ name, reason: problem });
  }
  return failures;
}

function bin(tool: string): string {
  return join(root, 'node_modules', '.bin', tool);
}

function child(command: string, args: readonly string[]): ReturnType<typeof runChild> {
  return runChild(command, args, { cwd: root, output: 'collect', limits: STEP_LIMITS });
}

async function run(command: string, args: readonly string[], notes?: RegExp): Promise<string | undefined> {
  const { code, text, trouble } = await child(command, args);
  for (const note of text.match(notes ?? /(?!)/) ?? []) console.log(note);
  if (code === 0 && trouble === undefined) return undefined;
  return `${text}\n${basename(command)} ${trouble ?? `ended with exit code ${code}`}`;
}

if (import.meta.url === pathToFileURL(process.argv[1]!).href) {
  endChildrenOnSignals();
  const { failures } = await check();
  process.exitCode = failures.length === 0 ? 0 : 1;
}
