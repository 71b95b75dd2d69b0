/** `npm run plots`: draws the record of a bench (`npm run bench -- --json docs/benchmarks.json`) by docs/plots.mjs. */
import { join } from 'node:path';
import { endChildrenOnSignals, runChild } from './child.ts';
import { install } from './install.ts';

const LIMITS = { idleSeconds: 120, cpuSeconds: 120 };

const root = join(import.meta.dirname, '..', '..');

endChildrenOnSignals();
const trouble = await install(root, 'docs', 'the tools of the documentation');
if (trouble === undefined) {
  const options = { cwd: root, output: 'inherit', limits: LIMITS } as const;
  const { code } = await runChild(process.execPath, [join('docs', 'plots.mjs')], options);
  process.exitCode = code ?? 1;
} else {
  console.error(trouble);
  process.exitCode = 1;
}
