/** Links that lead nowhere are found, in the repository and in the package. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { linkProblems } from '../../tools/links.ts';

const FILES = {
  'src/a.ts': '',
  'docs/guide/first.md': '# A `connect()` call, first\n## Twice\n## Twice\n<a id="own"></a>\n[up](../../README.md#top)',
};

function problems(readme: string, packed: string[] = []): string[] {
  const texts = new Map(Object.entries({ 'README.md': `# Top\n${readme}`, ...FILES }));
  return linkProblems(texts, new Set(packed));
}

it('leaves alone what leads to something', () => {
  for (const target of [
    'src/a.ts',
    'src',
    'src/',
    './docs/guide/first.md',
    'docs/guide/first.md#a-connect-call-first',
    'docs/guide/first.md#twice-1',
    'docs/guide/first.md#own',
    '#top',
    'https://example.com/x#y',
    'mailto:a@example.com',
  ]) {
    assert.deepEqual(problems(`[text](${target})\n[text](${target} "title")\n[name]: ${target}`), []);
  }
});

it('finds what leads to nothing', () => {
  for (const target of ['src/b.ts', 'sr', '../README.md/x', '#tops', 'docs/guide/first.md#twice-2', 'src/a.ts#L1']) {
    for (const link of [`[text](${target})`, `![\`code\`](${target})`, `[name]: ${target}`, `<a href="${target}">`]) {
      const found = problems(`\n${link}`);
      assert.equal(found.length, 1, link);
      assert.match(found[0]!, /^README.md:3 \S+ (?:leads to nothing|has an anchor that)/);
    }
  }
});

it('knows code from prose', () => {
  assert.deepEqual(problems('`[a](b)`\n```md\n[a](b)\n```\n  ~~~\n[a](b)\n```\n~~~\n'), []);
  assert.equal(problems('```\n```\n[a](b)').length, 1);
});

it('looks into the package for links of published files', () => {
  const readme = '[a](src/a.ts) [b](docs/guide/first.md) [c](docs)';
  assert.deepEqual(problems(readme, ['README.md', 'docs/guide/first.md']), [
    'README.md:2 src/a.ts leads to nothing in the package, which has README.md',
  ]);
  assert.deepEqual(problems(readme, ['src/a.ts']), []);
});
