/** `moonsocket get` of ftp and ftps, run as a user runs it. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { identityIn, temporaryFiles } from '../peers/tls-files.ts';
import { needs } from '../peers/tools.ts';
import { FtpServer, type FtpServerOptions } from './ftp-server.ts';
import { failed, Place, silent } from './support.ts';
import { onTerminal } from './terminal.ts';

const BYTES = randomBytes(3_000_000);
const SMALL = Buffer.from('0123456789');

/** A server that has these, and a folder. */
function having(
  files: Readonly<Record<string, Buffer>>,
  body: (server: FtpServer, place: Place) => Promise<void>,
  options: FtpServerOptions = {},
): Promise<void> {
  return FtpServer.with(async (server) => {
    for (const [name, bytes] of Object.entries(files)) server.files.set(name, bytes);
    await Place.alone((place) => body(server, place));
  }, options);
}

describe('get of ftp', () => {
  it('downloads into the file that the URL names, as anonymous, without a word', () =>
    having({ 'pub/a file.bin': BYTES }, async (server, place) => {
      silent(await place.run('get', `${server.url}pub/a%20file.bin`));
      assert.deepEqual(readdirSync(place.folder), ['a file.bin']);
      assert.ok(place.read('a file.bin').equals(BYTES));
      assert.equal(server.lines[0], 'USER ftp');
      assert.equal(server.lines.at(-1), 'QUIT');
    }));

  it('writes to the standard output, and takes text as text', () =>
    having({ '/etc/motd': Buffer.from('a\r\nb\r\n') }, async (server, place) => {
      const { status, output, errors } = await place.run('get', '-o', '-', `${server.url}/etc/motd;type=a`);
      assert.deepEqual([status, String(output), errors], [0, 'a\nb\n', '']);
    }));

  it('names files by all of the path', () =>
    having({ 'what?': SMALL, empty: Buffer.alloc(0) }, async (server, place) => {
      silent(await place.run('get', `${server.url}what?`, `${server.url}empty;type=i`));
      assert.deepEqual(readdirSync(place.folder).sort(), ['empty', 'what?']);
      assert.equal(place.read('empty').length, 0);
    }));

  it('goes on with the others where one of several fails', () =>
    having({ a: SMALL, b: SMALL }, async (server, place) => {
      const { status, errors } = await place.run('get', `${server.url}a`, `${server.url}none`, `${server.url}b`);
      assert.equal(status, 1);
      assert.match(errors, /^moonsocket: ftp 127[^\n]*550 no such file to RETR none[^\n]*\n$/);
      assert.deepEqual(readdirSync(place.folder), ['a', 'b']);
    }));

  it('says what the server says, and leaves nothing', () =>
    having({}, async (server, place) => {
      failed(await place.run('get', `${server.url}none`), /550 no such file to RETR none/);
      server.login = '530 \x1b[2Jno';
      failed(await place.run('get', `${server.url}none`), /530 \?\[2Jno to PASS/);
      assert.deepEqual(readdirSync(place.folder), []);
    }));

  it('resumes what was cut off, and nothing that has changed', () =>
    having({ file: BYTES }, async (server, place) => {
      server.cutAfter = 1_000_000;
      failed(await place.run('get', `${server.url}file`), /426 broken.*; -C resumes file\.part\n/);
      assert.equal(place.read('file.part').length, 1_000_000);
      silent(await place.run('get', '-C', `${server.url}file`));
      assert.deepEqual(readdirSync(place.folder), ['file']);
      assert.ok(place.read('file').equals(BYTES));
      assert.ok(server.lines.includes('REST 1000000'));
      silent(await place.run('get', '-C', `${server.url}file`));

      writeFileSync(place.path('file'), BYTES.subarray(0, 5));
      utimesSync(place.path('file'), 1_000_000_000, 1_000_000_000);
      failed(await place.run('get', '-C', `${server.url}file`), /has changed on the server: without -C/);
      assert.equal(place.read('file').length, 5);
      server.files.set('file', SMALL.subarray(0, 4));
      failed(await place.run('get', '-C', `${server.url}file`), /the server has 4 bytes, and here are 5: without -C/);
      assert.equal(place.read('file').length, 5);
    }));

  it('shows how far it is, on a terminal', needs('python3'), () =>
    having({ file: BYTES }, async (server, place) => {
      const { status, text } = await onTerminal(place, {}, 'get', `${server.url}file`);
      assert.equal(status, 0, text);
      assert.match(text, /100%.* {2}2\.9 MiB of 2\.9 MiB {2}.*\/s {2}0:00 left *\r\n$/);
      const quiet = await onTerminal(place, {}, 'get', '-q', '-o', 'other', `${server.url}file`);
      assert.deepEqual([quiet.status, quiet.text], [0, '']);
    }),
  );
});

describe('get of ftps', needs('openssl'), () => {
  it('trusts the certificates that are named, and no others', async () => {
    const folder = temporaryFiles();
    const tls = identityIn(folder, 'server');
    await having(
      { file: SMALL },
      async (server, place) => {
        failed(await place.run('get', `${server.url}file`), /certificate/);
        silent(await place.run('get', '--cacert', `${folder}/root.pem`, `${server.url}file`));
        assert.deepEqual(place.read('file'), SMALL);
        failed(await place.run('get', '--cacert', 'none.pem', `${server.url}file`), /ENOENT.*none\.pem/);
      },
      { tls },
    );
  });

  it('asks for TLS before the password, or fails', () =>
    having({ file: SMALL }, async (server, place) => {
      const { status, errors } = await place.runWith(
        { env: { MOONSOCKET_PASSWORD: 'secret' } },
        ...['get', '-u', 'joe', '--tls', 'required', `${server.url}file`],
      );
      assert.equal(status, 1);
      assert.match(errors, /the server does not take AUTH TLS: 200 yes/);
      assert.deepEqual(
        server.lines.filter((line) => /USER|PASS/.test(line)),
        [],
      );
    }));
});
