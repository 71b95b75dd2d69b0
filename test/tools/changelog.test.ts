/** A release's notes, and what is refused before a tag is made. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { notesOf } from '../../tools/changelog.ts';

const OLDER = '## 0.1.0 - 2026-01-02\n\n- First.\n';

it("a version's notes end at the next version", () => {
  const changelog = `# Changelog\n\n## Unreleased\n\n## 0.2.0 - 2026-02-03\n\n### Added\n- This.\n\n${OLDER}`;
  assert.equal(notesOf(changelog, '0.2.0'), '### Added\n- This.');
  assert.equal(notesOf(changelog, '0.1.0'), '- First.');
});

it('a version without notes, or without a date, is refused', () => {
  for (const title of [
    '',
    '## 0.2.0\n- This.\n',
    '## 0.2.0 - 2026-02-03\n\n',
    '## 0.2.0 - soon\n- This.\n',
    '## 0x2.0 - 2026-02-03\n- This.',
  ]) {
    assert.throws(() => notesOf(`# Changelog\n\n${title}\n${OLDER}`, '0.2.0'), /there is nothing below "## 0.2.0 - /);
  }
});

it('what is unreleased is refused: it belongs to the version', () => {
  const changelog = '## Unreleased\n- That.\n\n## 0.2.0 - 2026-02-03\n- This.\n';
  assert.throws(() => notesOf(changelog, '0.2.0'), /"Unreleased" has lines; give them the title "## 0.2.0 - /);
});
