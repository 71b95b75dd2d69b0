/** Signatures: the canonical forms of RFC 6376, in pieces; what is signed, and what is refused. */
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { source } from '../../src/entry/ltn12.ts';
import { compose, type DkimOptions } from '../../src/entry/mail.ts';
import { BodyHash, type Canonicalization, canonicalField } from '../../src/mail/canonical.ts';
import { cut } from '../mime/support.ts';
import { composed, fieldsOf, textOf } from './support.ts';

const { privateKey } = generateKeyPairSync('ed25519');
const DKIM: DkimOptions = { domain: 'example.com', selector: 's1', privateKey };

function canonicalBody(form: Canonicalization, body: string, size: number): string {
  const pieces: Buffer[] = [];
  const hash = new BodyHash(form, { update: (bytes) => pieces.push(Buffer.from(bytes)), digest: () => '' });
  for (const piece of cut(Buffer.from(body, 'latin1'), size)) hash.push(piece);
  hash.digest();
  return Buffer.concat(pieces).toString('latin1');
}

/** Sections 3.4.3 and 3.4.4, said with patterns. */
const BY_THE_BOOK: Record<Canonicalization, (body: string) => string> = {
  simple: (body) => `${body.replace(/(?:\r\n)+$/, '')}\r\n`,
  relaxed: (body) => {
    const text = body
      .replace(/[ \t]+(?=\r\n|$)/g, '')
      .replace(/[ \t]+/g, ' ')
      .replace(/(?:\r\n)+$/, '');
    return text === '' ? '' : `${text}\r\n`;
  },
};

describe('canonical forms', () => {
  it('are those of the examples (RFC 6376, section 3.4.5)', () => {
    const body = ' C \r\nD \t E\r\n\r\n\r\n';
    for (const size of [1, 2, 7, 100]) {
      assert.equal(canonicalBody('relaxed', body, size), ' C\r\nD E\r\n');
      assert.equal(canonicalBody('simple', body, size), ' C \r\nD \t E\r\n');
    }
    assert.equal(canonicalField('A: X\r\n', 'relaxed'), 'a:X\r\n');
    assert.equal(canonicalField('B : Y\t\r\n\tZ  \r\n'.replace('B ', 'B'), 'relaxed'), 'b:Y Z\r\n');
    assert.equal(canonicalField('B: Y\t\r\n\tZ  \r\n', 'simple'), 'B: Y\t\r\n\tZ  \r\n');
  });

  it('are those of any body, in any pieces', () => {
    const body = fc.string({ unit: fc.constantFrom('\r\n', ' ', '\t', 'a', '.'), maxLength: 40 });
    for (const form of ['simple', 'relaxed'] as const) {
      fc.assert(
        fc.property(body, fc.integer({ min: 1, max: 9 }), (text, size) => {
          assert.equal(canonicalBody(form, text, size), BY_THE_BOOK[form](text));
        }),
      );
    }
  });

  it('of an empty body have the hashes of section 3.4', () => {
    const hash = (form: Canonicalization) => {
      const sha = createHash('sha256');
      return new BodyHash(form, sha).digest();
    };
    assert.equal(hash('simple'), 'frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=');
    assert.equal(hash('relaxed'), '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=');
  });
});

describe('a signature', () => {
  it('names the fields that are there, and From once more', () => {
    const [field] = fieldsOf(composed({ dkim: DKIM, subject: 'x', headers: { 'X-Other': 'y' } }), 'DKIM-Signature');
    const tags = Object.fromEntries(
      (field as string).split(/; /).map((tag) => [tag.slice(0, tag.indexOf('=')), tag.slice(tag.indexOf('=') + 1)]),
    );
    assert.equal(tags.a, 'ed25519-sha256');
    assert.equal(tags.d, 'example.com');
    assert.deepEqual((tags.h as string).split(': ').sort(), [
      ...[
        'Content-Transfer-Encoding',
        'Content-Type',
        'Date',
        'From',
        'From',
        'MIME-Version',
        'Message-ID',
        'Subject',
        'To',
      ],
    ]);
  });

  it('may be several', () => {
    const message = composed({ dkim: [DKIM, { ...DKIM, selector: 's2', canonicalization: 'simple/simple' }] });
    assert.deepEqual(
      fieldsOf(message, 'DKIM-Signature').map((field) => /; s=(\w+)/.exec(field)?.[1]),
      ['s1', 's2'],
    );
  });

  it('makes a message 7bit, which nobody has to encode again', () => {
    assert.match(composed({ dkim: DKIM, text: 'Grüße' }, true), /^[\x01-\x7f]*$/);
  });

  it('wants contents that can be read twice, and gives a source that has changed away', () => {
    const once = { content: undefined, source: source.string('x') };
    assert.throws(() => composed({ dkim: DKIM, attachments: [once] }), {
      code: 'ERR_MAIL_SOURCE',
      message: /^attachments\[0\]: /,
    });
    for (const step of [10, -10]) {
      let length = 100;
      const changing = () => {
        length += step;
        return source.string('x'.repeat(length));
      };
      const changed = compose({ from: 'a@x.org', dkim: DKIM, attachments: [{ open: changing }] });
      assert.throws(() => textOf(changed.source()), { code: 'ERR_MAIL_SOURCE' });
    }
  });

  it('refuses keys and names that are none, and says nothing of a key', () => {
    const wrong: Partial<Record<keyof DkimOptions, unknown>>[] = [
      { domain: 'a b' },
      { domain: 'x.org; t=1' },
      { selector: '' },
      { selector: 's\r\n' },
      { canonicalization: 'loose' },
      { headers: ['Subject'] },
      { privateKey: 'secret' },
      { privateKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey },
      { privateKey: undefined },
    ];
    for (const part of wrong) {
      assert.throws(
        () => composed({ dkim: { ...DKIM, ...part } as DkimOptions }),
        (error: Error & { code?: string }) =>
          error.code === 'ERR_INVALID_ARGUMENT' && /^dkim\./.test(error.message) && !error.message.includes('secret'),
        JSON.stringify(Object.keys(part)),
      );
    }
  });
});
