/** The unpacked tarball, unbundled: imported and required on each Node, and imported on Bun and Deno. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { findRuntimes, WANTED } from '../../tools/runtime-list.ts';
import { esbuild, OURS, PROGRAM, Project } from './project.ts';

/** For Bun and Deno: the entries that want no C. */
function withoutC(): string {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, unknown> };
  const entries = Object.keys(exports).filter((entry) => !/^\.\/(?:blocking|lua|package)/.test(entry));
  return `import assert from 'node:assert/strict';
import { bind, connect } from 'moonsocket';
${entries.map((entry) => `import '${entry.replace('.', 'moonsocket')}';`).join('\n')}
const server = await bind('127.0.0.1', 0);
const client = await connect('127.0.0.1', server.getsockname().port);
const accepted = await server.accept();
await accepted.send('hello\\n');
assert.equal(await client.receive(), 'hello');
for (const socket of [client, accepted, server]) socket.close();
await assert.rejects(import('moonsocket/blocking'), { code: 'ERR_UNSUPPORTED' });
console.log('every entry works');
`;
}

const project = new Project({ linked: { koffi: join(OURS, 'koffi'), wasmoon: join(OURS, 'wasmoon') } });
after(() => project.remove());
const source = readFileSync(PROGRAM, 'utf8');
for (const [format, name] of [
  ['esm', 'program.mjs'],
  ['cjs', 'program.cjs'],
] as const) {
  project.write(name, esbuild.transformSync(source, { loader: 'ts', format, target: 'es2022' }).code);
}

project.write('without-c.mjs', withoutC());

const found = findRuntimes(process.cwd());

for (const { kind, key, binary } of found) {
  describe(`${kind} ${kind === 'node' ? key : ''}`, () => {
    function run(program: string): void {
      const before = kind === 'deno' ? ['run', '-A', '--no-prompt'] : [];
      const { status, stdout, stderr } = spawnSync(binary, [...before, project.path(program)], {
        cwd: project.folder,
        encoding: 'utf8',
      });
      assert.deepEqual([stdout, status], ['every entry works\n', 0], stderr);
    }

    if (kind === 'node') {
      it('imports and runs every entry', () => run('program.mjs'));
      it('requires and runs every entry', () => run('program.cjs'));
    } else {
      it('imports the entries that want no C, and says of the others what they want', () => run('without-c.mjs'));
    }
  });
}

it('no runtime is missing', () => {
  assert.deepEqual(
    WANTED.filter((key) => !found.some((runtime) => runtime.key === key)),
    [],
  );
});
