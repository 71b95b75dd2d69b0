/** Addresses: what is read as what, what is refused, and that time grows with the length. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compose, parseAddresses } from '../../src/entry/mail.ts';
import { assertLinear } from '../core/linear.ts';
import { composed, fieldsOf } from './support.ts';

const CODE = { code: 'ERR_INVALID_ARGUMENT' };

describe('parseAddresses', () => {
  it('reads what people write', () => {
    const table: [text: string, result: object[]][] = [
      ['joe@example.com', [{ address: 'joe@example.com' }]],
      ['<joe@example.com>', [{ address: 'joe@example.com' }]],
      ['Joe <joe@example.com>', [{ name: 'Joe', address: 'joe@example.com' }]],
      ['"Bloggs, Joe" <joe@example.com>', [{ name: 'Bloggs, Joe', address: 'joe@example.com' }]],
      ['John Q. Public <j@x.org>', [{ name: 'John Q. Public', address: 'j@x.org' }]],
      ['"a \\"b\\" \\\\" <j@x.org>', [{ name: 'a "b" \\', address: 'j@x.org' }]],
      ['joe@x.org (Joe (the one) Bloggs)', [{ name: 'Joe (the one) Bloggs', address: 'joe@x.org' }]],
      ['=?utf-8?Q?J=C3=B6?= <j@x.org>', [{ name: 'Jö', address: 'j@x.org' }]],
      ['Jörg <j@x.org>', [{ name: 'Jörg', address: 'j@x.org' }]],
      ['"joe bloggs"@x.org', [{ address: '"joe bloggs"@x.org' }]],
      ['"joe"@x.org', [{ address: 'joe@x.org' }]],
      ['a..b@x.org', [{ address: '"a..b"@x.org' }]],
      ['"a@b"@x.org', [{ address: '"a@b"@x.org' }]],
      ['joe@[192.0.2.1]', [{ address: 'joe@[192.0.2.1]' }]],
      ['joe@[IPv6:2001:db8::1]', [{ address: 'joe@[IPv6:2001:db8::1]' }]],
      ['joe@bücher.example', [{ address: 'joe@xn--bcher-kva.example' }]],
      ['joe@BÜCHER.example', [{ address: 'joe@xn--bcher-kva.example' }]],
      ['jö@x.org', [{ address: 'jö@x.org' }]],
      ['a@x.org, , b@x.org,', [{ address: 'a@x.org' }, { address: 'b@x.org' }]],
      ['', []],
      [
        'Team: a@x.org, B <b@x.org>;',
        [{ name: 'Team', group: [{ address: 'a@x.org' }, { name: 'B', address: 'b@x.org' }] }],
      ],
      ['undisclosed recipients:;', [{ name: 'undisclosed recipients', group: [] }]],
      ['T: a@x.org;, c@x.org', [{ name: 'T', group: [{ address: 'a@x.org' }] }, { address: 'c@x.org' }]],
      ['joe@x.org\r\n (folded)', [{ name: 'folded', address: 'joe@x.org' }]],
    ];
    for (const [text, result] of table) assert.deepEqual(parseAddresses(text), result, text);
  });

  it('refuses what is no address, with the option that had it', () => {
    for (const text of [
      'joe',
      'joe@',
      '@x.org',
      'joe@x.org extra',
      'joe bloggs@x.org',
      '<joe@x.org',
      'joe@x.org>',
      '"joe@x.org',
      '(joe@x.org',
      'joe@a@b',
      'joe@-x.org',
      'joe@x..org',
      'joe@x.org; ann@x.org',
      'Team: a@x.org',
      ': a@x.org;',
      'joe@[1.2.3.4',
      'joe@１.2.3.4',
      'joe@ü/x',
      'joe@a\u00adü%2e',
      '<>',
      'a\\b@x.org',
      `${'a'.repeat(65)}@x.org`,
      `a@${'b.'.repeat(128)}org`,
      '"a\rb"@x.org',
      '"a\0b"@x.org',
      '\ud800@x.org',
    ]) {
      assert.throws(() => parseAddresses(text, 'to'), { ...CODE, message: /^to: / }, JSON.stringify(text));
    }
  });

  it('takes what is as long as it may be', () => {
    const domain = Array.from({ length: 4 }, () => 'd'.repeat(63)).join('.');
    for (const address of [`${'a'.repeat(64)}@x.org`, `a@${domain}`])
      assert.deepEqual(parseAddresses(address), [{ address }]);
    assert.throws(() => parseAddresses(`a@${domain}.d`), CODE);
  });

  it('takes time in proportion to the length', () => {
    for (const unit of ['(', '"', '\\', ',', 'a ', '<', 'a@b,', ':', '=?', ' ', '[', '((', 'a:b@c;', '"\\']) {
      assertLinear((length) => {
        try {
          parseAddresses(unit.repeat(length / unit.length));
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'ERR_INVALID_ARGUMENT');
        }
      }, 30_000);
    }
  });

  it('reads back what a message says, whatever the names are', () => {
    const name = fc.string({ unit: 'binary', maxLength: 80 }).map((text) =>
      Buffer.from(text.replace(/\p{Cc}/gu, ''))
        .toString()
        .trim(),
    );
    const local = fc.string({
      unit: fc.constantFrom('a', '.', ' ', '"', '\\', '@', '(', ',', '<'),
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(name, local), { minLength: 1, maxLength: 5 }), (pairs) => {
        const to = pairs.map(([shown, part]) => ({
          name: shown,
          address: `"${part.replace(/["\\]/g, '\\$&')}"@x.org`,
        }));
        const read = parseAddresses(fieldsOf(composed({ to }), 'To')[0] as string);
        assert.deepEqual(
          read.map((entry) => ('address' in entry ? [entry.name ?? '', entry.address] : [])),
          to.map(({ name: shown, address }) => [
            shown.replace(/[ \t\r\n]+$/, ''),
            (parseAddresses(address)[0] as { address: string }).address,
          ]),
        );
      }),
    );
  });
});

describe('the envelope', () => {
  it('has each recipient once, those of groups and bcc too', () => {
    const { envelope } = compose({
      from: 'Ann <ann@example.com>',
      to: ['a@x.org, b@x.org', { name: 'T', group: [{ address: 'c@x.org' }] }],
      cc: 'a@x.org',
      bcc: [{ name: 'D', address: 'd@x.org' }],
    });
    assert.deepEqual(envelope, { from: 'ann@example.com', to: ['a@x.org', 'b@x.org', 'c@x.org', 'd@x.org'] });
  });

  it('is the one that is given', () => {
    const { envelope } = compose({ from: 'a@x.org', to: 'b@x.org', envelope: { from: '', to: ['c@x.org'] } });
    assert.deepEqual(envelope, { from: '', to: ['c@x.org'] });
  });

  it('says whether it needs SMTPUTF8', () => {
    assert.equal(compose({ from: 'jö@x.org' }).smtpUtf8, true);
    assert.equal(compose({ from: 'Jö <jo@ü.org>' }).smtpUtf8, false);
    assert.equal(compose({ from: 'a@x.org', bcc: 'jö@x.org' }).smtpUtf8, false);
  });
});
