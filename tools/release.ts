/**
 * `npm run release`: makes the tag of package.json's version, after a look at what is easily forgotten: the changelog, and
 * changes that are not committed. It packs the tarball as a last look, and pushes nothing: `.github/workflows/publish.yml`
 * publishes a tag that is pushed, from a clean checkout, once all tests have passed there.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { notesOf } from './changelog.ts';

const root = join(import.meta.dirname, '..', '..');

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd: root, encoding: 'utf8' }).trim();
}

function release(): void {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const tag = `v${version}`;
  const notes = notesOf(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), version);
  if (run('git', 'status', '--porcelain') !== '') throw new Error('there are changes that are not committed');
  if (run('git', 'tag', '--list', tag) !== '') throw new Error(`there is a tag ${tag}; raise package.json's version`);
  console.log(run('npm', 'pack', '--dry-run', '--ignore-scripts'));
  run('git', 'tag', '--annotate', '--cleanup=verbatim', '--message', `${tag}\n\n${notes}`, tag);
  console.log(`${tag} is made; "git push origin ${tag}" publishes it`);
}

try {
  release();
} catch (error) {
  console.error(`release: ${(error as Error).message}`);
  process.exitCode = 1;
}
