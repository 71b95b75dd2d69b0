#!/usr/bin/env node
/** The program `moonsocket`: finds the subcommand, and says in one line why it failed. */
import { readFileSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { type CommandName, isCommand } from './commands.ts';
import { isExpected, UsageError } from './errors.ts';
import { mayLoop } from './loops.ts';
import { LUA_NAME, luaArguments } from './lua.ts';
import { type Parsed, parsed } from './parse.ts';
import { complain, say } from './say.ts';
import { usageOf } from './usage.ts';

/** What each command does, to its exit status. What only one needs is loaded by it: HTTP takes twice as long to load as Lua does. */
const RUN: Readonly<Record<Exclude<CommandName, 'lua'>, (options: Parsed) => Promise<number>>> = {
  get: async (options) => (await import('./get.ts')).get(options),
  put: async (options) => (await import('./put.ts')).put(options),
  mail: async (options) => (await import('./mail.ts')).mail(options),
  doctor: async (options) => (await import('./doctor.ts')).doctor(options),
  completion: async (options) => (await import('./completion.ts')).completion(options),
  man: async (options) => (await import('./man.ts')).man(options, version()),
  ls: async (options) => (await import('./ls.ts')).ls(options),
};

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
  // V8 compiles Lua well while the rest is loaded.
  const ready = mayLoop(program) ? (await import('../lua/warm-up.ts')).warmUp() : () => {};
  const { interpret } = await import('../lua/interpreter.ts');
  // As lua does, it names itself where it ends.
  const complain = (message: string, ends: boolean): void => {
    writeSync(2, Buffer.from(`${ends ? `${LUA_NAME}: ` : ''}${message}\n`, 'latin1'));
  };
  return interpret(program, complain, ready);
}

/** Options in the place of a command. */
async function program(args: readonly string[]): Promise<number> {
  const options = parsed(undefined, args);
  const [name] = options.operands;
  if (options.has('help')) await say(usageOf(undefined));
  else if (options.has('version')) await say(`${version()}\n`);
  else throw new UsageError(name === undefined ? 'no command is named' : `there is no command ${name}`);
  return 0;
}

async function run(command: string | undefined, args: readonly string[]): Promise<number> {
  if (!isCommand(command)) return await program(args);
  if (command === 'lua') return await lua(args.slice(1));
  const options = parsed(command, args.slice(1));
  if (!options.has('help')) return await RUN[command](options);
  await say(usageOf(command));
  return 0;
}

async function main(args: readonly string[]): Promise<number> {
  const [command] = args;
  try {
    return await run(command, args);
  } catch (error) {
    if (error instanceof UsageError) {
      const call = isCommand(command) ? `moonsocket ${command}` : 'moonsocket';
      complain(`${error.message}; ${call} --help says more`);
      return 2;
    }
    // A bug shows its stack.
    if (!isExpected(error)) throw error;
    complain(error.message);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
