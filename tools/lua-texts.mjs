/**
 * What the compiler does not do. It runs before the compiler, so it is JavaScript.
 *
 * It writes `X.lua.ts` beside each `X.lua` of src/, a module that exports its text: bundlers see it, and nothing is read from
 * a file when a machine starts. And it copies what is CommonJS to where the compiler puts the rest.
 */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const src = join(root, 'src');
for (const file of readdirSync(src, { recursive: true })) {
  if (file.endsWith('.cjs')) {
    for (const built of ['dist', '.build/src']) cpSync(join(src, file), join(root, built, file));
  }
  if (!file.endsWith('.lua')) continue;
  const text = readFileSync(join(src, file), 'utf8');
  const code = `/** The text of ${basename(file)}. */\nconst text: string = ${JSON.stringify(text)};\nexport default text;\n`;
  writeFileSync(join(src, `${file}.ts`), code);
}
