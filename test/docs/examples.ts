/** The blocks of code that the documentation has, and the programs that they stand for. */
import fs from 'node:fs';
import path from 'node:path';

export const ROOT = process.cwd();

export interface Example {
  /** File and line. */
  readonly name: string;
  readonly code: string;
}

/** The blocks of a file, of a text or of the comments of a program. */
export function examplesOf(file: string): Example[] {
  const text = fs.readFileSync(path.join(ROOT, file), 'utf8');
  return [...text.matchAll(/^( *(?:\* )?)```ts\n([\s\S]*?)^ *(?:\* )?```$/gm)].map((match) => {
    const line = text.slice(0, match.index).split('\n').length;
    const code = (match[2] ?? '').replace(/^ *\* ?/gm, (margin) => (match[1]?.includes('*') ? '' : margin));
    return { name: `${file}:${line}`, code };
  });
}

/** The README and the texts of docs. */
export function texts(): string[] {
  return ['README.md', ...files('docs', '.md')];
}

/** The files below a folder, without those of other packages. */
export function files(folder: string, ending: string): string[] {
  return fs
    .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending) && !file.split(path.sep).includes('node_modules'))
    .map((file) => path.join(folder, file));
}
