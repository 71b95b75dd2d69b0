/** `moonsocket put`, run as a user runs it. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { remoteOf } from '../../src/cli/put.ts';
import { needs } from '../peers/tools.ts';
import { FtpServer } from './ftp-server.ts';
import { failed, Place, silent } from './support.ts';
import { onTerminal } from './terminal.ts';

const BYTES = randomBytes(3_000_000);

function places(body: (server: FtpServer, place: Place) => Promise<void>): Promise<void> {
  return FtpServer.with((server) => Place.alone((place) => body(server, place)));
}

describe('put', () => {
  it('uploads into a directory, or under a name, without a word', () =>
    places(async (server, place) => {
      writeFileSync(place.path('a b'), BYTES);
      writeFileSync(place.path('c'), 'c');
      silent(await place.run('put', 'a b', place.path('c'), `${server.url}pub/`));
      assert.ok(server.files.get('pub/a b')?.equals(BYTES));
      assert.equal(String(server.files.get('pub/c')), 'c');
      silent(await place.run('put', 'c', `${server.url}%2Fother`));
      assert.equal(String(server.files.get('/other')), 'c');
      silent(await place.run('put', 'c', server.url));
      assert.equal(String(server.files.get('c')), 'c');
      assert.equal(server.lines.filter((line) => line.startsWith('USER')).length, 3, 'a session for each run');
    }));

  it('takes the standard input, which the URL names', () =>
    places(async (server, place) => {
      silent(await place.runWith({ input: BYTES }, 'put', '-', `${server.url}piped`));
      assert.ok(server.files.get('piped')?.equals(BYTES));
      const { status, errors } = await place.run('put', '-', server.url);
      assert.equal(status, 2);
      assert.match(errors, /the standard input has no name: end the URL with one; moonsocket put --help/);
    }));

  it('goes on with what was cut off', () =>
    places(async (server, place) => {
      writeFileSync(place.path('file'), BYTES);
      server.cutAfter = 100_000;
      failed(await place.run('put', 'file', server.url), /426 broken|broke off|closed.*; -C goes on with it/);
      assert.equal(server.files.get('file')?.length, 100_000);
      silent(await place.run('put', '-C', 'file', server.url));
      assert.ok(server.files.get('file')?.equals(BYTES));
      server.lines.length = 0;
      silent(await place.run('put', '-C', 'file', server.url));
      assert.ok(server.files.get('file')?.equals(BYTES));
      assert.deepEqual(
        server.lines.filter((line) => /^(?:STOR|APPE|EPSV)/.test(line)),
        [],
        'nothing is sent of what is complete',
      );
      writeFileSync(place.path('file'), 'short');
      failed(await place.run('put', '-C', 'file', server.url), /the server's file has 3000000 bytes/);
    }));

  it('makes directories where it is asked to', () =>
    places(async (server, place) => {
      writeFileSync(place.path('file'), 'x');
      server.directories.add('a');
      silent(await place.run('put', '--mkdir', 'file', `${server.url}a/b/c/`));
      assert.deepEqual([...server.directories], ['a', 'a/b', 'a/b/c']);
      assert.ok(server.files.has('a/b/c/file'));
      silent(await place.run('put', '--mkdir', 'file', server.url));
    }));

  it('names each file that fails, and sends the others', () =>
    places(async (server, place) => {
      writeFileSync(place.path('file'), 'x');
      mkdirSync(place.path('folder'));
      const { status, errors } = await place.run('put', 'none', 'folder', 'file', server.url);
      assert.equal(status, 1);
      assert.match(errors, /^moonsocket: none: ENOENT[^\n]*\nmoonsocket: folder: folder is a directory[^\n]*\n$/);
      assert.ok(server.files.has('file'));
    }));

  it('says before it connects what cannot be', () =>
    places(async (server, place) => {
      for (const [args, message] of [
        [[], /^moonsocket: put takes files, and a URL;/],
        [['file'], /put takes files, and a URL/],
        [['a', 'b', `${server.url}c`], /several files go into a directory: end the URL with a slash/],
        [['a', 'http://127.0.0.1/'], /the URL begins with ftp:\/\/ or ftps:\/\//],
        [['-C', '-', `${server.url}c`], /-C goes on with a file/],
        [['a', `${server.url}c;type=a`], /;type=a is text/],
      ] as const) {
        const { status, errors } = await place.run('put', ...args);
        assert.equal(status, 2, errors);
        assert.match(errors, message);
      }
      assert.deepEqual(server.lines, []);
    }));

  it('shows how far it is, on a terminal', needs('python3'), () =>
    places(async (server, place) => {
      writeFileSync(place.path('file'), BYTES);
      const { status, text } = await onTerminal(place, {}, 'put', 'file', server.url);
      assert.equal(status, 0, text);
      assert.match(text, /100%.* {2}2\.9 MiB of 2\.9 MiB {2}.*0:00 left *\r\n$/);
      const again = await onTerminal(place, {}, 'put', '-C', 'file', server.url);
      assert.deepEqual(again, { ...again, status: 0, text: 'moonsocket: it is complete already\r\n' });
    }),
  );
});

describe('where a URL leads', () => {
  for (const [path, directory, name] of [
    ['', '', undefined],
    ['a', '', 'a'],
    ['a/', 'a', undefined],
    ['a/b', 'a', 'b'],
    ['/', '/', undefined],
    ['/a', '/', 'a'],
    ['/a/b/', '/a/b', undefined],
  ] as const) {
    it(`is ${directory || 'here'} and ${name ?? 'no name'} for ${path || 'nothing'}`, () => {
      const remote = remoteOf(Buffer.from(path));
      assert.deepEqual([String(remote.directory), remote.name && String(remote.name)], [directory, name]);
    });
  }
});
