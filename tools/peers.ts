/**
 * `npm run test:peers`: the tests with whole servers (`test/servers`): FTP and mail, on this machine's Node. Each file has a
 * network of its own, with users of its own (`ns.sh`), for which it wants root.
 *
 * `-- --only WORD` runs the files whose path contains the word; `-- --large` moves 1 GiB with every server of FTP, and not with one.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { endChildrenOnSignals } from './child.ts';
import { unpackServers } from './servers.ts';
import { runTestFiles } from './test-files.ts';

const FOLDER = 'test/servers';
const LIMITS = { idleSeconds: 120, cpuSeconds: 600 };

const root = join(import.meta.dirname, '..', '..');

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { only: { type: 'string' }, large: { type: 'boolean' } } });
  if (process.getuid?.() !== 0)
    return complain('npm run test:peers runs servers with users of their own, and wants root');
  const servers = await unpackServers(root);
  if ('trouble' in servers) return complain(servers.trouble);
  process.env.MOONSOCKET_SERVERS = servers.folder;
  if (values.large) process.env.MOONSOCKET_LARGE = '1';
  const files = readdirSync(join(root, FOLDER)).filter((file) => file.endsWith('.test.ts'));
  const chosen = files.filter((file) => file.includes(values.only ?? ''));
  const { passed, skipped, failures } = await runTestFiles({
    ...{ binary: process.execPath, root, atOnce: 2, limits: LIMITS, print: console.log },
    within: [join(root, FOLDER, 'ns.sh')],
    files: chosen.map((file) => join('.build', FOLDER, file.replace(/\.ts$/, '.js'))),
  });
  for (const name of skipped) console.log(`skipped: ${name}`);
  console.log(`${passed} passed, ${failures.length} failed`);
  return failures.length === 0 && passed > 0 && skipped.length === 0 ? 0 : 1;
}

function complain(message: string): number {
  console.error(message);
  return 1;
}

endChildrenOnSignals();
process.exitCode = await main();
