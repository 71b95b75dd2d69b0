/** The pictures of the benchmarks are those of their record, byte by byte. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { pathToFileURL } from 'node:url';

const DOCS = path.resolve('docs');

interface Plots {
  pictures(record: unknown): Map<string, string>;
}

it('draws what is there, from docs/benchmarks.json', async () => {
  const { pictures } = (await import(pathToFileURL(path.join(DOCS, 'plots.mjs')).href)) as Plots;
  const drawn = pictures(JSON.parse(readFileSync(path.join(DOCS, 'benchmarks.json'), 'utf8')));
  const files = readdirSync(path.join(DOCS, 'plots')).sort();
  assert.deepEqual([...drawn.keys()].sort(), files);
  for (const [name, text] of drawn)
    assert.equal(readFileSync(path.join(DOCS, 'plots', name), 'utf8'), text, `${name}: npm run plots draws it anew`);
});
