/** Passwords of the command: asked for, covered, and warned of where others can read them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { needs } from '../peers/tools.ts';
import { FtpServer } from './ftp-server.ts';
import { Place, PROGRAM, serving } from './support.ts';
import { commandOnTerminal, onTerminal } from './terminal.ts';

const SMALL = Buffer.from('0123456789');
const WARNING = /^moonsocket: warning: other users of this machine can read a password in an option or a URL [^\n]*\n$/;

function basicOf(place: Place): string | undefined {
  const value = place.asked.at(-1)?.headers.authorization;
  return value && String(Buffer.from(value.replace('Basic ', ''), 'base64'));
}

describe('a password', () => {
  it('is warned of in a URL and in an option, once, and works', () =>
    Place.with(serving(SMALL), async (place) => {
      const [secret, other] = ['joe:p%2Fw@', 'ann:x@'].map((login) => place.url.replace('//', `//${login}`));
      const { status, errors } = await place.run('get', '-o', '-', `${secret}a`, `${other}b`);
      assert.equal(status, 0);
      assert.match(errors, WARNING);
      assert.doesNotMatch(errors, /p\/w|p%2Fw/);
      assert.equal(basicOf(place), 'ann:x');
      const option = await place.run('get', '-u', 'joe:a:b/ü', '-o', '-', place.url);
      assert.match(option.errors, WARNING);
      assert.equal(basicOf(place), 'joe:a:b/ü');
    }));

  it('is warned of in a URL of FTP', () =>
    FtpServer.with((server) =>
      Place.alone(async (place) => {
        server.files.set('file', SMALL);
        const { status, errors } = await place.run('get', `ftp://joe:secret@${server.at}file`);
        assert.equal(status, 0);
        assert.match(errors, WARNING);
        assert.deepEqual(server.lines.slice(0, 2), ['USER joe', 'PASS secret']);
        const shown = await place.run('ls', '-v', `ftp://joe:secret@${server.at}`);
        assert.match(shown.errors, /\n> USER joe\n< 331 password\n> PASS \*+\n/);
        assert.doesNotMatch(shown.errors, /secret/);
      }),
    ));

  it('is asked for on the terminal, which does not show it, whatever the standard streams are', needs('python3'), () =>
    Place.with(serving(SMALL), async (place) => {
      const typed = { 'Password of joe: ': 'wronh\x7fg\x15se¢ret\r' };
      const { status, text } = await onTerminal(
        place,
        typed,
        'get',
        '-u',
        'joe',
        '-q',
        `${place.url}a`,
        `${place.url}b`,
      );
      assert.deepEqual([status, text], [0, 'Password of joe: \r\n']);
      assert.equal(basicOf(place), 'joe:se¢ret');
      const shell = ['sh', '-c', 'exec "$0" "$@" < /dev/null > out', process.execPath, PROGRAM, 'get', '-u', 'joe'];
      const piped = await commandOnTerminal(place, { ': ': 'x\r' }, ...shell, '-o', '-', '-q', `${place.url}c`);
      assert.deepEqual([piped.status, piped.text], [0, 'Password of joe: \r\n']);
      assert.deepEqual(place.read('out'), SMALL);
    }),
  );

  it('that is not given ends the program', needs('python3'), () =>
    Place.with(serving(SMALL), async (place) => {
      const args = ['get', '-u', 'joe', place.url] as const;
      const left = await onTerminal(place, { ': ': '\x04' }, ...args);
      assert.deepEqual([left.status, left.text], [1, 'Password of joe: \r\nmoonsocket: no password was given\r\n']);
      const interrupted = await onTerminal(place, { ': ': '\x03' }, ...args);
      assert.deepEqual([interrupted.status, interrupted.text], ['SIGINT', 'Password of joe: \r\n']);
      assert.equal(place.asked.length, 0);
    }),
  );

  it('is not asked for where there is no terminal', needs('setsid'), () =>
    Place.with(serving(SMALL), async (place) => {
      const args = [process.execPath, PROGRAM, 'get', '-u', 'joe', place.url];
      const { status, errors } = await place.ended(place.start('setsid', ['--wait', ...args]));
      assert.equal(status, 1);
      assert.match(errors, /no terminal to ask for the password on; --password-file FILE or MOONSOCKET_PASSWORD/);
    }),
  );
});
