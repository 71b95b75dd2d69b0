// How a figure is told: one line with its median, its spread, where it came from, its bar, and whether that is met.

import type { Bar, Comparison, Figure } from './comparison.ts';
import { type Pair, type Spread, spread } from './harness.ts';

export type Verdict = 'met' | 'missed' | 'information';

export interface Line {
  readonly text: string;
  readonly verdict: Verdict;
}

export function tell(comparison: Comparison, figure: Figure, nodeMajor: number, pairs: readonly Pair[]): Line {
  const values = spread(pairs.map(figure.of));
  const bar = typeof figure.bar === 'function' ? figure.bar(nodeMajor) : figure.bar;
  const verdict = judge(values, bar, figure.unit);
  const digits = figure.unit === undefined ? 2 : 1;
  const { median, min, max } = values;
  const name = `${comparison.name}: ${figure.label}`.padEnd(62);
  const numbers =
    `${median.toFixed(digits)} [${min.toFixed(digits)} ${max.toFixed(digits)}] ${figure.unit ?? ''}`.padEnd(22);
  const judged = spell(verdict, values, bar, figure.unit).padEnd(29);
  const text = `node ${nodeMajor}  ${name} ${numbers} ${judged} ${figure.detail(pairs)}`;
  return { text, verdict };
}

function judge({ median, max }: Spread, bar: Bar | undefined, unit: Figure['unit']): Verdict {
  if (bar === undefined) return 'information';
  const value = unit === undefined ? median : max;
  const met = value >= (bar.atLeast ?? Number.NEGATIVE_INFINITY) && value <= (bar.atMost ?? Number.POSITIVE_INFINITY);
  return met ? 'met' : 'missed';
}

function spell(verdict: Verdict, { min, max }: Spread, bar: Bar | undefined, unit: Figure['unit']): string {
  if (bar === undefined) return 'no bar';
  const limit = bar.atLeast ?? bar.atMost ?? Number.NaN;
  const said = `bar ${bar.atLeast === undefined ? '<=' : '>='} ${limit}: ${verdict === 'met' ? 'met' : 'MISSED'}`;
  // With the bar inside the spread, luck has decided as much as merit has.
  return unit === undefined && min < limit && limit < max ? `${said}, narrowly` : said;
}
