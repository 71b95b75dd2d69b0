/** The package within the frameworks that people test with: vitest, and jest with its modules in a context apart. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { CONSUMERS, OURS, Project } from './project.ts';

const TEST = `
import { bind, ClosedError, connect, pair } from 'moonsocket';
import { pair as pairBlocking } from 'moonsocket/blocking';

it('talks over TCP', async () => {
  const server = await bind('127.0.0.1', 0);
  const client = await connect('127.0.0.1', server.getsockname().port);
  const accepted = await server.accept();
  await accepted.send(new Uint8Array([104, 105, 10]));
  expect(await client.receive()).toBe('hi');
  for (const socket of [client, accepted, server]) socket.close();
});
it('tells errors by their class', async () => {
  const [here, there] = pair();
  there.close();
  const error = await here.receive().catch((reason) => reason);
  expect(error).toBeInstanceOf(ClosedError);
  expect(error).toBeInstanceOf(Error);
});
it('blocks', () => {
  const [here, there] = pairBlocking();
  here.send('hello');
  expect(there.receive(5)).toEqual(Buffer.from('hello'));
  for (const socket of [here, there]) socket.close();
});
`;

const project = new Project({ linked: { koffi: join(OURS, 'koffi'), vitest: join(CONSUMERS, 'vitest') } });
after(() => project.remove());
project.write('package.json', '{ "type": "module", "jest": { "transform": {} } }');

function passes(name: string, ...args: string[]): void {
  it(name, () => {
    const options = { cwd: project.folder, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, args, options);
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout + stderr, /Tests:? +3 passed/);
  });
}

project.write('vitest.test.js', `import { expect, it } from 'vitest';\n${TEST}`);
passes('vitest', join(CONSUMERS, 'vitest', 'vitest.mjs'), 'run', 'vitest.test.js');

project.write('jest.test.js', TEST);
// https://jestjs.io/docs/ecmascript-modules
passes('jest', '--experimental-vm-modules', join(CONSUMERS, 'jest', 'bin', 'jest.js'), 'jest.test.js');
