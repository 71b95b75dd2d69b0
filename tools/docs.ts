/**
 * `npm run docs`: the site, static files in `docs/site`: the texts of `docs`, and the reference from the doc comments of what is
 * built. typedoc and its TypeScript are dependencies of `docs` alone. The site works from any server, and needs none for its search.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { endChildrenOnSignals, runChild } from './child.ts';
import { install } from './install.ts';
import { limitsPage } from './limits-page.ts';

const LIMITS = { idleSeconds: 120, cpuSeconds: 300 };

/** Builds the site. Returns what went wrong, if anything: a broken link and a name without a comment count. */
export async function buildSite(root: string): Promise<string | undefined> {
  const trouble = await install(root, 'docs', 'the tools of the documentation');
  if (trouble !== undefined) return trouble;
  const cwd = join(root, 'docs');
  writeFileSync(join(cwd, 'limits.md'), limitsPage(readFileSync(join(root, 'src/core/limits.ts'), 'utf8')));
  const typedoc = join(cwd, 'node_modules', 'typedoc', 'bin', 'typedoc');
  const {
    code,
    text,
    trouble: ended,
  } = await runChild(process.execPath, [typedoc], { cwd, output: 'collect', limits: LIMITS });
  return code === 0 ? undefined : `${text}\ntypedoc ${ended ?? `ended with exit code ${code}`}`;
}

if (import.meta.url === pathToFileURL(process.argv[1]!).href) {
  endChildrenOnSignals();
  const trouble = await buildSite(join(import.meta.dirname, '..', '..'));
  console.log(trouble ?? 'The site is in docs/site');
  process.exitCode = trouble === undefined ? 0 : 1;
}
