/**
 * The package's types as its users compile them: by the oldest compiler and the oldest types of Node that it supports, and by
 * the newest, with the module resolutions there are, without the library of browsers, and with `types: []`, as TypeScript 7's
 * `tsc --init` has it.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { CONSUMERS, OURS, PROGRAM, Project } from './project.ts';

const MODULES = {
  node16: { module: 'node16' },
  nodenext: { module: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
} as const;

const COMPILERS = {
  'TypeScript 5.7 with the types of Node 20.19': {
    compiler: join(CONSUMERS, 'typescript-oldest'),
    types: { '@types/node': join(CONSUMERS, 'types-node-oldest'), 'undici-types': join(CONSUMERS, 'undici-types') },
  },
  'TypeScript 7 with the types of Node 26': {
    compiler: join(OURS, 'typescript'),
    types: { '@types/node': join(OURS, '@types/node'), 'undici-types': join(OURS, 'undici-types') },
  },
};

for (const [name, { compiler, types }] of Object.entries(COMPILERS)) {
  describe(name, () => {
    const project = new Project({ copied: types });
    copyFileSync(PROGRAM, project.path('program.ts'));
    after(() => project.remove());

    function compiles(options: object): void {
      const compilerOptions = {
        ...{ noEmit: true, strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
        ...{ target: 'es2022', lib: ['es2023'], types: [], skipLibCheck: false, verbatimModuleSyntax: true },
        ...options,
      };
      project.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['program.ts'] }));
      const tsc = join(compiler, 'bin', 'tsc');
      const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', project.folder], { encoding: 'utf8' });
      assert.deepEqual([stdout, status], ['', 0]);
    }

    for (const [module, options] of Object.entries(MODULES)) {
      it(`compiles a program of every entry: ${module}, no DOM, types: []`, () => compiles(options));
    }
    it('compiles it with the DOM', () => compiles({ ...MODULES.nodenext, lib: ['es2023', 'dom'] }));
    it('compiles it with the types of Node by name, and without exactOptionalPropertyTypes', () =>
      compiles({ ...MODULES.nodenext, types: ['node'], exactOptionalPropertyTypes: false }));
  });
}

it('the program has every entry, but those that have no names', () => {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, unknown> };
  const nameless = ['./package.json', './lua/worker'];
  const entries = Object.keys(exports).filter((entry) => !nameless.includes(entry));
  const program = readFileSync(PROGRAM, 'utf8');
  const missing = entries.filter((entry) => !program.includes(`from '${entry.replace('.', 'moonsocket')}'`));
  assert.deepEqual(missing, []);
});
