/** The scripts by which shells complete the command's words, in those shells. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { COMMANDS } from '../../src/cli/commands.ts';
import { needs } from '../peers/tools.ts';
import { Place } from './support.ts';
import { commandOnTerminal } from './terminal.ts';

const NAMES = Object.keys(COMMANDS);

/** A folder with the script, and files to be completed. */
function having(shell: string, body: (place: Place) => Promise<void>): Promise<void> {
  return Place.alone(async (place) => {
    const { status, output, errors } = await place.run('completion', shell);
    assert.deepEqual([status, errors], [0, '']);
    writeFileSync(place.path('script'), output);
    writeFileSync(place.path('a file'), '');
    await body(place);
  });
}

/** What has to come of words: the last one is being typed. */
const CASES: readonly (readonly [words: readonly string[], expected: readonly string[]])[] = [
  [['ge'], ['get']],
  [['m'], ['mail', 'man']],
  [['get', '--o'], ['--output']],
  [['mail', '--attach', 'a'], ['a file']],
  [['put', 'a'], ['a file']],
  [['ls', '--tls', 'im'], ['implicit']],
  [
    ['completion', ''],
    ['bash', 'fish', 'zsh'],
  ],
  [['ls', 'a'], []],
];

describe('completion', () => {
  it('of bash', () =>
    having('bash', async (place) => {
      for (const [words, expected] of CASES) {
        const script = `source ./script; COMP_WORDS=(moonsocket "$@"); COMP_CWORD=$#; _moonsocket; printf '%s\\n' "\${COMPREPLY[@]}"`;
        const { status, output } = await place.ended(place.start('bash', ['-c', script, 'bash', ...words]));
        assert.equal(status, 0);
        assert.deepEqual(String(output).split('\n').filter(Boolean).sort(), expected, words.join(' '));
      }
    }));

  it('of fish', needs('fish'), () =>
    having('fish', async (place) => {
      for (const [words, expected] of CASES) {
        const script = `source ./script; complete -C 'moonsocket ${words.join(' ')}'`;
        const env = { HOME: place.folder, XDG_CONFIG_HOME: place.folder, XDG_DATA_HOME: place.folder };
        const { status, output, errors } = await place.ended(place.start('fish', ['-c', script], env));
        assert.equal(status, 0, errors);
        const found = String(output)
          .split('\n')
          .map((line) => line.replace(/\t.*/, ''));
        assert.deepEqual(
          found
            .filter(Boolean)
            .map((word) => word.replace('\\', ''))
            .sort(),
          expected,
          words.join(' '),
        );
      }
    }),
  );

  it('of zsh', needs('zsh', 'python3'), () =>
    having('zsh', async (place) => {
      const setup = 'autoload -U compinit; compinit -u -D; source ./script; PS1="re""ady> "\r';
      const typing = {
        'begin> ': setup,
        'ready> ': 'moonsocket ge\t',
        'moonsocket get': '--outp\t',
        '--output': 'a\t',
        'a\\ file': '\x15exit\r',
      };
      const { status, text } = await commandOnTerminal(
        place,
        typing,
        'env',
        'PS1=begin> ',
        'TERM=xterm',
        'zsh',
        '-f',
        '-i',
      );
      assert.equal(status, 0, text);
      assert.match(text, /--output[\s\S]*a\\ file/);
    }),
  );

  it('is refused for other shells', () =>
    Place.alone(async (place) => {
      for (const args of [[], ['csh'], ['bash', 'zsh'], ['constructor']]) {
        const { status, errors } = await place.run('completion', ...args);
        assert.equal(status, 2);
        assert.match(errors, /the name of a shell: bash, zsh or fish; moonsocket completion --help says more\n$/);
      }
    }));
});

describe('the manual', () => {
  it('has every command and option, and no mistake', needs('mandoc'), () =>
    Place.alone(async (place) => {
      const { status, output } = await place.run('man');
      assert.equal(status, 0);
      writeFileSync(place.path('page'), output);
      const lint = await place.ended(place.start('mandoc', ['-T', 'lint', '-W', 'warning', 'page']));
      // A page that is made of the program has no date besides the version.
      assert.deepEqual(String(lint.output).replace(/^.*missing date.*\n/, '') + lint.errors, '');
      const shown = await place.ended(place.start('mandoc', ['-T', 'utf8', '-O', 'width=200', 'page']));
      const text = String(shown.output).replace(/.\x08/g, '');
      for (const name of NAMES) assert.match(text, new RegExp(`\\n   ${name}\\n`));
      const options = Object.values(COMMANDS).flatMap((command) => command.options);
      for (const { long } of options) if (long !== undefined) assert.ok(text.includes(`--${long}`), long);
    }),
  );
});
