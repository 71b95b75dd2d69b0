/** Bundles of the package run: as ES modules and as CommonJS, with what a script asks for later, and with a worker. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { CONSUMERS, OURS, PROGRAM, Project } from './project.ts';

/** What is used of esbuild's own types, which are in a folder that the build does not look into. */
interface Esbuild {
  buildSync(options: object): { readonly errors: readonly unknown[]; readonly warnings: readonly unknown[] };
}
const esbuild = createRequire(join(CONSUMERS, 'package.json'))('esbuild') as Esbuild;

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
