/** What users see without a doc comment is found: names and members, through aliases, namespaces and bases, each once. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import ts from 'typescript5';
import { surfaceOf } from '../../tools/documentation.ts';

const folder = mkdtempSync(join(tmpdir(), 'moonsocket-documentation-'));
after(() => rmSync(folder, { recursive: true }));

function undocumented(files: Record<string, string>, head?: () => string): string[] {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const entries = Object.keys(files).filter((name) => /^entry\w*\.d\.ts$/.test(name));
  const paths = entries.map((name) => join(folder, name));
  const program = ts.createProgram(paths, { lib: ['lib.es2022.d.ts'], types: [], module: ts.ModuleKind.NodeNext });
  return surfaceOf(program, paths, head).undocumented.map(({ name, line }) => `${name}:${line}`);
}

it("finds the comment of a namespace, and tells a declaration's own comment from the head of the source", () => {
  const files = {
    'entry.d.ts':
      "/** Head. */\nexport {};\n/** Told. */\nexport * as told from './inner.ts';\nexport * as bare from './other.ts';\n",
    'inner.d.ts': '/** The one in the source that has lost its head. */\nexport declare const one: 1;\n',
    'other.d.ts': '/** Head of the source. */\nexport declare const two: 2;\n',
  };
  assert.deepEqual(
    undocumented(files, () => '/** Head of the source. */'),
    ['bare:5', 'bare.two:2'],
  );
});

it('looks at names and members, own and inherited', () => {
  const entry = `/** The file's head. */
export declare function bare(): void;
/** Has one. */
export declare function told(): void;
/** A. */
export interface A {
  one: 1;
  /** Two. */
  two(): void;
  'three-x': 3;
}
/** C; what it implements explains two. */
export declare class C extends Map<string, string> implements A {
  #private;
  /** One. */
  one: 1;
  two(): void;
  'three-x': 3;
  private hidden: 1;
  protected inner: 2;
  static make(): C;
  [Symbol.iterator](): never;
}
/** U. */
export type U = { left: 1 } | { right: 2 };
`;
  assert.deepEqual(undocumented({ 'entry.d.ts': entry }), [
    'bare:2',
    'A.one:7',
    'A.three-x:10',
    'C.three-x:18',
    'C.[Symbol.iterator]:22',
    'C.make:21',
    'U.left:25',
    'U.right:25',
  ]);
});

it('looks through aliases and re-exports, and counts a declaration once', () => {
  const files = {
    'inner.d.ts':
      '/** Of. */\nexport interface Of<F> {\n  face: F;\n  /** Told. */\n  told: F;\n}\nexport declare const space: { x: 1 };\n',
    'names.d.ts': 'export declare function all(): void;\n',
    'entry1.d.ts':
      "import type { Of } from './inner.js';\nexport type Alias = Of<1>;\nexport { space as room } from './inner.js';\n",
    'entry2.d.ts':
      "import type { Of } from './inner.js';\n/** B. */\nexport type B = Of<2>;\nexport * as names from './names.js';\n",
  };
  assert.deepEqual(undocumented(files), ['Alias:2', 'Alias.face:3', 'room:7', 'room.x:7', 'names:4', 'names.all:1']);
});
