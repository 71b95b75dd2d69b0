/**
 * `npm run test:package`: packs the package once, and tests the tarball as its users have it (`test/package`): compiled by the
 * oldest and the newest TypeScript, bundled, within test frameworks, and as it is on every runtime. It has a lane apart, since
 * compilers take their time.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endChildrenOnSignals, runChild } from './child.ts';
import { install } from './install.ts';
import { complain, runLane } from './lane.ts';
import { installRuntimes } from './runtime-list.ts';

/** A compiler says nothing while it computes. */
const LIMITS = { idleSeconds: 120, cpuSeconds: 300 };

const root = join(import.meta.dirname, '..', '..');

async function main(): Promise<number> {
  const trouble =
    (await install(root, 'tools/consumers', "the compilers and bundlers of the package's users")) ??
    (await installRuntimes(root));
  if (trouble !== undefined) return complain(trouble);
  const temporary = mkdtempSync(join(tmpdir(), 'moonsocket-package-'));
  try {
    const pack = ['pack', '--silent', '--ignore-scripts', '--pack-destination', temporary];
    const { code, text } = await runChild('npm', pack, { cwd: root, output: 'collect', limits: LIMITS });
    if (code !== 0) return complain(text);
    process.env.MOONSOCKET_TARBALL = join(temporary, text.trim());
    return await runLane({ root, folder: 'test/package', limits: LIMITS });
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

endChildrenOnSignals();
process.exitCode = await main();
