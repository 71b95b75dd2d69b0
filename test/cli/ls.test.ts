/** `moonsocket ls`, run as a user runs it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { needs } from '../peers/tools.ts';
import { FtpServer } from './ftp-server.ts';
import { failed, Place, PROGRAM } from './support.ts';
import { commandOnTerminal, onTerminal } from './terminal.ts';

const LISTING = [
  'type=dir;modify=20260102030405;UNIX.mode=0755; folder',
  'type=file;size=1234567;modify=20260102030405;UNIX.mode=0644;UNIX.owner=joe; a file',
  'type=OS.unix=slink:target;size=1; link',
  'type=file;size=5; evil\x1b]0;title\x07\x9b2J\u202etxt',
]
  .map((line) => `${line}\r\n`)
  .join('');

function listing(body: (server: FtpServer, place: Place) => Promise<void>): Promise<void> {
  return FtpServer.with((server) => Place.alone((place) => body(server, place)), { listing: LISTING });
}

describe('ls', () => {
  it('is a table, whose names do nothing to a terminal', () =>
    listing(async (server, place) => {
      const { status, output, errors } = await place.run('ls', server.at);
      assert.deepEqual([status, errors], [0, '']);
      assert.deepEqual(String(output).split('\n'), [
        'drwxr-xr-x        -  2026-01-02 03:04  folder/',
        '-rw-r--r--  1234567  2026-01-02 03:04  a file',
        'l?????????        1  -                 link -> target',
        '-?????????        5  -                 evil?]0;title??2J?txt',
        '',
      ]);
    }));

  it('is JSON for programs, as harmless', () =>
    listing(async (server, place) => {
      const { status, output } = await place.run('ls', '--json', `${server.url}pub/`);
      assert.equal(status, 0);
      assert.doesNotMatch(String(output), /[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
      const rows = JSON.parse(String(output)) as Record<string, unknown>[];
      assert.deepEqual(rows[1], {
        ...{ name: 'a file', type: 'file', size: 1234567, mtime: '2026-01-02T03:04:05.000Z' },
        ...{ permissions: '0644', owner: 'joe' },
      });
      assert.equal(rows[3]?.name, 'evil\x1b]0;title\x07\x9b2J\u202etxt');
      assert.ok(server.lines.includes('MLSD pub/'));
    }));

  it('shows a file, and says what is not there', () =>
    listing(async (server, place) => {
      server.files.set('one', Buffer.from('123'));
      const { output } = await place.run('ls', `${server.url}one`);
      assert.match(String(output), /^-\?{9} {2}3 {2}- {2}one\n$/);
      failed(await place.run('ls', 'ftp://127.0.0.1:1/'), /connection refused/);
      const { status, errors } = await place.run('ls');
      assert.equal(status, 2);
      assert.match(errors, /ls takes one URL/);
    }));

  it('has colours on a terminal, unless NO_COLOR is set', needs('python3'), () =>
    listing(async (server, place) => {
      const { text } = await onTerminal(place, {}, 'ls', server.url);
      assert.match(text, /\x1b\[34mfolder\x1b\[39m\//);
      const plain = await commandOnTerminal(
        place,
        {},
        'env',
        'NO_COLOR=1',
        process.execPath,
        PROGRAM,
        'ls',
        server.url,
      );
      assert.match(plain.text, / folder\/\r\n/);
    }),
  );
});
