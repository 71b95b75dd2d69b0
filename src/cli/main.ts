#!/usr/bin/env node
/** The program `moonsocket`: finds the subcommand, and says in one line why it failed. */
import { readFileSync, writeSync } from 'node:fs';
import { GET_USAGE } from './arguments.ts';
import { isExpected, UsageError } from './errors.ts';
import { get } from './get.ts';
import { LUA_NAME, LUA_USAGE, luaArguments } from './lua.ts';

const USAGE = `usage: moonsocket COMMAND ...

  get URL        downloads URL; moonsocket get --help says more
  lua [SCRIPT]   runs a Lua program, as lua does; moonsocket lua --help says more
  -h, --help     shows this
  -V, --version  shows the version
`;

/** Whatever a server puts into a message: it stays in its line, and leaves the terminal alone. */
function complain(message: string): void {
  process.stderr.write(`moonsocket: ${message.replace(/[\0-\x1f\x7f-\x9f]+/g, ' ')}\n`);
}

/** The package finds itself by its name, wherever the compiled program is in it. */
function version(): string {
  const manifest = readFileSync(new URL(import.meta.resolve('moonsocket/package.json')), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

const USAGES: Readonly<Record<string, string>> = { get: GET_USAGE, lua: LUA_USAGE };

/** Runs a Lua program, whose exit status is the program's. */
async function lua(args: readonly string[]): Promise<number> {
  const program = luaArguments(args);
  if (program === 'help') {
    process.stdout.write(LUA_USAGE);
    return 0;
  }
  if (program.version) process.stdout.write(`Lua 5.4, PUC-Rio's, in moonsocket ${version()}\n`);
  // Only this command needs it, and it takes its time.
  const { interpret } = await import('../lua/interpreter.ts');
  return interpret(program, (message) => {
    writeSync(2, Buffer.from(`${LUA_NAME}: ${message}\n`, 'latin1'));
  });
}

async function main([command, ...args]: readonly string[]): Promise<number> {
  try {
    if (command === 'lua') return await lua(args);
    if (command === 'get') await get(args);
    else if (command === '--help' || command === '-h') process.stdout.write(USAGE);
    else if (command === '--version' || command === '-V') process.stdout.write(`${version()}\n`);
    else throw new UsageError(command === undefined ? 'which command?' : `there is no command ${command}`);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      complain(error.message);
      process.stderr.write(USAGES[command ?? ''] ?? USAGE);
      return 2;
    }
    // A bug shows its stack.
    if (!isExpected(error)) throw error;
    complain(error.message);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
