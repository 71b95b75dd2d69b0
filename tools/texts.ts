/** The repository's texts, of which the invariants speak. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';

/** The texts of a repository by path, with slashes, relative to its root. */
export type Texts = ReadonlyMap<string, string>;

const FOLDERS = ['src', 'test', 'bench', 'examples', 'tools', 'docs', '.ci'];
const TEXT_FILE = /\.(?:ts|js|mjs|lua|md|json|jsonc|yml|yaml|sh|txt|svg)$|^(?:run|\.npmrc)$/;

export function readTexts(root: string): Texts {
  const texts = new Map<string, string>();
  const add = (path: string): void => {
    if (TEXT_FILE.test(basename(path)))
      texts.set(relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8'));
  };
  // The site is made of the texts, and compressed.
  const made = join(root, 'docs', 'site');
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isFile()) add(path);
      else if (entry.isDirectory() && entry.name !== 'node_modules' && path !== made) walk(path);
    }
  };
  for (const entry of readdirSync(root, { withFileTypes: true })) if (entry.isFile()) add(join(root, entry.name));
  for (const folder of FOLDERS) if (existsSync(join(root, folder))) walk(join(root, folder));
  return texts;
}
