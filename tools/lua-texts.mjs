/**
 * Writes `X.lua.ts` beside each `X.lua` of src/, a module that exports its text: bundlers see it, and nothing is read from
 * a file when a machine starts. It runs before the compiler, so it is JavaScript.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const root = join(import.meta.dirname, '..', 'src');
for (const file of readdirSync(root, { recursive: true })) {
  if (!file.endsWith('.lua')) continue;
  const text = readFileSync(join(root, file), 'utf8');
  const code = `/** The text of ${basename(file)}. */\nconst text: string = ${JSON.stringify(text)};\nexport default text;\n`;
  writeFileSync(join(root, `${file}.ts`), code);
}
