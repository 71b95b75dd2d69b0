/**
 * `node .build/tools/undocumented.js`: lists what the package's entries export without a doc comment, with its place in
 * src. There are none.
 */

import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript5';
import { headOf, type Item, nameOf, surfaceOf } from './documentation.ts';
import { lineOf, nodesOf } from './flow-rules.ts';

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
const { total, undocumented } = surfaceOf(program, entries, ({ fileName }) =>
  headOf(readFileSync(sourceOf(fileName), 'utf8')),
);
for (const item of undocumented)
  console.log(`${placeOf(item)} ${item.name} (${relative(join(root, 'dist'), item.entry)})`);
console.log(`${undocumented.length} of ${total} public items have no doc comment`);
process.exitCode = undocumented.length === 0 ? 0 : 1;

/** The source of a declaration file. */
function sourceOf(file: string): string {
  return file.replace('/dist/', '/src/').replace(/\.d\.ts$/, '.ts');
}

/** Where a declaration is in the source: by its name and that of what it is a member of. */
function placeOf({ file, declared }: Item): string {
  const path = sourceOf(file);
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2022, true);
  const words = declared.join('.');
  const [found] = nodesOf(
    source,
    (node) => [nameOf(node.parent ?? node), nameOf(node)].filter(Boolean).join('.') === words,
  );
  return `${relative(root, path)}:${found === undefined ? 1 : lineOf(found)}`;
}
