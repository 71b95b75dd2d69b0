/** The tables of the documentation have what the source has: each error's code, each limit. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { it } from 'node:test';
import { limitsPage } from '../../tools/limits-page.ts';

const text = (path: string): string => fs.readFileSync(path, 'utf8');

/** Each code within quotes in the first cell of a row. */
function explained(page: string): Set<string> {
  const cells = [...text(page).matchAll(/^\| (`[A-Z][^|]*) \|/gm)].map(([, cell = '']) => cell);
  return new Set(cells.flatMap((cell) => [...cell.matchAll(/`([A-Z\d_]+)`/g)].map(([, code = '']) => code)));
}

function sources(): string {
  const files = fs
    .readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:ts|lua)$/.test(file));
  return files.map((file) => text(`src/${file}`)).join('\n');
}

/** Node's, which are compared and never thrown. */
const NODES = new Set(['ERR_STREAM_WRITE_AFTER_END', 'ERR_STREAM_DESTROYED']);

it('explains each code that src throws, with its remedy', () => {
  const codes = new Set([...sources().matchAll(/['"](ERR_[A-Z\d_]+)['"]/g)].map(([, code = '']) => code));
  // The table of core/errors has the system's codes, which stand there without quotes.
  const [table = ''] =
    /^export const LUASOCKET_REASONS[\s\S]*?^const REASONS[\s\S]*?^};/m.exec(text('src/core/errors.ts')) ?? [];
  for (const [, code = ''] of table.matchAll(/^ {2}([A-Z\d_]+): '/gm)) codes.add(code);
  assert.ok(codes.size > 60, `${codes.size} codes found`);
  const known = new Set([...explained('docs/errors.md'), ...explained('docs/tls.md')]);
  assert.deepEqual(
    [...codes].filter((code) => !known.has(code) && !NODES.has(code)),
    [],
    'not in docs/errors.md',
  );
});

it('explains no code that src does not have', () => {
  const src = sources();
  assert.deepEqual(
    [...explained('docs/errors.md')].filter((code) => !src.includes(code)),
    [],
  );
});

it('shows the limits as they are: `npm run docs` writes the page', () => {
  assert.equal(text('docs/limits.md'), limitsPage(text('src/core/limits.ts')));
});
