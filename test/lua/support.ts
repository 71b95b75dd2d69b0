/** What the tests of the Lua face stand on: our `lua` and the system's, run to their ends. */
import { spawnSync } from 'node:child_process';
import { PROGRAM } from '../cli/support.ts';

export interface Ran {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `moonsocket lua`. It calls itself LUA in messages, as the system's does here. */
export function lua(args: readonly string[], options: RunOptions = {}): Ran {
  return run(process.execPath, [PROGRAM, 'lua', ...args], options);
}

export function native(args: readonly string[], options: RunOptions = {}): Ran {
  return run('lua5.4', args, options);
}

function run(command: string, args: readonly string[], { cwd, input, env }: RunOptions): Ran {
  const { NODE_TEST_CONTEXT: _, LUA_INIT: __, LUA_PATH: ___, ...inherited } = process.env;
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    ...(cwd === undefined ? {} : { cwd }),
    ...(input === undefined ? {} : { input }),
    env: { ...inherited, ...env },
    encoding: 'latin1',
    timeout: 60_000,
    maxBuffer: 100_000_000,
  });
  // A program may end before it has read its input: what it said and its status are there.
  if (error !== undefined && (error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  const named = (text: string): string => text.replace(/^(?:moonsocket lua|lua5\.4):/gm, 'LUA:');
  return { status, output: stdout, errors: named(stderr) };
}
