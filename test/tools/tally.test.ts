/** The runner's arithmetic: a test that is not counted could fail unseen. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { End } from '../../tools/reporter.ts';
import { countLines, Tally } from '../../tools/tally.ts';

const begin = (nesting: number, name: string) => ({ type: 'begin', nesting, name }) as const;
const end = (nesting: number, name: string, outcome: End['outcome'], reason = '', suite = false): End => ({
  type: 'end',
  nesting,
  name,
  suite,
  outcome,
  reason,
});

it('counts tests, not the suites around them, and names each failure once', () => {
  const tally = new Tally();
  const told = [
    begin(0, 'suite'),
    begin(1, 'a'),
    end(1, 'a', 'passed'),
    begin(1, 'b'),
    end(1, 'b', 'failed', 'no'),
    end(0, 'suite', 'inner', '', true),
    begin(0, 'c'),
    end(0, 'c', 'skipped', 'no peer'),
    begin(0, 'hooked'),
    end(1, 'd', 'failed', 'was cancelled'),
    end(0, 'hooked', 'failed', 'its hook failed', true),
    begin(0, 'good'),
    end(0, 'good', 'passed', '', true),
  ].flatMap((event) => tally.take(event) ?? []);
  assert.equal(tally.passed, 1);
  assert.deepEqual(tally.skipped, ['c (no peer)']);
  assert.deepEqual(tally.failures, [
    { name: 'suite > b', reason: 'no' },
    { name: 'hooked > d', reason: 'was cancelled' },
    { name: 'hooked', reason: 'its hook failed' },
  ]);
  assert.deepEqual(told, tally.failures);
  assert.deepEqual(tally.unfinished, []);
});

it('knows what has begun and not ended, beside each other, too', () => {
  const tally = new Tally();
  for (const event of [begin(0, 'suite'), begin(1, 'a'), begin(1, 'b'), end(1, 'a', 'passed')]) tally.take(event);
  assert.deepEqual(tally.unfinished, ['suite > b']);
});

it('counts the lines of a plain program', () => {
  const output =
    'hello\nok 1 connects\r\nnot ok 2 closes\n2 closes: Error: no\n  at it\nok 3 binds # SKIP needs root\nokay\n  ok no\n';
  assert.deepEqual(countLines(output), {
    passed: 1,
    failures: [{ name: '2 closes', reason: 'Error: no' }],
    skipped: ['3 binds (needs root)'],
  });
});
