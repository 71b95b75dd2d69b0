/** Python's email finds in a message what went in, without a defect; Python's dkim verifies its signatures. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Attachment, compose, type DkimOptions, type MailOptions, parseAddresses } from '../../src/entry/mail.ts';
import { textOf } from '../mail/support.ts';
import { needs } from './tools.ts';

interface Look {
  readonly error?: string;
  readonly subject: string;
  readonly from: [string, string][];
  readonly to: [string, string][];
  readonly test: string;
  readonly date: number;
  readonly defects: string[];
  readonly parts: {
    readonly type: string;
    readonly filename: string | null;
    readonly disposition: string | null;
    readonly cid: string | null;
    readonly charset: string | null;
    readonly content: string;
  }[];
}

/** Debian's Python, which has Debian's modules. */
function asked<T>(jobs: readonly object[]): T[] {
  const input = jobs.map((job) => `${JSON.stringify(job)}\n`).join('');
  const { stdout, stderr } = spawnSync('/usr/bin/python3', ['test/peers/mail.py'], {
    input,
    maxBuffer: 1 << 28,
    encoding: 'utf8',
  });
  assert.equal(stderr, '');
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}

function job(options: MailOptions, eightBit: boolean): { message: string } {
  return { message: Buffer.from(textOf(compose(options).source({ eightBit })), 'latin1').toString('base64') };
}

const SPECIAL = ['a', 'B', ' ', 'é', '日', '😀', '"', '\\', ',', '@', '(', ';', '=', '?', '_', '%', "'", '*', '.', '-'];
/** What a reader can find again: Unicode calls some characters blanks, which Python strips at the ends and splits at. */
const shownText = fc
  .oneof(
    fc.string({ unit: fc.constantFrom(...SPECIAL), maxLength: 120 }),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.string({ unit: fc.constantFrom('word ', 'é ', 'x'), maxLength: 200 }),
  )
  .map((text) => text.replace(/[\p{Cc}\u2028\u2029\p{Cs}]/gu, '').trim());
const body = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', ' ', '.', '\r\n', 'é', '=', '\t', 'From ', '--', '日'), maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 100 }).map((text) => text.replace(/[\r\n]/g, '\r\n')),
  fc.constantFrom('', '\r\n', '.', '.\r\n', 'x'.repeat(2000), `é${'y'.repeat(1200)}`),
);
const local = fc.string({ unit: fc.constantFrom('a', 'b', '.', '+', '-', '_', '!'), minLength: 1, maxLength: 20 });
/** Python makes one blank of several in a name. */
const mailbox = fc.record({
  name: shownText.map((text) => text.replace(/\s+/g, ' ')),
  address: local.map((part) => `x${part.replace(/\.+/g, '.')}x@example.com`),
});
const letter = fc.record({
  from: mailbox,
  to: fc.array(mailbox, { minLength: 1, maxLength: 6 }),
  subject: shownText,
  test: shownText,
  text: fc.option(body, { nil: undefined }),
  html: fc.option(body, { nil: undefined }),
  files: fc.array(
    fc.record({
      content: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      filename: shownText.filter((text) => text !== ''),
      cid: fc.option(fc.constantFrom('one', 'two@x.org'), { nil: undefined }),
    }),
    { maxLength: 3 },
  ),
  eightBit: fc.boolean(),
});

describe("Python's email", needs('python3'), () => {
  it('finds what went in, without a defect', () => {
    const letters = fc.sample(letter, { numRuns: 400, seed: 322 });
    const date = new Date('2026-11-27T21:07:08Z');
    const looks = asked<Look>(
      letters.map(({ from, to, subject, test, text, html, files, eightBit }) =>
        job(
          { from, to, subject, text, html, date, headers: { 'X-Test': test }, attachments: files as Attachment[] },
          eightBit,
        ),
      ),
    );
    assert.equal(looks.length, letters.length);
    for (const [index, look] of looks.entries()) {
      const given = letters[index] as (typeof letters)[number];
      const context = JSON.stringify({ given, look }, null, 1);
      assert.equal(look.error, undefined, context);
      assert.deepEqual(look.defects, [], context);
      assert.equal(look.subject, given.subject, context);
      assert.equal(look.test, given.test, context);
      assert.equal(look.date, date.getTime() / 1000);
      assert.deepEqual(look.from, [[given.from.name, given.from.address]], context);
      assert.deepEqual(
        look.to,
        given.to.map(({ name, address }) => [name, address]),
        context,
      );
      const texts = [given.text, given.html].filter((text) => text !== undefined);
      if (texts.length === 0) texts.push('');
      const parts = look.parts.filter(({ disposition }) => disposition === null);
      assert.deepEqual(
        parts.map(({ content }) => Buffer.from(content, 'base64').toString()),
        texts.map((text) => Buffer.from(text).toString()),
        context,
      );
      const inlineFirst = [...given.files].sort((a, b) => Number(isInline(given, b)) - Number(isInline(given, a)));
      const found = look.parts.filter(({ disposition }) => disposition !== null);
      assert.deepEqual(
        found.map(({ filename, content, disposition, cid }) => [filename, content, disposition, cid]),
        inlineFirst.map((file) => [
          file.filename,
          file.content.toString('base64'),
          isInline(given, file) ? 'inline' : 'attachment',
          file.cid === undefined ? null : `<${file.cid}>`,
        ]),
        context,
      );
    }
  });

  function isInline({ html }: { html: string | undefined }, { cid }: { cid: string | undefined }): boolean {
    return html !== undefined && cid !== undefined;
  }

  it('reads the same addresses', () => {
    const lists = [
      'Joe <joe@x.org>, "Bloggs, Ann" <ann@x.org>, carol@x.org',
      'Team: a@x.org, B <b@x.org>;, c@x.org',
      'undisclosed:;',
      '"a b"@x.org, a@[192.0.2.1]',
    ];
    const looks = asked<Look>(lists.map((to) => job({ from: 'a@x.org', to, text: '' }, false)));
    for (const [index, to] of lists.entries()) {
      const ours = parseAddresses(to).flatMap((entry) => ('group' in entry ? entry.group : [entry]));
      assert.deepEqual(looks[index]?.defects, []);
      assert.deepEqual(
        looks[index]?.to,
        ours.map(({ name = '', address }) => [name, address]),
        to,
      );
    }
  });
});

describe("Python's dkim", needs('python3-dkim'), () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ed25519 = generateKeyPairSync('ed25519');
  const keys = {
    'r._domainkey.example.com.': `v=DKIM1; k=rsa; p=${spki(rsa.publicKey).toString('base64')}`,
    // RFC 8463, section 4: the key itself, without the 12 octets that say what it is.
    'e._domainkey.example.com.': `v=DKIM1; k=ed25519; p=${spki(ed25519.publicKey).subarray(12).toString('base64')}`,
  };
  function spki(key: KeyObject): Buffer {
    return key.export({ type: 'spki', format: 'der' });
  }
  const signers: DkimOptions[] = (
    ['simple/simple', 'simple/relaxed', 'relaxed/simple', 'relaxed/relaxed'] as const
  ).flatMap((canonicalization) => [
    { domain: 'example.com', selector: 'r', privateKey: rsa.privateKey, canonicalization },
    {
      domain: 'example.com',
      selector: 'e',
      privateKey: ed25519.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      canonicalization,
    },
  ]);

  it('verifies what was signed, in every form, with both kinds of keys', () => {
    const letters = fc.sample(letter, { numRuns: 24, seed: 6376 });
    const jobs = letters.map(({ from, to, subject, text, html, files }, index) => ({
      ...job(
        {
          from,
          to,
          subject,
          text,
          html,
          attachments: files as Attachment[],
          dkim: [signers[index % 8] as DkimOptions, signers[(index + 3) % 8] as DkimOptions],
        },
        true,
      ),
      keys,
    }));
    for (const answer of asked<boolean[]>(jobs)) assert.deepEqual(answer, [true, true]);
  });

  it('verifies a field that is there several times', () => {
    const jobs = signers.map((dkim) => ({
      ...job(
        {
          from: 'a@example.com',
          to: 'b@x.org',
          text: 'two',
          headers: { 'X-Twice': ['one', 'two'] },
          dkim: { ...dkim, headers: ['From', 'X-Twice', 'X-Twice'] },
        },
        false,
      ),
      keys,
    }));
    for (const answer of asked<boolean[]>(jobs)) assert.deepEqual(answer, [true]);
  });

  it('does not verify what was changed', () => {
    const [dkim] = signers.slice(-1);
    const { message } = job(
      { from: 'a@example.com', to: 'b@x.org', subject: 'one', text: 'two', dkim: dkim as DkimOptions },
      false,
    );
    const text = Buffer.from(message, 'base64').toString('latin1');
    const forged = [
      text,
      text.replace('Subject: one', 'Subject: two'),
      text.replace('\r\ntwo', '\r\nsix'),
      text.replace('From: ', 'From: c@x.org\r\nFrom: '),
    ];
    const answers = asked<boolean[] | { error: string }>(
      forged.map((changed) => ({ message: Buffer.from(changed, 'latin1').toString('base64'), keys })),
    );
    assert.deepEqual(
      answers.map((answer) => Array.isArray(answer) && answer[0] === true),
      [true, false, false, false],
    );
  });
});
