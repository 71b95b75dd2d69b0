// Starting `moonsocket lua`, and what that is made of: processes are started one after the other, each a median, and one that takes the
// steps of the program singly tells how long each took. There is no peer in it, and CPU time of children is not to be had.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { spread } from '../harness.ts';
import { report, units } from './measure.ts';

const program = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const STEPS = '--steps';

/** The median time of `units` runs, in seconds, and what each printed. */
function runs(file: string, ...args: string[]): { readonly seconds: number; readonly printed: readonly string[] } {
  const printed: string[] = [];
  const each = Array.from({ length: units }, () => {
    const start = performance.now();
    const { status, stdout, stderr } = spawnSync(file, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${file} ${args.join(' ')}: ${stderr}`);
    printed.push(stdout);
    return (performance.now() - start) / 1000;
  });
  return { seconds: spread(each).median, printed };
}

/** The steps of `interpret`, with a clock between them. */
async function steps(): Promise<Record<string, number>> {
  const seconds: Record<string, number> = {};
  let last = performance.now();
  const done = (step: string): void => {
    const now = performance.now();
    seconds[step] = (now - last) / 1000;
    last = now;
  };
  const { compiledEngine } = await import('../../src/lua/engine.ts');
  const { StandardStream } = await import('../../src/lua/host/files.ts');
  const { openLibraries } = await import('../../src/lua/libraries.ts');
  const { Bindings } = await import('../../src/lua/bindings.ts');
  const { openModules } = await import('../../src/lua/modules.ts');
  const { everything } = await import('../../src/lua/permissions.ts');
  const { load, runProtected } = await import('../../src/lua/scripts.ts');
  done('our modules');
  compiledEngine();
  done('compiling Lua');
  const streams = [new StandardStream(0), new StandardStream(1), new StandardStream(2)] as const;
  const machine = new Bindings({ streams: [...streams], env: {}, ...everything() });
  runProtected(machine, () => {
    openLibraries(machine);
    openModules(machine);
  });
  done('a machine with its libraries');
  runProtected(machine, (lua) => {
    load(lua, '', '=empty');
    lua.call(0, 0);
  });
  done('an empty script');
  runProtected(machine, (lua) => {
    load(lua, 'require "socket"', '=socket');
    lua.call(0, 0);
  });
  done('require "socket", which is not in it');
  return seconds;
}

if (process.argv.includes(STEPS)) process.stdout.write(JSON.stringify(await steps()));
else {
  const node = runs(process.execPath, '--input-type=module', '-e', '').seconds;
  const { printed } = runs(process.execPath, fileURLToPath(import.meta.url), STEPS);
  const measured = printed.map((text) => JSON.parse(text) as Record<string, number>);
  const names = Object.keys(measured[0] ?? {});
  const medians = names.map((name): [string, number] => [name, spread(measured.map((each) => each[name] ?? 0)).median]);
  const ours = runs(process.execPath, program, 'lua', '-e', '').seconds;
  const native = runs('lua5.4', '-e', '').seconds;
  report({
    a: { units, cpuSeconds: 0, wallSeconds: ours, seconds: { Node: node, ...Object.fromEntries(medians) } },
    b: { units, cpuSeconds: 0, wallSeconds: native },
  });
}
