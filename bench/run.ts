// `npm run bench`: runs the table of comparisons and prints one line a figure, with its bar and whether it is met.
//
//   --quick           smaller sizes and three pairs: to see that all works, not to quote
//   --only <name>     only comparisons whose name starts so; may be repeated
//   --node <major>    only this Node; may be repeated
//   --pairs <n>       how many pairs count (5, where the table says nothing else)
//   --noise           B against itself, so that the lines show what the machine does to a ratio that should be 1
//
// A missed bar is said, and is no failure: the exit code is 1 only when a program failed.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Comparison, comparisons, NODES, type Program } from './comparisons.ts';
import { type Command, runPairs } from './harness.ts';
import { tell } from './report.ts';

interface Node {
  readonly major: number;
  readonly file: string;
  readonly version: string;
}

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    noise: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [''] },
    node: { type: 'string', multiple: true, default: NODES.map(String) },
    pairs: { type: 'string' },
  },
});
const usualPairs = options.quick ? 3 : 5;

// This file runs from .build/bench/, two below the root; Lua programs are not compiled and stay where they are.
const root = new URL('../../', import.meta.url);
const peer: Command = [process.execPath, fileURLToPath(new URL('peer.js', import.meta.url))];

/** What a command prints, or undefined when there is no such command. */
function printed(file: string, ...args: string[]): string | undefined {
  try {
    return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

/** The Node that runs this, or one of those that tools/runtimes installs. */
function findNode(major: number): Node | undefined {
  const installed = fileURLToPath(new URL(`tools/runtimes/node_modules/node${major}/bin/node`, root));
  const file = process.versions.node.startsWith(`${major}.`) ? process.execPath : installed;
  const version = existsSync(file) ? printed(file, '--version') : undefined;
  return version === undefined ? undefined : { major, file, version };
}

function commandOf(program: Program, node: Node, flags: readonly string[] = []): Command {
  const [interpreter, script] = program.split(' ');
  if (interpreter !== undefined && script !== undefined) {
    return [interpreter, fileURLToPath(new URL(`bench/programs/${script}.lua`, root))];
  }
  return [node.file, '--expose-gc', ...flags, fileURLToPath(new URL(`programs/${program}.js`, import.meta.url))];
}

function pairsOf(comparison: Comparison): number {
  return Number(options.pairs ?? comparison.pairs ?? usualPairs);
}

async function run(comparison: Comparison, node: Node): Promise<void> {
  const a = commandOf(options.noise ? comparison.b : comparison.a, node, comparison.nodeFlags);
  const b = commandOf(comparison.b, node, comparison.nodeFlags);
  const units = options.quick ? comparison.quickUnits : comparison.units;
  const pairs = await runPairs(a, b, peer, units, pairsOf(comparison), comparison.warmUp);
  for (const figure of comparison.figures) {
    const { bar, ...unjudged } = figure;
    const line = tell(comparison, options.noise ? unjudged : figure, node.major, pairs);
    tally[line.verdict]++;
    console.log(line.text);
  }
}

const lua = printed('lua5.4', '-e', 'io.write(_VERSION, ", ", require("socket")._VERSION)');
const nodes = options.node.flatMap((major) => findNode(Number(major)) ?? []);
const tally = { met: 0, missed: 0, information: 0, failed: 0, skipped: options.node.length - nodes.length };

console.log(
  `${nodes.map(({ version }) => `Node ${version}`).join(', ')}; ${lua ?? 'no LuaSocket'}; peer on Node ${process.version}`,
);
console.log(
  `${os.cpus().length} x ${os.cpus()[0]?.model ?? 'unknown processor'}, ${os.type()} ${os.release()}, load ${os.loadavg()[0]?.toFixed(1)}`,
);
const unusual = comparisons
  .filter(({ pairs }) => pairs !== undefined)
  .map((comparison) => `${comparison.name} ${pairsOf(comparison)}`);
const sizes = options.quick ? 'quick sizes' : 'full sizes';
console.log(
  `${options.noise ? 'B against itself' : 'A : B'}, ${sizes}, median [least most] of ${options.pairs ?? usualPairs} pairs (${unusual.join(', ')})\n`,
);

for (const comparison of comparisons) {
  if (!options.only.some((start) => comparison.name.startsWith(start))) continue;
  for (const node of nodes) {
    if (lua === undefined && comparison.b.startsWith('lua5.4 ')) {
      tally.skipped++;
      console.log(`node ${node.major}  ${comparison.name}: skipped, there is no lua5.4 with LuaSocket here`);
      continue;
    }
    try {
      await run(comparison, node);
    } catch (error) {
      tally.failed++;
      process.exitCode = 1;
      console.log(`node ${node.major}  ${comparison.name}: FAILED\n${(error as Error).message.replace(/^/gm, '    ')}`);
    }
  }
}

console.log(
  `\n${tally.met} met, ${tally.missed} missed, ${tally.information} for information, ${tally.failed} failed, ${tally.skipped} skipped`,
);
