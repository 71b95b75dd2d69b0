/**
 * The examples of the documentation run: each ```ts block of a docstring or of the README is a program of its own.
 * `expression; // => value` is checked; a block that never ends is stopped when it has printed what follows `// prints`.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, describe, it } from 'node:test';

const ROOT = process.cwd();
// Below the package, so that `moonsocket` is found as it is by a user's program.
const FOLDER = fs.mkdtempSync(path.join(ROOT, '.build', 'documentation-'));
after(() => fs.rmSync(FOLDER, { recursive: true }));

interface Example {
  readonly name: string;
  readonly code: string;
}

function examplesOf(file: string): Example[] {
  const text = fs.readFileSync(path.join(ROOT, file), 'utf8');
  return [...text.matchAll(/^( *(?:\* )?)```ts\n([\s\S]*?)^ *(?:\* )?```$/gm)].map((match) => {
    const line = text.slice(0, match.index).split('\n').length;
    const code = (match[2] ?? '').replace(/^ *\* ?/gm, (margin) => (match[1]?.includes('*') ? '' : margin));
    return { name: `${file}:${line}`, code };
  });
}

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
  fs.writeFileSync(file, source);
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

function files(folder: string, ending: string): string[] {
  return fs
    .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => path.join(folder, file));
}

describe('documentation', { concurrency: 4 }, () => {
  const examples = ['README.md', ...files('docs', '.md'), ...files('src', '.ts')].flatMap(examplesOf);
  it('has examples', () => assert.ok(examples.length >= 15, `${examples.length} examples found`));
  for (const example of examples) it(example.name, () => runExample(example));
});
