#!/usr/bin/env node
/** The program `moonsocket`: finds the subcommand, and says in one line why it failed. */
import { readFileSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { isCommand, parsed, usageOf } from './commands.ts';
import { isExpected, UsageError } from './errors.ts';
import { LUA_NAME, luaArguments } from './lua.ts';
import { complain, say } from './say.ts';

/** The package finds itself by its name, wherever the compiled program is in it. */
function version(): string {
  const manifest = readFileSync(new URL(import.meta.resolve('moonsocket/package.json')), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

/** Runs a Lua program, whose exit status is the program's. */
async function lua(args: readonly string[]): Promise<number> {
  const program = luaArguments(args, isatty(0));
  if (program === 'help') {
    await say(usageOf('lua'));
    return 0;
  }
  if (program.version) await say(`Lua 5.4, PUC-Rio's, in moonsocket ${version()}\n`);
  const { interpret } = await import('../lua/interpreter.ts');
  // As lua does, it names itself where it ends.
  return interpret(program, (message, ends) => {
    writeSync(2, Buffer.from(`${ends ? `${LUA_NAME}: ` : ''}${message}\n`, 'latin1'));
  });
}

/** Options in the place of a command. */
async function program(args: readonly string[]): Promise<void> {
  const { values, operands } = parsed(undefined, args);
  if (values.help === true) await say(usageOf(undefined));
  else if (values.version === true) await say(`${version()}\n`);
  else throw new UsageError(operands[0] === undefined ? 'which command?' : `there is no command ${operands[0]}`);
}

async function main(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  try {
    if (command === 'lua') return await lua(rest);
    // What only one command needs is loaded by it: HTTP takes twice as long to load as Lua does.
    if (command === 'get') await (await import('./get.ts')).get(rest);
    else await program(args);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      complain(error.message, usageOf(isCommand(command) ? command : undefined));
      return 2;
    }
    // A bug shows its stack.
    if (!isExpected(error)) throw error;
    complain(error.message);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
