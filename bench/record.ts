// `--json FILE`: the figures as data, for the pictures of docs/benchmarks.md. A file is of one machine and one set of versions.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Bar, Comparison, Figure } from './comparison.ts';
import { type Pair, type Result, spread } from './harness.ts';

/** The medians of both programs. */
interface Both {
  readonly a: number;
  readonly b: number;
}

export interface RecordedFigure {
  readonly node: number;
  readonly name: string;
  readonly label: string;
  /** The programs; without `b`, one program measures both. */
  readonly a: string;
  readonly b?: string;
  /** Absent: a ratio. */
  readonly unit?: string;
  readonly bar?: Bar;
  readonly pairs: number;
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly cpuSeconds: Both;
  readonly wallSeconds: Both;
}

export interface Circumstances {
  readonly machine: string;
  readonly system: string;
  readonly versions: Readonly<Record<string, string>>;
}

export interface BenchRecord extends Circumstances {
  /** The day of the newest figure, as 2026-01-31. */
  readonly date: string;
  readonly figures: readonly RecordedFigure[];
}

export function recordFigure(
  { name, a, b }: Comparison,
  { label, of, bar, unit }: Figure,
  node: number,
  pairs: readonly Pair[],
): RecordedFigure {
  const { median, min, max } = spread(pairs.map(of));
  const judged = typeof bar === 'function' ? bar(node) : bar;
  const both = (seconds: (result: Result) => number): Both => ({
    a: rounded(spread(pairs.map((pair) => seconds(pair.a))).median),
    b: rounded(spread(pairs.map((pair) => seconds(pair.b))).median),
  });
  return {
    ...{ node, name, label, a, ...(b && { b }), ...(unit && { unit }), ...(judged && { bar: judged }) },
    ...{ pairs: pairs.length, median: rounded(median), least: rounded(min), most: rounded(max) },
    ...{ cpuSeconds: both((result) => result.cpuSeconds), wallSeconds: both((result) => result.wallSeconds) },
  };
}

/** The file's figures with the new ones in the place of their older likes. Throws where the file is of other circumstances. */
export function mergeRecord(
  old: BenchRecord | undefined,
  circumstances: Circumstances,
  date: string,
  figures: readonly RecordedFigure[],
): BenchRecord {
  const { machine, system, versions } = circumstances;
  if (old !== undefined && !isDeepStrictEqual([old.machine, old.system, old.versions], [machine, system, versions]))
    throw new Error('its figures are of another machine or of other versions: name another file');
  const key = ({ node, name, label }: RecordedFigure): string => `${name}: ${label}, ${node}`;
  const all = new Map([...(old?.figures ?? []), ...figures].map((figure) => [key(figure), figure]));
  return { date, machine, system, versions, figures: [...all.values()] };
}

/** Reads the record in a file; undefined where there is none. */
export function readRecord(file: string): BenchRecord | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as BenchRecord) : undefined;
}

/** One line a figure, so that a newer run is a short difference. */
export function writeRecord(file: string, { figures, ...head }: BenchRecord): void {
  const lines = figures.map((figure) => `    ${JSON.stringify(figure)}`).join(',\n');
  const start = JSON.stringify(head, undefined, 2).slice(0, -2);
  writeFileSync(file, `${start},\n  "figures": [\n${lines}\n  ]\n}\n`);
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
