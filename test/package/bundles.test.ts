/** Bundles of the package run: as ES modules and as CommonJS, with what a script asks for later, and with a worker. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { CONSUMERS, esbuild, OURS, PROGRAM, Project } from './project.ts';

for (const [format, extension] of [
  ['esm', '.mjs'],
  ['cjs', '.cjs'],
] as const) {
  describe(`a bundle by esbuild, ${format}`, () => {
    const project = new Project({ linked: { koffi: join(OURS, 'koffi'), wasmoon: join(OURS, 'wasmoon') } });
    after(() => project.remove());
    copyFileSync(PROGRAM, project.path('program.ts'));
    const { errors, warnings } = esbuild.buildSync({
      entryPoints: { program: './program.ts', 'worker-main': 'moonsocket/lua/worker' },
      ...{ outdir: project.folder, outExtension: { '.js': extension }, absWorkingDir: project.folder },
      ...{ bundle: true, platform: 'node', target: 'node20', format, logLevel: 'silent' },
    });
    // Nothing of the package is found any more but what is in the bundle.
    rmSync(project.path('node_modules', 'moonsocket'), { recursive: true });

    function run(...args: string[]): { readonly status: number | null; readonly output: string } {
      const program = project.path(`program${extension}`);
      const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
      return { status, output: stdout + stderr };
    }

    it('is made without a warning', () => assert.deepEqual([errors, warnings], [[], []]));

    it('runs every entry, a worker, and modules that Lua asks for', () => {
      assert.deepEqual(run(), { output: 'every entry works\n', status: 0 });
    });

    it('says how the code of the worker comes to be where it is wanted', () => {
      rmSync(project.path(`worker-main${extension}`));
      const { status, output } = run('lua');
      assert.equal(status, 1);
      assert.match(
        output,
        new RegExp(`there is no worker-main\\${extension} beside the bundle: bundle moonsocket/lua/worker`),
      );
      assert.match(output, /ERR_UNSUPPORTED/);
    });

    it('says which package is missing', () => {
      rmSync(project.path('node_modules', 'koffi'));
      const { status, output } = run('blocking');
      assert.deepEqual([status, /npm install koffi/.test(output)], [1, true]);
    });
  });
}

describe('a bundle by Vite, for a server', () => {
  const project = new Project({ linked: { koffi: join(OURS, 'koffi'), wasmoon: join(OURS, 'wasmoon') } });
  after(() => project.remove());
  copyFileSync(PROGRAM, project.path('program.ts'));
  project.write(
    'vite.config.js',
    `export default { ssr: { noExternal: ['moonsocket'] },
       build: { ssr: true, rolldownOptions: { input: { program: 'program.ts', 'worker-main': 'moonsocket/lua/worker' } } } };`,
  );

  it('is made, and runs every entry', () => {
    const options = { cwd: project.folder, encoding: 'utf8' } as const;
    const made = spawnSync(process.execPath, [join(CONSUMERS, 'vite', 'bin', 'vite.js'), 'build'], options);
    assert.equal(made.status, 0, made.stdout + made.stderr);
    rmSync(project.path('node_modules', 'moonsocket'), { recursive: true });
    const { status, stdout, stderr } = spawnSync(process.execPath, [project.path('dist', 'program.js')], options);
    assert.deepEqual([stdout, status], ['every entry works\n', 0], stderr);
  });
});
