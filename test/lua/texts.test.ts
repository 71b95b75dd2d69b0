/** The modules in Lua are Lua 5.4, by its own compiler; each is in the build as a module that exports its text. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { needs } from '../peers/tools.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const TEXTS = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.lua'),
);

it('there are such modules', () => {
  assert.notEqual(TEXTS.length, 0);
});

for (const file of TEXTS) {
  it(`${file} compiles`, needs('luac5.4'), () => {
    const { status, stderr } = spawnSync('luac5.4', ['-p', join(ROOT, 'src', file)], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });

  it(`${file} is in the build as it stands`, async () => {
    const { default: text } = (await import(join(ROOT, 'dist', `${file}.js`))) as { default: string };
    assert.equal(text, readFileSync(join(ROOT, 'src', file), 'utf8'));
  });
}
