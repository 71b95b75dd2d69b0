/**
 * The examples of the documentation run: each ```ts block of a docstring, of the README or of docs is a program of its own.
 * `expression; // => value` is checked; a block that never ends is stopped when it has printed what follows `// prints`.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import ts from 'typescript5';
import { type Example, examplesOf, files, ROOT, texts } from './examples.ts';

// Below the package, so that `moonsocket` is found as it is by a user's program.
const FOLDER = fs.mkdtempSync(path.join(ROOT, '.build', 'documentation-'));
after(() => fs.rmSync(FOLDER, { recursive: true }));

/** Types go, and nothing else changes. */
const COMPILED: ts.CompilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 };

/** Checks what the comments claim. */
function checked(code: string): string {
  return code
    .split('\n')
    .flatMap((line) => {
      const claim = /^(?:(?:const|let) (\w+) = )?(.*?);? *\/\/ => (.*)$/.exec(line);
      if (claim === null) return [line];
      const [, name, expression, value] = claim;
      return name === undefined
        ? [`$equal(${expression}, ${value});`]
        : [`const ${name} = ${expression};`, `$equal(${name}, ${value});`];
    })
    .join('\n');
}

async function runExample({ name, code }: Example): Promise<void> {
  const imports = /^import /m.test(code) ? '' : `import * as moonsocket from 'moonsocket';\n${destructured(code)}`;
  const source = `import { deepStrictEqual as $equal } from 'node:assert/strict';\n${imports}\n${checked(code)}`;
  const file = path.join(FOLDER, `${name.replace(/\W+/g, '-')}.mjs`);
  fs.writeFileSync(file, ts.transpileModule(source, { compilerOptions: COMPILED }).outputText);
  const prints = /\/\/ prints (.*)$/m.exec(code)?.[1];
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'pipe'], timeout: 20_000 });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (prints !== undefined && output.includes(prints)) child.kill();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [status, signal] = await new Promise<[number | null, string | null]>((done) => {
    child.on('close', (...end) => done(end));
  });
  if (prints === undefined) assert.equal(`${status ?? signal}${errors}`, '0', `${name}:\n${source}\n${errors}`);
  else assert.ok(output.includes(prints), `${name} printed ${JSON.stringify(output)}\n${errors}`);
}

/** A docstring takes the names for granted; its program imports them. */
function destructured(code: string): string {
  const exported = [
    'bind',
    'connect',
    'dns',
    'fd',
    'gettime',
    'pair',
    'pipe',
    'select',
    'sleep',
    'stream',
    'tcp',
    'tcp4',
  ];
  const names = [...exported, 'tcp6', 'udp', 'udp4', 'udp6', 'unix'].filter((name) =>
    new RegExp(`\\b${name}\\b`).test(code),
  );
  return `const { ${names.filter((name) => !code.includes(`const ${name} `)).join(', ')} } = moonsocket;`;
}

describe('documentation', { concurrency: 4 }, () => {
  const examples = [...texts(), ...files('src', '.ts')].flatMap(examplesOf);
  it('has examples', () => assert.ok(examples.length >= 15, `${examples.length} examples found`));
  for (const example of examples) it(example.name, () => runExample(example));
});
