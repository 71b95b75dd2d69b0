/** Messages: their parts, how each travels, what is read when, and what is refused. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Source, source } from '../../src/entry/ltn12.ts';
import { type Attachment, compose, type MailOptions } from '../../src/entry/mail.ts';
import { composed, fieldsOf, textOf } from './support.ts';

const CODE = { code: 'ERR_INVALID_ARGUMENT' };
const ONCE = { code: 'ERR_MAIL_SOURCE' };

const FOLDER = mkdtempSync(join(tmpdir(), 'moonsocket-mail-'));
after(() => rmSync(FOLDER, { recursive: true }));

/** The media types and encodings, in their order; parts in parts are in brackets. */
function shapeOf(message: string): string {
  const types = [...message.matchAll(/^Content-Type: ([\w/-]+)|^--=_\w+(--)?\r$/gm)];
  return types
    .map(([, type, end]) => type?.replace('multipart/', '(') ?? (end === undefined ? '' : ')'))
    .join(' ')
    .replace(/ +/g, ' ')
    .trim();
}

describe('parts', () => {
  const [text, html, content] = ['text', '<p>html', 'data'];
  it('are as many as there have to be', () => {
    const table: [options: Partial<MailOptions>, shape: string][] = [
      [{ text }, 'text/plain'],
      [{ html }, 'text/html'],
      [{}, 'text/plain'],
      [{ text, html }, '(alternative text/plain text/html )'],
      [{ text, attachments: [{ content }] }, '(mixed text/plain application/octet-stream )'],
      [{ html, attachments: [{ content, cid: 'a' }] }, '(related text/html application/octet-stream )'],
      [{ text, attachments: [{ content, cid: 'a', filename: 'a.png' }] }, '(mixed text/plain image/png )'],
      [{ text, calendar: 'BEGIN:VCALENDAR' }, '(alternative text/plain text/calendar )'],
      [
        {
          text,
          html,
          alternatives: [{ contentType: 'text/x-amp-html', content }],
          calendar: { content, method: 'cancel' },
          attachments: [
            { content, cid: 'a' },
            { content, filename: 'b.pdf' },
          ],
        },
        '(mixed (alternative text/plain (related text/html application/octet-stream ) text/x-amp-html text/calendar ) application/pdf )',
      ],
    ];
    for (const [options, shape] of table) assert.equal(shapeOf(composed(options)), shape);
  });

  it('name what they are', () => {
    const message = composed({
      html: '<img src="cid:logo">',
      attachments: [
        { content, cid: 'logo', filename: 'l.png' },
        { content, filename: 'naïve "1".txt' },
        { content, filename: 'a "b" c.csv', contentType: 'text/csv; header=present' },
        { path: join(FOLDER, 'x', 'report.pdf'), content: undefined },
      ].slice(0, 3) as Attachment[],
      calendar: { content, method: 'reply' },
    });
    assert.match(message, /\r\nContent-Disposition: inline; filename=l\.png\r\nContent-ID: <logo>\r\n/);
    assert.match(message, /\r\nContent-Disposition: attachment;\s+filename\*=utf-8''na%C3%AFve%20%221%22\.txt\r\n/);
    assert.match(message, /\r\nContent-Disposition: attachment; filename="a \\"b\\" c\.csv"\r\n/);
    assert.match(message, /\r\nContent-Type: text\/csv; header=present; charset=utf-8\r\n/);
    assert.match(message, /\r\nContent-Type: text\/calendar; charset=utf-8; method=REPLY\r\n/);
  });
});

describe('text', () => {
  it('travels as it can: 7bit, 8bit where that is taken, else quoted-printable or base64', () => {
    const table: [text: string | Buffer, narrow: string, wide: string][] = [
      ['plain\nlines\n', '7bit', '7bit'],
      ['', '7bit', '7bit'],
      ['a\ttab', '7bit', '7bit'],
      ['Grüße, and more of it\n', 'quoted-printable', '8bit'],
      ['Привет', 'base64', '8bit'],
      ['x'.repeat(998), '7bit', '7bit'],
      ['x'.repeat(999), 'quoted-printable', 'quoted-printable'],
      [`ü${'x'.repeat(998)}`, 'quoted-printable', 'quoted-printable'],
      [`${'x'.repeat(998)}\n${'y'.repeat(998)}`, '7bit', '7bit'],
      ['a nul \0 in more text', 'quoted-printable', 'quoted-printable'],
      [Buffer.from(Array.from({ length: 256 }, (_, i) => i)), 'base64', 'base64'],
    ];
    for (const [text, narrow, wide] of table) {
      for (const [eightBit, encoding] of [
        [false, narrow],
        [true, wide],
      ] as const) {
        const message = composed({ text }, eightBit);
        assert.deepEqual(
          fieldsOf(message, 'Content-Transfer-Encoding'),
          [encoding],
          JSON.stringify(String(text).slice(0, 40)),
        );
        for (const line of message.split('\r\n')) assert.ok(line.length <= 998);
        if (!eightBit) assert.match(message, /^[\x01-\x7f]*$/);
      }
    }
  });

  it('labels the multipart around it 8bit, too', () => {
    const wide = composed({ text: 'ü', attachments: [{ content: 'x' }] }, true);
    assert.deepEqual(fieldsOf(wide, 'Content-Transfer-Encoding'), ['8bit']);
    assert.equal(compose({ from: 'a@x.org', text: 'ü' }).prepare({ eightBit: true }) instanceof Promise, false);
  });

  it('leaves an attached message as it is, 7bit or 8bit, and refuses one that would have to be encoded', () => {
    const attached = (content: string, others: Partial<MailOptions> = {}) => ({
      from: 'a@x.org',
      text: 'see',
      attachments: [{ content, contentType: 'message/rfc822' }],
      ...others,
    });
    const inner = 'Subject: inner\n\n.text = text\n';
    const plain = composed(attached(inner));
    assert.ok(
      plain.includes('\r\nContent-Transfer-Encoding: 7bit\r\n\r\nSubject: inner\r\n\r\n.text = text\r\n\r\n--=_'),
      plain,
    );
    const wide = composed(attached(`${inner}ü`), true);
    assert.deepEqual(wide.match(/(?<=^Content-Transfer-Encoding: )\w+/gm), ['8bit', '7bit', '8bit']);
    assert.throws(() => composed(attached(`${inner}ü`)), { code: 'ERR_SMTP_8BIT', message: /^attachments\[0\]/ });
    assert.throws(() => composed(attached('x'.repeat(999)), true), { code: 'ERR_SMTP_8BIT', message: /998/ });
    const once = { source: source.string(inner), contentType: 'message/rfc822' };
    assert.throws(() => compose({ from: 'a@x.org', attachments: [once] }), ONCE);
  });

  it('has proper line ends, whatever it came with', () => {
    assert.ok(composed({ text: 'a\nb\rc\r\nd' }).endsWith('\r\n\r\na\r\nb\r\nc\r\nd'));
    assert.ok(composed({ text: 'ü\nabcdefghijklmnop' }).endsWith('=C3=BC\r\nabcdefghijklmnop=\r\n'));
    assert.ok(composed({ text: 'Привет\n' }).endsWith(`${Buffer.from('Привет\r\n').toString('base64')}\r\n`));
  });
});

describe('content', () => {
  const path = join(FOLDER, 'data.bin');
  const data = Buffer.from(Array.from({ length: 600_000 }, (_, i) => (i * i) & 255));
  writeFileSync(path, data);
  writeFileSync(join(FOLDER, 'text.txt'), 'Grüße von weit her, über die Berge\n'.repeat(10_000));
  const base64 = data.toString('base64').replace(/.{1,76}/g, '$&\r\n');

  it('may be bytes, a file, a source, or what opens one', async () => {
    const ways: Attachment[] = [
      { content: data },
      { path },
      { path: pathToFileURL(path) },
      { source: source.bytes(data) },
      { open: () => source.bytes(data) },
    ];
    for (const way of ways) assert.ok(composed({ attachments: [way] }).includes(`\r\n\r\n${base64}\r\n--=_`));
    const later: Source = async () => slow();
    const slow = source.bytes(data);
    const mail = compose({ from: 'a@x.org', attachments: [{ source: later }] });
    const chunks: Uint8Array[] = [];
    for await (const chunk of source.iterate(mail.source())) chunks.push(chunk);
    assert.ok(Buffer.concat(chunks).toString('latin1').includes(`\r\n\r\n${base64}\r\n--=_`));
  });

  it('is read when its turn comes, and a text from a file is looked at before', async () => {
    const opened: string[] = [];
    const open = (name: string, given: string) => () => {
      opened.push(name);
      return source.string(given);
    };
    const mail = compose({
      from: 'a@x.org',
      text: { open: open('text', 'ü, quoted') },
      attachments: [{ open: open('first', 'x'.repeat(200_000)) }, { open: open('second', 'y') }],
    });
    assert.equal(opened.length, 0);
    const prepared = await mail.prepare();
    assert.equal(opened.join(), 'text');
    const chunks = source.iterate(prepared.source)[Symbol.asyncIterator]();
    await chunks.next();
    assert.equal(opened.join(), 'text');
    while (opened.length < 3) await chunks.next();
    assert.equal(opened.join(), 'text,text,first');
    await chunks.return?.();
    assert.equal(opened.join(), 'text,text,first');
    assert.match(
      composed({ text: { path: join(FOLDER, 'text.txt') } }),
      /quoted-printable[\s\S]*Gr=C3=BC=C3=9Fe von weit her, =C3=BCber die Berge\r\n/,
    );
  });

  it('has a size, where that is known', () => {
    const prepared = (options: Partial<MailOptions>) => {
      const mail = compose({ from: 'a@x.org', ...options }).prepare();
      assert.ok(!(mail instanceof Promise) && 'size' in mail);
      return { size: mail.size, length: textOf(mail.source).length };
    };
    for (const length of [0, 1, 2, 3, 56, 57, 58, 113, 114, 115, 1000]) {
      const { size, length: real } = prepared({
        text: 'Grüße',
        attachments: [{ content: Buffer.alloc(length) }, { path }],
      });
      assert.equal(size, real);
    }
    assert.equal(prepared({ attachments: [{ source: source.empty() }] }).size, undefined);
  });

  it('that is read once is enough for an attachment, and too little for more', () => {
    const mail = compose({ from: 'a@x.org', attachments: [{ source: source.string('x') }] });
    textOf(mail.source());
    assert.throws(() => textOf(mail.source()), ONCE);
    assert.throws(() => compose({ from: 'a@x.org', text: { source: source.string('x') } }), ONCE);
    assert.throws(() => compose({ from: 'a@x.org', html: { source: source.string('x') } }), ONCE);
  });

  it('is given in one way', () => {
    for (const attachment of [
      {},
      { content: 'x', path },
      { path: '' },
      { path: 'a\0b' },
      { content: 5 },
      { source: 'x' },
      { open: 'x' },
    ]) {
      assert.throws(() => compose({ from: 'a@x.org', attachments: [attachment as Attachment] }), CODE);
    }
  });

  it('gives its error to the reader', () => {
    const mail = compose({ from: 'a@x.org', attachments: [{ path: join(FOLDER, 'none') }, { content: 'x' }] });
    assert.throws(() => textOf(mail.source()), { code: 'ENOENT' });
    const broken = compose({ from: 'a@x.org', text: { open: () => source.error(new Error('broken')) } });
    assert.throws(() => textOf(broken.source()), /broken/);
  });
});

describe('fields', () => {
  it('are those of the options', () => {
    const message = composed({
      sender: 'carol@example.com',
      replyTo: 'Desk <desk@example.com>',
      cc: [{ name: 'Jörg', address: 'jorg@example.com' }],
      bcc: 'secret@example.com',
      subject: 'A subject',
      date: new Date(Date.UTC(2026, 10, 7, 3, 4, 5)),
      messageId: 'one@example.com',
      inReplyTo: '<zero@example.com>',
      references: ['a@x', '<b@x>'],
      priority: 'high',
      list: { id: 'news.example.com', unsubscribe: ['https://x.org/u?a=1', 'mailto:u@x.org'], oneClick: true },
      headers: { 'X-One': 'é', 'X-Two': ['a', 'b'] },
    });
    for (const [name, ...values] of [
      ['Date', 'Sat, 07 Nov 2026 03:04:05 +0000'],
      ['Sender', 'carol@example.com'],
      ['Reply-To', 'Desk <desk@example.com>'],
      ['Cc', '=?UTF-8?B?SsO2cmc=?= <jorg@example.com>'],
      ['Bcc'],
      ['Subject', 'A subject'],
      ['Message-ID', '<one@example.com>'],
      ['In-Reply-To', '<zero@example.com>'],
      ['References', '<a@x> <b@x>'],
      ['Importance', 'high'],
      ['List-Id', '<news.example.com>'],
      ['List-Unsubscribe', '<https://x.org/u?a=1>, <mailto:u@x.org>'],
      ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'],
      ['X-One', '=?UTF-8?B?w6k=?='],
      ['X-Two', 'a', 'b'],
      ['MIME-Version', '1.0'],
    ] as const) {
      assert.deepEqual(fieldsOf(message, name), values, name);
    }
    assert.ok(!message.includes('secret'));
  });

  it('answers refer to what they answer', () => {
    assert.deepEqual(fieldsOf(composed({ inReplyTo: 'a@x' }), 'References'), ['<a@x>']);
  });

  it('are new where they have to be', () => {
    const [one, two] = [compose({ from: 'a@x.org' }), compose({ from: 'a@x.org' })];
    assert.match(one.messageId, /^<[0-9a-f]{30}@x\.org>$/);
    assert.notEqual(one.messageId, two.messageId);
    assert.deepEqual(fieldsOf(textOf(one.source()), 'Message-ID'), [one.messageId]);
    const date = Date.parse(fieldsOf(textOf(one.source()), 'Date')[0] as string);
    assert.ok(Math.abs(date - Date.now()) < 3_600_000);
  });

  it('write an international local part as it is, and a domain in ASCII', () => {
    const message = composed({ to: 'Jö <jö@bücher.example>' });
    assert.ok(
      Buffer.from(message, 'latin1').toString().includes('\r\nTo: =?UTF-8?B?SsO2?= <jö@xn--bcher-kva.example>\r\n'),
    );
  });

  it('are once in a message, and say what the message is', () => {
    for (const name of [
      'Subject',
      'subject',
      'From',
      'TO',
      'cc',
      'Bcc',
      'Date',
      'Message-ID',
      'Reply-To',
      'References',
      'Sender',
      'In-Reply-To',
    ]) {
      assert.throws(() => composed({ headers: { [name]: 'x' } }), { ...CODE, message: /^headers: / }, name);
    }
    for (const name of ['Content-Type', 'content-transfer-encoding', 'MIME-Version', 'DKIM-Signature']) {
      assert.throws(() => composed({ headers: { [name]: 'x' } }), CODE, name);
    }
    assert.throws(() => composed({ priority: 'low', headers: { 'x-priority': '1' } }), CODE);
  });

  it('name the option that is wrong', () => {
    const wrong: [options: object, message: RegExp][] = [
      [{ from: '' }, /^from: /],
      [{ from: 'a@x.org, b@x.org' }, /^sender: /],
      [{ from: 'T: a@x.org, b@x.org;' }, /^sender: /],
      [{ sender: 'a@x.org, b@x.org' }, /^sender: /],
      [{ to: 5 }, /^to: /],
      [{ to: [null] }, /^to: /],
      [{ to: { address: 'A <a@x.org>' } }, /^to: /],
      [{ to: { name: 'A' } }, /^to: /],
      [{ to: { name: 'A\r\nB', address: 'a@x.org' } }, /^to: /],
      [{ subject: 5 }, /^Subject: /],
      [{ date: new Date(Number.NaN) }, /^date: /],
      [{ messageId: 'a b' }, /^messageId: /],
      [{ references: 'a<b' }, /^references: /],
      [{ priority: 'urgent' }, /^priority: /],
      [{ list: { unsubscribe: 'javascript:x' } }, /^list.unsubscribe: /],
      [{ list: { unsubscribe: 'https://x.org/>,<x' } }, /^list.unsubscribe: /],
      [{ list: { unsubscribe: 'mailto:a@x.org', oneClick: true } }, /^list.oneClick: /],
      [{ list: { id: 'a b' } }, /^list.id: /],
      [{ text: 5 }, /^text: /],
      [{ attachments: 'x' }, /^attachments/],
      [{ attachments: [{ content: 'x', contentType: 'pdf' }] }, /^attachments\[0\].contentType: /],
      [{ attachments: [{ content: 'x', contentType: 'multipart/mixed' }] }, /^attachments\[0\].contentType: /],
      [{ attachments: [{ content: 'x', filename: 'a\r\nb' }] }, /^attachments\[0\].filename: /],
      [{ attachments: [{ content: 'x', cid: 'a b' }] }, /^attachments\[0\].cid: /],
      [{ alternatives: [{ content: 'x' }] }, /^alternatives\[0\].contentType: /],
      [{ calendar: { content: 'x', method: 'a;b' } }, /^calendar.method: /],
      [{ envelope: { from: 'x' } }, /^envelope.from: /],
    ];
    for (const [options, message] of wrong)
      assert.throws(() => composed(options), { ...CODE, message }, String(message));
    assert.throws(() => compose(null as never), CODE);
  });
});
