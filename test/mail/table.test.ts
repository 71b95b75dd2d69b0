/** LuaSocket's shape of messages: what it adds, what it keeps, and parts in parts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type SyncSource, source } from '../../src/entry/ltn12.ts';
import { message } from '../../src/entry/mail.ts';
import { fieldsOf, textOf } from './support.ts';

describe('message', () => {
  it('adds what is missing, and writes names as people do', () => {
    const text = textOf(message({ headers: { from: 'a@x.org', 'x-my-id': '1', 'MIME-version': '2.0' }, body: 'text' }));
    assert.match(
      text,
      /^From: a@x\.org\r\nX-My-ID: 1\r\nMIME-Version: 1\.0\r\nDate: .*\r\nX-Mailer: moonsocket\r\nContent-Type: text\/plain; charset=utf-8\r\n\r\ntext$/,
    );
  });

  it('keeps what is there', () => {
    const text = textOf(
      message({ headers: { date: 'then', 'X-MAILER': 'me', 'content-type': 'text/html' }, body: 'a\nb' }),
    );
    assert.deepEqual(
      ['Date', 'X-Mailer', 'Content-Type'].map((name) => fieldsOf(text, name).join()),
      ['then', 'me', 'text/html'],
    );
    assert.ok(text.endsWith('\r\n\r\na\nb'));
  });

  it('reads a source when its turn comes', () => {
    let read = 0;
    const counted = () => (read++ === 0 ? Buffer.from('body') : null);
    const letter = message({ body: { parts: [{ body: 'first' }, { body: counted }] } });
    assert.equal(read, 0);
    assert.match(
      textOf(letter),
      /\r\n\r\nfirst\r\n--=_\w+\r\nContent-Type: text\/plain; charset=utf-8\r\n\r\nbody\r\n--=_\w+--\r\n$/,
    );
    assert.equal(read, 2);
  });

  it('has parts in parts, each with its own boundary, and texts around them', () => {
    const inner = {
      headers: { 'content-type': 'multipart/alternative' },
      body: { parts: [{ body: 'a' }, { body: 'b' }] },
    };
    const text = textOf(message({ body: { preamble: 'before', parts: [inner, { body: 'c' }], epilogue: 'behind' } }));
    const [outer, second] = [...text.matchAll(/boundary="(=_\w+)"/g)].map(([, boundary]) => boundary);
    assert.notEqual(outer, second);
    const body = text
      .slice(text.indexOf('\r\n\r\n') + 4)
      .replaceAll(outer as string, 'O')
      .replaceAll(second as string, 'I');
    const plain = 'Content-Type: text/plain; charset=utf-8\r\n\r\n';
    assert.equal(
      body.replace(/\r\n +/g, ' '),
      `before\r\n\r\n--O\r\nContent-Type: multipart/alternative; boundary="I"\r\n\r\n--I\r\n${plain}a\r\n--I\r\n${plain}b\r\n--I--\r\n\r\n--O\r\n${plain}c\r\n--O--\r\n\r\nbehind\r\n`,
    );
    assert.match(text, /^Date: .*\r\nX-Mailer: moonsocket\r\nMIME-Version: 1\.0\r\nContent-Type: multipart\/mixed;/);
  });

  it('gives errors of sources on, and closes them', () => {
    const failing = message({ body: { parts: [{ body: source.error(new Error('broken')) }] } });
    assert.throws(() => textOf(failing), /broken/);
    let closed = 0;
    const open = Object.assign(() => Buffer.from('x'), { close: () => void closed++ });
    const chunks = source.iterate(message({ body: open }) as SyncSource)[Symbol.iterator]();
    chunks.next();
    chunks.next();
    chunks.return?.();
    assert.equal(closed, 1);
  });

  it('refuses what is none', () => {
    for (const table of [null, 'text', { body: 5 }, { body: { parts: [null] } }, { headers: 5, body: '' }]) {
      assert.throws(() => message(table as never), { code: 'ERR_INVALID_ARGUMENT' }, JSON.stringify(table));
    }
    const loop: { body: { parts: unknown[] } } = { body: { parts: [] } };
    loop.body.parts.push(loop);
    assert.throws(() => message(loop as never), { code: 'ERR_INVALID_ARGUMENT' });
  });
});
