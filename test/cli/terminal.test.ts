/** `moonsocket get` on a terminal, and what Ctrl-C leaves. */
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { describe, it } from 'node:test';
import { eventually, needs } from '../peers/tools.ts';
import { Place, PROGRAM, serving } from './support.ts';
import { onTerminal } from './terminal.ts';

describe('a terminal', needs('python3'), () => {
  it('shows how far the download is, in one line', () =>
    Place.with(serving(Buffer.alloc(5_000_000)), async (place) => {
      const { status, text, lines } = await onTerminal(place, {}, 'get', `${place.url}file`);
      assert.equal(status, 0, text);
      assert.match(text, /100%.* {2}4\.8 MiB of 4\.8 MiB {2}.*\/s {2}0:00 left *\r\n$/);
      assert.equal(text.split('\n').length, 2, 'one line');
      for (const line of lines) assert.ok(line.length < 60, line);
      assert.equal(statSync(place.path('file')).size, 5_000_000);
    }));

  it('says why it failed in a line of its own, below', () =>
    Place.with(
      (_, response) => {
        response.writeHead(200, { 'Content-Length': 10 });
        response.write('01234', () => response.destroy());
      },
      async (place) => {
        const { status, text } = await onTerminal(place, {}, 'get', `${place.url}file`);
        assert.equal(status, 1);
        assert.match(text, / 50%[^\n]*\r\nmoonsocket: GET http:[^\n]* \(200 OK\): the body was cut off[^\n]*\r\n$/);
      },
    ));

  it('shows no progress among the text of the download', () =>
    Place.with(serving(Buffer.from('text\n')), async (place) => {
      const { status, text } = await onTerminal(place, {}, 'get', '-o', '-', place.url);
      assert.deepEqual([status, text], [0, 'text\r\n']);
    }));

  it('says that there is nothing left to do', () =>
    Place.with(serving(Buffer.from('text')), async (place) => {
      await onTerminal(place, {}, 'get', `${place.url}file`);
      const { status, text } = await onTerminal(place, {}, 'get', '-C', `${place.url}file`);
      assert.deepEqual([status, text], [0, 'moonsocket: it is complete already\r\n']);
    }));

  it('is left at the beginning of a line by Ctrl-C, which ends the program and keeps the part', () =>
    Place.with(
      (_, response) => {
        response.writeHead(200, { 'Content-Length': 10 });
        response.write('01234');
      },
      async (place) => {
        const { status, text } = await onTerminal(place, { ' 50%': '\x03' }, 'get', `${place.url}file`);
        assert.equal(status, 'SIGINT', text);
        assert.match(text, / 50% [^\n]*\r\n$/);
        assert.deepEqual(readdirSync(place.folder), ['file.part']);
        assert.equal(String(place.read('file.part')), '01234');
      },
    ));
});

describe('SIGINT', () => {
  it('ends the program, and keeps the part for -C', async () => {
    let stalling = true;
    const whole = serving(Buffer.from('0123456789'));
    await Place.with(
      (request, response) => {
        if (!stalling) return whole(request, response);
        response.writeHead(200, { 'Content-Length': 10 });
        response.write('01234');
      },
      async (place) => {
        const child = place.start(process.execPath, [PROGRAM, 'get', `${place.url}file`]);
        const ended = place.ended(child);
        const part = place.path('file.part');
        await eventually('a part', () => statSync(part, { throwIfNoEntry: false })?.size === 5);
        child.kill('SIGINT');
        assert.deepEqual(await ended, { status: 'SIGINT', output: Buffer.alloc(0), errors: '' });
        stalling = false;
        assert.equal((await place.run('get', '-C', `${place.url}file`)).status, 0);
        assert.equal(String(place.read('file')), '0123456789');
      },
    );
  });
});
