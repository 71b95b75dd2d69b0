/** The table of commands: help shows all of it, the parsers take all of it, and nothing else. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COMMANDS, type CommandName, isCommand } from '../../src/cli/commands.ts';
import { UsageError } from '../../src/cli/errors.ts';
import { luaArguments } from '../../src/cli/lua.ts';
import { parsed } from '../../src/cli/parse.ts';
import { optionText, usageOf } from '../../src/cli/usage.ts';
import { failed, Place, PROGRAM } from './support.ts';

const NAMES = Object.keys(COMMANDS) as CommandName[];

describe('the table of commands', () => {
  it('is what --help shows, of each command and of all', () => {
    for (const name of NAMES) {
      assert.ok(usageOf(undefined).includes(`\n  ${COMMANDS[name].brief[0]} `));
      const usage = usageOf(name);
      assert.ok(usage.startsWith(`usage: ${`moonsocket ${name} ${COMMANDS[name].synopsis}`.trimEnd()}\n`));
      for (const option of COMMANDS[name].options) {
        assert.ok(
          usage.split('\n').some((line) => line.startsWith(`  ${optionText(option)} `) && line.endsWith(option.says)),
        );
      }
      for (const [call] of COMMANDS[name].examples) assert.ok(usage.includes(`\n  moonsocket ${call}\n`));
      const prose = usage.slice(0, usage.indexOf('\nExamples:')).split('\n').slice(1);
      for (const line of prose) assert.ok(line.length <= 110, line);
    }
  });

  it('is what the parser takes', () => {
    for (const name of NAMES) {
      if (name === 'lua') continue;
      for (const { short, long, takes } of COMMANDS[name].options) {
        const argument = takes === undefined ? [] : ['x'];
        for (const spelled of [short === undefined ? [] : `-${short}`, `--${long}`].flat()) {
          const options = parsed(name, [spelled, ...argument]);
          assert.ok(options.has(long as string));
          if (takes !== undefined) assert.equal(options.text(long as string), 'x');
        }
      }
    }
  });

  it('is what lua takes', () => {
    for (const { short, takes } of COMMANDS.lua.options) {
      luaArguments(takes === undefined ? [`-${short}`] : [`-${short}`, 'x'], false);
    }
    for (const argument of ['-x', '-ix', '-E1', '--version', '--e']) {
      assert.throws(
        () => luaArguments([argument], false),
        (error) => error instanceof UsageError && error.message === `unrecognized option '${argument}'`,
      );
    }
  });

  it('has no names that objects have anyway', () => {
    assert.deepEqual([isCommand('get'), isCommand('constructor'), isCommand(undefined)], [true, false, false]);
  });
});

describe('the program', () => {
  it('says in one line that help and version cannot be written', () =>
    Place.with(
      () => {},
      async (place) => {
        for (const args of [['--help'], ['--version'], ['get', '--help'], ['lua', '--help'], ['lua', '-v']]) {
          const child = place.start(process.execPath, [PROGRAM, ...args]);
          const ended = place.ended(child);
          child.stdout?.destroy();
          failed(await ended, /EPIPE/);
        }
      },
    ));

  it('keeps its status where its errors cannot be written', () =>
    Place.with(
      () => {},
      async (place) => {
        const child = place.start(process.execPath, [PROGRAM, 'no-such-command']);
        const ended = place.ended(child);
        child.stderr?.destroy();
        assert.equal((await ended).status, 2);
      },
    ));
});
