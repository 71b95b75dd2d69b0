/** Plans of mirrors: nothing leaves the target folder, and nothing is copied that is there. */
import assert from 'node:assert/strict';
import { posix, win32 } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { problemOfName } from '../../../src/protocol/ftp/local-name.ts';
import { type MirrorItem, type MirrorRules, planMirror } from '../../../src/protocol/ftp/mirror-plan.ts';

const RULES: MirrorRules = { resume: true, tolerance: 60, caseless: false };
const file = (name: string, size?: number, time?: number): MirrorItem => ({ name, type: 'file', size, time });
const folder = (name: string): MirrorItem => ({ name, type: 'directory', size: undefined, time: undefined });

describe('names from a server', () => {
  const bad = [
    ...[
      '',
      '.',
      '..',
      '../x',
      '/etc/passwd',
      'a/b',
      'a\\b',
      '..\\x',
      '\\\\server\\share',
      'C:',
      'C:x',
      'a:b',
      'c:\\x',
      'a\0b',
    ],
    ...[
      'CON',
      'nul',
      'NUL.txt',
      'com1',
      'LPT9.tar.gz',
      'AUX ',
      'com\u00b9',
      'CONIN$',
      'prn:x',
      '...',
      '.. ',
      '. .',
      ' ',
      '\ufffd',
    ],
  ];
  for (const name of bad) it(`${JSON.stringify(name)} is refused`, () => assert.ok(problemOfName(name) !== undefined));
  for (const name of ['a', '..a', '.hidden', 'a..b', '...x', 'CONSOLE', 'com10', 'x NUL', 'a b ', 'ab:c', '-rf', '~'])
    it(`${JSON.stringify(name)} is taken`, () => assert.equal(problemOfName(name), undefined));

  it('stay in the folder on every system, whatever they are', () => {
    const part = fc.constantFrom('.', '..', '/', '\\', 'C:', 'a', ' ', '\0', 'NUL', '%2e');
    const name = fc.oneof(
      fc.string(),
      fc.array(part, { maxLength: 6 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(name, (text) => {
        if (problemOfName(text) !== undefined) return;
        assert.equal(posix.dirname(posix.resolve('/target', text)), '/target');
        assert.equal(win32.dirname(win32.resolve('D:\\target', text)), 'D:\\target');
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the plan of one folder', () => {
  it('copies what is missing or changed, enters folders, and leaves out the rest', () => {
    const here = [
      file('new', 5, 1000),
      file('same', 5, 1000),
      file('longer', 9, 1000),
      file('shorter', 3, 1000),
      file('touched', 5, 9_000_000),
      file('unknown'),
      folder('old'),
      folder('fresh'),
      { ...file('link'), type: 'link' as const },
      file('../evil', 1),
      file('clash', 1),
      file('new', 7),
    ];
    const there = [
      file('same', 5, 2000),
      file('longer', 4, 2000),
      file('shorter', 5, 2000),
      file('touched', 4, 2000),
      file('unknown', 5),
      folder('old'),
      folder('clash'),
    ];
    const { copies, folders, same, leftOut } = planMirror(here, there, RULES);
    assert.deepEqual(
      copies.map(({ item, offset }) => [item.name, offset]),
      [
        ['new', 0],
        ['longer', 4],
        ['shorter', 0],
        ['touched', 0],
        ['unknown', 0],
      ],
    );
    assert.deepEqual(
      folders.map(({ item, exists }) => [item.name, exists]),
      [
        ['old', true],
        ['fresh', false],
      ],
    );
    assert.deepEqual(
      same.map(({ name }) => name),
      ['same'],
    );
    assert.deepEqual(
      leftOut.map(({ item }) => item.name),
      ['link', '../evil', 'clash', 'new'],
    );
    assert.equal(planMirror([file('longer', 9, 1000)], there, { ...RULES, resume: false }).copies[0]?.offset, 0);
  });

  it('times may differ by the tolerance, and by no more', () => {
    const kinds = (time: number): unknown[] => {
      const here = [file('whole', 5, 1_000_000), file('part', 5, 1_000_000)];
      const { same, copies } = planMirror(here, [file('whole', 5, time), file('part', 3, time)], RULES);
      return [same.length, ...copies.map(({ offset }) => offset)];
    };
    assert.deepEqual(kinds(1_000_000 - 60_000), [1, 3]);
    assert.deepEqual(kinds(1_000_000 - 60_001), [0, 0, 0]);
  });

  it('takes names that differ in case for one file where they are', () => {
    const names = (caseless: boolean): string[] =>
      planMirror([file('A', 1), file('a', 1)], [], { ...RULES, caseless }).copies.map(({ item }) => item.name);
    assert.deepEqual(names(false), ['A', 'a']);
    assert.deepEqual(names(true), ['A']);
    const plan = planMirror([file('A', 1)], [folder('a')], { ...RULES, caseless: true });
    assert.deepEqual(
      plan.leftOut.map(({ item }) => item.name),
      ['A'],
    );
  });
});
