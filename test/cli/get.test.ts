/** `moonsocket get`, run as a user runs it, against a server of node:http. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileDestination } from '../../src/cli/destination.ts';
import { get } from '../../src/cli/get.ts';
import { parsed } from '../../src/cli/parse.ts';
import { failed, Place, PROGRAM, serving, silent } from './support.ts';

const BYTES = randomBytes(5_000_000);
const KEEP = { resume: false, overwrite: true };
const SMALL = Buffer.from('0123456789');

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('get', () => {
  it('downloads into the file that the URL names, without a word', () =>
    Place.with(serving(BYTES), async (place) => {
      silent(await place.run('get', `${place.url}pub/a%20file.bin?x=1`));
      assert.deepEqual(readdirSync(place.folder), ['a file.bin']);
      assert.equal(sha256(place.read('a file.bin')), sha256(BYTES));
      const [{ headers } = assert.fail()] = place.asked;
      assert.deepEqual([headers['accept-encoding'], headers.range], ['identity', undefined]);
    }));

  it('writes to the standard output', () =>
    Place.with(serving(BYTES), async (place) => {
      const { status, output, errors } = await place.run('get', '-o', '-', place.url);
      assert.deepEqual([status, sha256(output), errors], [0, sha256(BYTES), '']);
      assert.deepEqual(readdirSync(place.folder), []);
    }));

  it('is a program by itself', () =>
    Place.with(serving(SMALL), async (place) => {
      silent(await place.ended(place.start(PROGRAM, ['get', place.url])));
      assert.deepEqual(place.read('index.html'), SMALL);
    }));

  it('follows redirects, and keeps the name that was asked for', () => {
    const answer = serving(SMALL);
    return Place.with(
      (request, response) =>
        request.url === '/old' ? response.writeHead(302, { Location: '/new' }).end('moved') : answer(request, response),
      async (place) => {
        silent(await place.run('get', `${place.url}old`));
        assert.deepEqual(place.read('old'), SMALL);
      },
    );
  });

  it('takes a body without a length, and an empty one', () =>
    Place.with(
      (request, response) => {
        if (request.url === '/chunks') response.write(SMALL);
        response.end();
      },
      async (place) => {
        silent(await place.run('get', `${place.url}chunks`));
        silent(await place.run('get', `${place.url}nothing`));
        assert.deepEqual(place.read('chunks'), SMALL);
        assert.equal(place.read('nothing').length, 0);
      },
    ));

  it('overwrites a file that is named, and no other', () =>
    Place.with(serving(SMALL), async (place) => {
      writeFileSync(place.path('file'), 'old');
      failed(await place.run('get', `${place.url}file`), /file is already there: -o file overwrites it, -C resumes it/);
      assert.equal(String(place.read('file')), 'old');
      assert.equal(place.asked.length, 0);
      silent(await place.run('get', '-o', 'file', `${place.url}file`));
      assert.deepEqual(place.read('file'), SMALL);
    }));

  it('writes where a link leads, and leaves the link', () =>
    Place.with(serving(SMALL), async (place) => {
      writeFileSync(place.path('file'), 'old');
      symlinkSync('file', place.path('link'));
      silent(await place.run('get', '-o', 'link', place.url));
      assert.deepEqual(place.read('file'), SMALL);
      assert.deepEqual(readdirSync(place.folder).sort(), ['file', 'link']);
    }));

  it('writes through nothing that stands where its part goes', () =>
    Place.with(serving(SMALL), async (place) => {
      writeFileSync(place.path('other'), 'mine');
      linkSync(place.path('other'), place.path('file.part'));
      silent(await place.run('get', `${place.url}file`));
      assert.equal(String(place.read('other')), 'mine');
      unlinkSync(place.path('file'));
      symlinkSync('other', place.path('file.part'));
      failed(await place.run('get', `${place.url}file`), /file\.part is a link, and would be written through/);
      unlinkSync(place.path('file.part'));
      assert.equal(spawnSync('mkfifo', [place.path('file.part')]).status, 0);
      failed(await place.run('get', `${place.url}file`), /file\.part is no file, and would be written through/);
      assert.deepEqual(readdirSync(place.folder).sort(), ['file.part', 'other']);
      assert.equal(String(place.read('other')), 'mine');
    }));

  it('writes to a device, and replaces none', () =>
    Place.with(serving(SMALL), async (place) => {
      silent(await place.run('get', '-o', '/dev/null', place.url));
      assert.ok(statSync('/dev/null').isCharacterDevice());
      failed(await place.run('get', '-o', '/dev/full', place.url), /ENOSPC/);
      failed(await place.run('get', '-C', '-o', '/dev/null', place.url), /no file, which -C could resume/);
      mkdirSync(place.path('folder'));
      failed(await place.run('get', '-o', 'folder', place.url), /folder is a directory/);
      failed(await place.run('get', '-o', 'missing/file', place.url), /ENOENT/);
    }));
});

describe('get of what is not to be had', () => {
  it('says what the server said, and leaves nothing', () =>
    Place.with(
      (_, response) => response.writeHead(404, 'No \x9b2J such\tthing').end('a page that nobody wants in the file'),
      async (place) => {
        failed(await place.run('get', `${place.url}file`), /: the server said: HTTP\/1.1 404 No {2}2J such thing\n/);
        assert.deepEqual(readdirSync(place.folder), []);
      },
    ));

  it('says that nobody listens', async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    await new Promise((done) => server.close(done));
    await Place.with(serving(SMALL), async (place) => {
      failed(await place.run('get', `http://127.0.0.1:${port}/file`), /: connect .*: connection refused/);
      assert.deepEqual(readdirSync(place.folder), []);
    });
  });

  it('gives up a server that says nothing any more', () =>
    Place.with(
      (_, response) => {
        response.writeHead(200, { 'Content-Length': SMALL.length });
        response.write(SMALL.subarray(0, 5));
      },
      async (place) => {
        await assert.rejects(
          get(parsed('get', ['-o', place.path('file'), place.url]), 0.2),
          /timeout while .*; -C resumes .*file\.part/,
        );
        assert.equal(String(place.read('file.part')), '01234');
      },
    ));

  it('ends when nobody reads its output', () =>
    Place.with(serving(BYTES), async (place) => {
      const child = place.start(process.execPath, [PROGRAM, 'get', '-o', '-', place.url]);
      const ended = place.ended(child);
      child.stdout?.destroy();
      failed(await ended, /EPIPE/);
    }));

  it('ends with 2, one line and the name of its help where it was asked wrongly', () =>
    Place.with(serving(SMALL), async (place) => {
      for (const args of [[], ['fetch'], ['get'], ['get', '-x', place.url], ['get', 'gopher://localhost/']]) {
        const { status, output, errors } = await place.run(...args);
        assert.deepEqual([status, output.length], [2, 0], args.join(' '));
        assert.match(errors, /^moonsocket: [^\n]+; moonsocket (?:get )?--help says more\n$/);
      }
      assert.equal(place.asked.length, 0);
    }));

  it('says in one line that its help cannot be written', { skip: !existsSync('/dev/full') }, () =>
    Place.with(serving(SMALL), async (place) => {
      const command = `exec "${process.execPath}" "${PROGRAM}" get --help > /dev/full`;
      const { status, errors } = await place.ended(place.start('/bin/sh', ['-c', command]));
      assert.equal(status, 1);
      assert.match(errors, /^moonsocket: [^\n]*ENOSPC[^\n]*\n$/);
    }),
  );

  it('takes names as long as the system takes them, resumes them, and tells two of them apart', () =>
    Place.with(serving(SMALL), async (place) => {
      for (const name of ['x'.repeat(255), `${'x'.repeat(254)}y`, 'x'.repeat(251), 'é'.repeat(127)]) {
        silent(await place.run('get', '-o', name, place.url));
        assert.deepEqual(place.read(name), SMALL);
        assert.deepEqual(readdirSync(place.folder), [name]);
        unlinkSync(join(place.folder, name));
      }
      const parts = ['x'.repeat(255), `${'x'.repeat(254)}y`].map((name) => fileDestination(name, KEEP).partial);
      assert.equal(new Set(parts).size, 2);
      for (const part of parts) assert.ok(Buffer.byteLength(part ?? '') <= 255);
    }));

  it('helps, and says its version', () =>
    Place.with(serving(SMALL), async (place) => {
      for (const [args, expected] of [
        [['--help'], /^usage: moonsocket COMMAND/],
        [['get', '--help'], /^usage: moonsocket get/],
        [['--version'], /^\d+\.\d+\.\d+\n$/],
      ] as const) {
        const { status, output, errors } = await place.run(...args);
        assert.deepEqual([status, errors], [0, '']);
        assert.match(String(output), expected);
      }
    }));
});
