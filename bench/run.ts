// `npm run bench`: runs the table of comparisons and prints one line a figure, with its bar and whether it is met.
//
//   --quick           smaller sizes and three pairs: to see that all works, not to quote
//   --only <name>     only comparisons whose name starts so; may be repeated
//   --node <major>    only this Node; may be repeated
//   --pairs <n>       how many pairs count (5, where the table says nothing else)
//   --json <file>     adds the figures to this file, for the pictures of the documentation (`npm run plots`)
//   --noise           B against itself, so that the lines show what the machine does to a ratio that should be 1
//
// A missed bar is said, and is no failure: the exit code is 1 only when a program failed.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PATH } from '../test/peers/tools.ts';
import type { Comparison, Program } from './comparison.ts';
import { comparisons, NODES } from './comparisons.ts';
import { type Command, runPairs } from './harness.ts';
import { mergeRecord, type RecordedFigure, readRecord, recordFigure, writeRecord } from './record.ts';
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
    json: { type: 'string' },
  },
});
if (options.json !== undefined && (options.quick || options.noise))
  throw new Error('--json wants the full sizes, and two programs: neither --quick nor --noise');
const usualPairs = options.quick ? 3 : 5;

// This file runs from .build/bench/, two below the root; programs of other languages stay where they are.
const root = new URL('../../', import.meta.url);
const MOONSOCKET = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));

/** What a command prints, or undefined when there is no such command. */
function printed(file: string, ...args: string[]): string | undefined {
  const { status, stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', env: { ...process.env, PATH } });
  // nginx tells its version on stderr.
  return status === 0 ? (stdout || stderr).trim() : undefined;
}

/** The other end of a comparison. */
function peerOf({ peer }: Comparison): Command {
  const [file, ...args] = PEERS[peer ?? 'none'];
  return [process.execPath, fileURLToPath(new URL(`${file}.js`, import.meta.url)), ...args];
}

/** The Node that runs this, or one of those that tools/runtimes installs. */
function findNode(major: number): Node | undefined {
  const installed = fileURLToPath(new URL(`tools/runtimes/node_modules/node${major}/bin/node`, root));
  const file = process.versions.node.startsWith(`${major}.`) ? process.execPath : installed;
  const version = existsSync(file) ? printed(file, '--version') : undefined;
  return version === undefined ? undefined : { major, file, version };
}

function commandOf(program: Program, node: Node, flags: readonly string[] = []): Command {
  const [language, name] = program.split(' ');
  if (language === 'go') return [goBinary(name as string)];
  if (language === 'moonsocket') return [node.file, MOONSOCKET, 'lua', sourceOf(`${name}.lua`)];
  if (language === 'python3') return [language, sourceOf(`${name}.py`)];
  if (language !== undefined && name !== undefined) return [language, sourceOf(`${name}.lua`)];
  return [node.file, '--expose-gc', ...flags, fileURLToPath(new URL(`programs/${program}.js`, import.meta.url))];
}

function sourceOf(file: string): string {
  return fileURLToPath(new URL(`bench/programs/${file}`, root));
}

/** Built each time: Go's own cache makes that quick, and knows what has changed. */
function goBinary(name: string): string {
  const binary = fileURLToPath(new URL(`go/${name}`, import.meta.url));
  execFileSync('go', ['build', '-o', binary, sourceOf(`${name}.go`)], { stdio: ['ignore', 'ignore', 'inherit'] });
  return binary;
}

/** One of the cores that this process may run on; undefined where the system has no taskset. */
function someCore(): string | undefined {
  if (printed('taskset', '--version') === undefined) return undefined;
  return /^Cpus_allowed_list:.*?(\d+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
}

/** Why a comparison cannot be run here, or undefined. */
function missing({ b = '', oneCore = false, peer }: Comparison): string | undefined {
  const [language, name] = b.split(' ');
  if (language !== undefined && name !== undefined && languages.get(language) === undefined) {
    return language.startsWith('lua') ? `there is no ${language} with LuaSocket here` : `${language} was not found`;
  }
  if (peer?.startsWith('nginx') && nginx === undefined) return 'nginx was not found';
  if (peer === 'vsftpd' && vsftpd === undefined) return 'vsftpd was not found, which wants root';
  if (oneCore && core === undefined) return 'there is no taskset here';
  return options.noise && b === '' ? 'one program measures both, so B cannot be run against itself' : undefined;
}

function pairsOf(comparison: Comparison): number {
  return Number(options.pairs ?? comparison.pairs ?? usualPairs);
}

async function run(comparison: Comparison, node: Node): Promise<void> {
  const onItsCores = (command: Command): Command =>
    comparison.oneCore && core !== undefined ? ['taskset', '-c', core, ...command] : command;
  const command = (program: Program) => onItsCores(commandOf(program, node, comparison.nodeFlags));
  const b = comparison.b === undefined ? undefined : command(comparison.b);
  const a = options.noise && b !== undefined ? b : command(comparison.a);
  const units = options.quick ? comparison.quickUnits : comparison.units;
  const { warmUp, args } = comparison;
  const pairs = await runPairs(a, b, onItsCores(peerOf(comparison)), units, pairsOf(comparison), warmUp, args);
  for (const figure of comparison.figures) {
    const { bar, ...unjudged } = figure;
    const line = tell(comparison, options.noise ? unjudged : figure, node.major, pairs);
    tally[line.verdict]++;
    console.log(line.text);
  }
  record(comparison.figures.map((figure) => recordFigure(comparison, figure, node.major, pairs)));
}

/** At once, so that a run which is broken off keeps what it has measured. */
function record(figures: readonly RecordedFigure[]): void {
  if (options.json === undefined) return;
  const today = new Date().toISOString().slice(0, 10);
  writeRecord(options.json, mergeRecord(readRecord(options.json), { machine, system, versions }, today, figures));
}

/** The versions that a picture names: of Node, of this package, and of what it is compared with. */
function findVersions(): Record<string, string> {
  const packaged = ['basic-ftp', 'nodemailer', 'undici'].map((name) => [name, `node_modules/${name}/package.json`]);
  const ofPackages = [['moonsocket', 'package.json'], ...packaged].map(([name = '', file = '']) => {
    const { version } = JSON.parse(readFileSync(new URL(file, root), 'utf8')) as { version: string };
    return [name, version];
  });
  const ofNodes = NODES.map((major) => [`node${major}`, findNode(major)?.version ?? 'not found']);
  const ofLanguages = [...languages].map(([name, version]) => [name, version ?? 'not found']);
  return Object.fromEntries([...ofNodes, ...ofPackages, ...ofLanguages, ['nginx', nginx ?? 'not found']]);
}

const luaVersion = 'io.write(jit and jit.version or _VERSION, ", ", require("socket")._VERSION)';
/** What the other languages are here, by the names that the table has for them. */
const languages = new Map([
  ['lua5.4', printed('lua5.4', '-e', luaVersion)],
  ['luajit', printed('luajit', '-e', luaVersion)],
  ['go', printed('go', 'version')],
  ['python3', printed('python3', '--version')],
]);
const nginx = printed('nginx', '-v');
/** Debian's, or the one that `npm run test:peers` has unpacked. */
const vsftpd = ['/usr/sbin/vsftpd', fileURLToPath(new URL('tools/servers/usr/sbin/vsftpd', root))].find(
  (file) => process.getuid?.() === 0 && existsSync(file),
);
const core = someCore();
const nodes = options.node.flatMap((major) => findNode(Number(major)) ?? []);
const PEERS: Readonly<Record<NonNullable<Comparison['peer']> | 'none', readonly [file: string, ...args: string[]]>> = {
  none: ['peer'],
  tls: ['peer', 'tls'],
  nginx: ['nginx'],
  'nginx-tls': ['nginx', 'tls'],
  vsftpd: ['vsftpd', vsftpd ?? ''],
  'smtp-sink': ['smtp-sink'],
};
const tally = { met: 0, missed: 0, information: 0, failed: 0, skipped: options.node.length - nodes.length };

console.log(
  [
    nodes.map(({ version }) => `Node ${version}`).join(', '),
    ...[...languages].map(([language, version]) => version ?? `${language} was not found`),
    nginx ?? 'nginx was not found',
    `peer on Node ${process.version}`,
  ].join('; '),
);
const machine = `${os.cpus().length} x ${os.cpus()[0]?.model ?? 'unknown processor'}`;
const system = `${os.type()} ${os.release()}`;
const versions = findVersions();
console.log(`${machine}, ${system}, load ${os.loadavg()[0]?.toFixed(1)}`);
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
    const reason = missing(comparison);
    if (reason !== undefined) {
      tally.skipped++;
      console.log(`node ${node.major}  ${comparison.name}: skipped, ${reason}`);
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
