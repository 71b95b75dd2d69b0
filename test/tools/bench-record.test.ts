/** The record of a bench: what is written comes back, newer figures take the place of older ones, and machines do not mix. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { it } from 'node:test';
import type { Comparison } from '../../bench/comparison.ts';
import { cpuCost, cpuSpeed, times } from '../../bench/ratios.ts';
import { type Circumstances, mergeRecord, readRecord, recordFigure, writeRecord } from '../../bench/record.ts';

const HERE: Circumstances = { machine: '2 x processor', system: 'Linux 6', versions: { node26: 'v26.0.0' } };
const result = (cpuSeconds: number) => ({ cpuSeconds, wallSeconds: 2 * cpuSeconds, units: 1 });
const pairs = [1, 2, 4].map((seconds) => ({ a: result(seconds), b: result(4) }));
const figure = { label: 'CPU, of b', of: cpuCost, detail: times, bar: (node: number) => ({ atMost: node / 10 }) };
const comparison: Comparison = { name: 'work', a: 'work.a', b: 'work.b', units: 1, quickUnits: 1, figures: [figure] };
const recorded = recordFigure(comparison, figure, 26, pairs);

it('has the bar of its Node, the spread of the ratio, and both medians', () => {
  assert.deepEqual(recorded, {
    ...{ node: 26, name: 'work', label: 'CPU, of b', a: 'work.a', b: 'work.b', bar: { atMost: 2.6 }, pairs: 3 },
    ...{ median: 0.5, least: 0.25, most: 1, cpuSeconds: { a: 2, b: 4 }, wallSeconds: { a: 4, b: 8 } },
  });
});

it('keeps older figures beside newer ones, and one of each', () => {
  const speed = recordFigure(comparison, { label: 'speed', of: cpuSpeed, detail: times }, 26, pairs);
  const old = mergeRecord(undefined, HERE, '2026-01-01', [recorded, speed]);
  const merged = mergeRecord(old, HERE, '2026-01-02', [{ ...recorded, median: 0.75 }]);
  assert.equal(merged.date, '2026-01-02');
  assert.deepEqual(
    merged.figures.map(({ label, median }) => [label, median]),
    [
      ['CPU, of b', 0.75],
      ['speed', 2],
    ],
  );
});

it('refuses figures of another machine or of other versions', () => {
  const old = mergeRecord(undefined, HERE, '2026-01-01', [recorded]);
  for (const other of [{ machine: '4 x processor' }, { system: 'Linux 7' }, { versions: { node26: 'v26.0.1' } }])
    assert.throws(
      () => mergeRecord(old, { ...HERE, ...other }, '2026-01-02', []),
      /another machine or of other versions/,
    );
});

it('comes back from its file', (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'moonsocket-record-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'record.json');
  assert.equal(readRecord(file), undefined);
  const record = mergeRecord(undefined, HERE, '2026-01-01', [recorded]);
  writeRecord(file, record);
  assert.deepEqual(readRecord(file), record);
});
