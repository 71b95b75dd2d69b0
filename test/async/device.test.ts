/** Devices as descriptors: cron and systemd start programs with the null device as standard input. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { it } from 'node:test';

const ENTRY = JSON.stringify(new URL('../../src/entry/index.js', import.meta.url).href);

it('the null device ends at once as standard input, and takes everything as standard output', () => {
  const program = `
    import { fd, select } from ${ENTRY};
    const [input, output] = [fd(0, 'r'), fd(1, 'w')];
    const { readable } = await select([input], [], 10);
    const closed = await input.receive().catch((error) => error.code);
    const sent = await output.send(Buffer.alloc(300_000));
    console.error(readable.length, closed, sent);`;
  const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.deepEqual([stderr, status], ['1 ERR_CLOSED 300000\n', 0]);
});
