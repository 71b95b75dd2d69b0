/** The examples of the README and of docs compile, as strictly as a program may be: what a reader copies has no type error. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, it } from 'node:test';
import ts from 'typescript5';
import { examplesOf, ROOT, texts } from './examples.ts';

// Below the package, so that `moonsocket` is found as it is by a user's program.
const FOLDER = fs.mkdtempSync(path.join(ROOT, '.build', 'compiled-'));
after(() => fs.rmSync(FOLDER, { recursive: true }));

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  skipLibCheck: true,
};

function problems(programs: ReadonlyMap<string, string>): string[] {
  const paths = [...programs].map(([name, code]) => {
    const file = path.join(FOLDER, `${name.replace(/\W+/g, '-')}.mts`);
    fs.writeFileSync(file, `${code}\nexport {};\n`);
    return file;
  });
  return ts.getPreEmitDiagnostics(ts.createProgram(paths, OPTIONS)).map(({ file, start = 0, messageText }) => {
    const line = file?.getLineAndCharacterOfPosition(start).line;
    const where = file === undefined ? '' : `${path.basename(file.fileName)}:${(line ?? 0) + 1}: `;
    return `${where}${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}

it('has no type error', () => {
  const examples = texts().flatMap(examplesOf);
  assert.ok(examples.length > 30, `${examples.length} examples found`);
  assert.deepEqual(problems(new Map(examples.map(({ name, code }) => [name, code]))), []);
});

it('would be found', () => {
  const wrong = "import { pair } from 'moonsocket';\nconst line: number = await pair()[0].receive();";
  assert.match(problems(new Map([['wrong', wrong]])).join(), /^wrong\.mts:2: Type 'string' is not assignable/);
});
