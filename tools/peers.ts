/**
 * `npm run test:peers`: the tests with whole servers (`test/servers`): FTP and mail, on this machine's Node. Each file has a
 * network of its own, with users of its own (`ns.sh`), for which it wants root.
 *
 * `-- --only WORD` runs the files whose path contains the word; `-- --large` moves 1 GiB with every server of FTP, and not with one.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { endChildrenOnSignals } from './child.ts';
import { complain, runLane } from './lane.ts';
import { unpackServers } from './servers.ts';

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
  return runLane({
    ...{ root, folder: 'test/servers', only: values.only, limits: LIMITS },
    within: [join(root, 'test/servers/ns.sh')],
  });
}

endChildrenOnSignals();
process.exitCode = await main();
