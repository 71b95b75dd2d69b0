#!/usr/bin/env node
/** The program `moonsocket`: finds the subcommand, and says in one line why it failed. */
import { readFileSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { isExpected, UsageError } from './errors.ts';
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

/** What only one command needs is loaded by it: HTTP takes twice as long to load as Lua does. */
async function usageOf(command: string | undefined): Promise<string> {
  if (command === 'get') return (await import('./arguments.ts')).GET_USAGE;
  return command === 'lua' ? LUA_USAGE : USAGE;
}

/** Runs a Lua program, whose exit status is the program's. */
async function lua(args: readonly string[]): Promise<number> {
  const program = luaArguments(args, isatty(0));
  if (program === 'help') {
    process.stdout.write(LUA_USAGE);
    return 0;
  }
  if (program.version) process.stdout.write(`Lua 5.4, PUC-Rio's, in moonsocket ${version()}\n`);
  const { interpret } = await import('../lua/interpreter.ts');
  // As lua does, it names itself where it ends.
  return interpret(program, (message, ends) => {
    writeSync(2, Buffer.from(`${ends ? `${LUA_NAME}: ` : ''}${message}\n`, 'latin1'));
  });
}

async function main([command, ...args]: readonly string[]): Promise<number> {
  try {
    if (command === 'lua') return await lua(args);
    if (command === 'get') await (await import('./get.ts')).get(args);
    else if (command === '--help' || command === '-h') process.stdout.write(USAGE);
    else if (command === '--version' || command === '-V') process.stdout.write(`${version()}\n`);
    else throw new UsageError(command === undefined ? 'which command?' : `there is no command ${command}`);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      complain(error.message);
      process.stderr.write(await usageOf(command));
      return 2;
    }
    // A bug shows its stack.
    if (!isExpected(error)) throw error;
    complain(error.message);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
