/**
 * `node .build/tools/undocumented.js`: lists what the package's entries export without a doc comment, with its place in
 * src, and compares the number with the one that is allowed.
 */

import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript5';
import { type Item, nameOf, surfaceOf } from './documentation.ts';
import { lineOf, nodesOf } from './flow-rules.ts';

/** The number only goes down: who documents something lowers it. At 0 this line and the comparison go. */
const ALLOWED = 177;

const root = join(import.meta.dirname, '..', '..');

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
}

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
const entries = Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [] : [join(root, entry.types)]));
const program = ts.createProgram(entries, {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  types: [],
  noEmit: true,
  skipLibCheck: true,
});
const { total, undocumented } = surfaceOf(program, entries);
for (const item of undocumented)
  console.log(`${placeOf(item)} ${item.name} (${relative(join(root, 'dist'), item.entry)})`);
console.log(`${undocumented.length} of ${total} public items have no doc comment; ${ALLOWED} are allowed`);
if (undocumented.length < ALLOWED)
  console.log(`Fewer than allowed: set ALLOWED in tools/undocumented.ts to ${undocumented.length}`);
process.exitCode = undocumented.length === ALLOWED ? 0 : 1;

/** Where a declaration is in the source: by its name and that of what it is a member of. */
function placeOf({ file, declared }: Item): string {
  const path = file.replace('/dist/', '/src/').replace(/\.d\.ts$/, '.ts');
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2022, true);
  const words = declared.join('.');
  const [found] = nodesOf(
    source,
    (node) => [nameOf(node.parent ?? node), nameOf(node)].filter(Boolean).join('.') === words,
  );
  return `${relative(root, path)}:${found === undefined ? 1 : lineOf(found)}`;
}
