/** The runner's arithmetic: a test that is not counted could fail unseen. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { countLines, countTap } from '../../tools/counts.ts';

const summary = (pass: number, fail: number, cancelled: number, skipped: number, todo: number): string =>
  `1..2\n# tests 9\n# suites 0\n# pass ${pass}\n# fail ${fail}\n# cancelled ${cancelled}\n# skipped ${skipped}\n# todo ${todo}\n# duration_ms 1\n`;

it('takes the last summary of a TAP report, and counts what was cancelled as failed', () => {
  const report = `${summary(1, 1, 1, 1, 1)}ok 1 - it\nok 2 - is off # SKIP no peer\n${summary(5, 2, 1, 1, 1)}`;
  const expected = { passed: 5, failed: 3, skipped: ['is off (skip no peer)', 'a test without a name'] };
  assert.deepEqual(countTap(report), expected);
});

it('knows a TAP report that was cut off', () => {
  assert.equal(countTap('TAP version 13\nok 1 - it\n'), undefined);
});

it('counts the lines of a plain program', () => {
  const output = 'hello\nok 1 connects\r\nnot ok 2 closes\nok 3 binds # SKIP needs root\nokay\n  ok no\n';
  assert.deepEqual(countLines(output), { passed: 1, failed: 1, skipped: ['3 binds (needs root)'] });
});
