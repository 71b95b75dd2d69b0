/** `moonsocket get -C`: what a run has left, whatever ended it, and what the server makes of it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { linkSync, readdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, it } from 'node:test';
import { failed, Place, serving, silent } from './support.ts';

const SMALL = Buffer.from('0123456789');

/** Sends half of it, and cuts the connection. */
function cut(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'Content-Length': SMALL.length });
  response.write(SMALL.subarray(0, 5), () => response.destroy());
}

describe('get -C', () => {
  it('completes what was cut off', async () => {
    const whole = serving(SMALL);
    let answer: typeof whole = cut;
    await Place.with(
      (request, response) => answer(request, response),
      async (place) => {
        failed(await place.run('get', `${place.url}file`), /cut off after 5 of 10 bytes.*; -C resumes file\.part\n/);
        assert.deepEqual(readdirSync(place.folder), ['file.part']);
        answer = whole;
        silent(await place.run('get', '-C', `${place.url}file`));
        assert.deepEqual(readdirSync(place.folder), ['file']);
        assert.deepEqual(place.read('file'), SMALL);
        assert.equal(place.asked[1]?.headers.range, 'bytes=5-');
      },
    );
  });

  it('completes what another program has left under the name of the file', () =>
    Place.with(serving(SMALL), async (place) => {
      writeFileSync(place.path('file'), SMALL.subarray(0, 3));
      silent(await place.run('get', '-C', `${place.url}file`));
      assert.deepEqual(readdirSync(place.folder), ['file']);
      assert.deepEqual(place.read('file'), SMALL);
    }));

  it('keeps what is there where the server sends all of it, and begins where there is nothing', () =>
    Place.with(
      (_, response) => response.end(SMALL),
      async (place) => {
        for (const name of ['file.part', 'file']) {
          writeFileSync(place.path(name), '01234');
          failed(await place.run('get', '-C', `${place.url}file`), /all of the file instead of its rest: without -C/);
          assert.equal(String(place.read(name)), '01234');
          unlinkSync(place.path(name));
        }
        silent(await place.run('get', '-C', `${place.url}other`));
        assert.deepEqual(place.read('other'), SMALL);
      },
    ));

  it('follows no link, and opens no pipe', () =>
    Place.with(serving(SMALL), async (place) => {
      writeFileSync(place.path('other'), '01234');
      for (const name of ['file.part', 'file']) {
        symlinkSync('other', place.path(name));
        failed(await place.run('get', '-C', `${place.url}file`), /is a link, and would be written through/);
        unlinkSync(place.path(name));
      }
      assert.equal(spawnSync('mkfifo', [place.path('file.part')]).status, 0);
      failed(await place.run('get', '-C', `${place.url}file`), /file\.part is no file, and would be written through/);
      assert.equal(String(place.read('other')), '01234');
      assert.equal(place.asked.length, 0);
    }));

  it('is done where nothing is missing', () =>
    Place.with(serving(SMALL), async (place) => {
      writeFileSync(place.path('file.part'), SMALL);
      silent(await place.run('get', '-C', `${place.url}file`));
      assert.deepEqual(readdirSync(place.folder), ['file']);
      silent(await place.run('get', '-C', `${place.url}file`));
      assert.deepEqual(readdirSync(place.folder), ['file']);
      assert.deepEqual(place.read('file'), SMALL);
    }));

  it('leaves alone what does not fit', () =>
    Place.with(serving(SMALL), async (place) => {
      writeFileSync(place.path('file.part'), 'longer than that');
      failed(await place.run('get', '-C', `${place.url}file`), /the server has 10 bytes, and here are 16/);
      assert.equal(String(place.read('file.part')), 'longer than that');
      // Whose the part is nobody knows; the file was not named, so it stays.
      linkSync(place.path('file.part'), place.path('file'));
      failed(await place.run('get', '-C', `${place.url}file`), /file is already there: -o file overwrites it\n/);
    }));

  it('takes no other part than the missing one', () =>
    Place.with(
      (request, response) => {
        const range = request.url === '/other' ? 'bytes 4-9/10' : 'bytes 5-6/10';
        response.writeHead(206, { 'Content-Range': range }).end(request.url === '/other' ? '456789' : '56');
      },
      async (place) => {
        writeFileSync(place.path('other.part'), '01234');
        failed(await place.run('get', '-C', `${place.url}other`), /206 is not bytes 5-: .*4-9\/10.*; without -C/);
        assert.equal(String(place.read('other.part')), '01234');
        writeFileSync(place.path('less.part'), '01234');
        failed(
          await place.run('get', '-C', `${place.url}less`),
          /only a part of what is missing; -C resumes less.part/,
        );
        assert.equal(String(place.read('less.part')), '0123456');
      },
    ));

  it('does not glue a file to another one: what has changed since is refused', () =>
    Place.with(
      (request, response) => {
        const since = Date.parse(request.headers['if-unmodified-since'] ?? '');
        response.writeHead(since < Date.now() + 60_000 ? 412 : 206).end();
      },
      async (place) => {
        writeFileSync(place.path('file.part'), '01234');
        failed(await place.run('get', '-C', `${place.url}file`), /has changed on the server: without -C/);
        assert.equal(String(place.read('file.part')), '01234');
      },
    ));
});
