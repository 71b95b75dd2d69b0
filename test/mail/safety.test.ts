/** No argument of a message forges a line: each is refused with the error for arguments, or stands in its own field. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compose, type MailOptions, type Message, message } from '../../src/entry/mail.ts';
import { textOf } from './support.ts';

const { privateKey } = generateKeyPairSync('ed25519');

const NAMES = new Set([
  ...['Date', 'From', 'Sender', 'Reply-To', 'To', 'Cc', 'Subject', 'Message-ID', 'In-Reply-To', 'References'],
  ...['Importance', 'X-Priority', 'List-Id', 'List-Unsubscribe', 'List-Help', 'X-Test', 'MIME-Version'],
  ...['DKIM-Signature', 'Content-Type', 'Content-Transfer-Encoding', 'X-Mailer'],
]);

/** Text with what means something to mail, in the middle of what does not. */
const hostile = fc.oneof(
  fc.string({
    unit: fc.constantFrom('a', '@', '\r', '\n', '\0', ' ', '<', '>', '"', ',', ':', ';', '.', '(', '\\', 'é', '=?'),
    maxLength: 30,
  }),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    'a@x.org\r\nBcc: b@x.org',
    'a\nX: y',
    '\r\n\r\nbody',
    'a\r\n .\r\n',
    '<a@x.org>\r\nRCPT TO:<b@x.org>',
    'x'.repeat(2000),
  ),
);

/** A valid argument, or a hostile one. */
function or<T>(valid: T) {
  return fc.oneof({ arbitrary: fc.constant(valid), weight: 40 }, { arbitrary: hostile, weight: 1 });
}

const options = fc.record({
  from: or('a@x.org'),
  sender: or('s@x.org'),
  replyTo: or('r@x.org'),
  to: fc.oneof(
    or('a@x.org'),
    fc.record({ name: or('n'), address: or('a@x.org') }),
    fc.record({ name: or('n'), group: fc.constant([]) }),
  ),
  cc: or('c@x.org'),
  bcc: or('b@x.org'),
  subject: or('subject'),
  messageId: or('a@b'),
  inReplyTo: or('a@b'),
  references: or('a@b'),
  text: hostile,
  html: hostile,
  list: fc.record({ id: or('a.b'), unsubscribe: or('mailto:a@x.org'), help: or('https://x.org') }),
  headers: fc.dictionary(or<string>('X-Test'), or<string>('x'), { maxKeys: 2 }),
  attachments: fc.array(
    fc.record({ content: hostile, filename: or('f'), cid: or('a'), contentType: or('text/plain') }),
    { maxLength: 2 },
  ),
  calendar: fc.record({ content: hostile, method: or('REQUEST') }),
  date: fc.oneof(fc.constant(new Date(0)), fc.constant(new Date(Number.NaN)), fc.date({ noInvalidDate: false })),
  priority: or('high'),
  alternatives: fc.array(fc.record({ content: hostile, contentType: or('text/x-amp-html') }), { maxLength: 2 }),
  envelope: fc.record({ from: or('bounce@x.org'), to: fc.array(or('e@x.org'), { maxLength: 2 }) }),
  dkim: fc.option(
    fc.record({
      domain: or('x.org'),
      selector: or('s1'),
      privateKey: fc.constant(privateKey),
      canonicalization: or('simple/relaxed'),
      headers: fc.tuple(fc.constant('From'), or('Subject')),
    }),
    { nil: undefined },
  ),
});

/** Nothing, for an error about an argument. */
function attempt<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'ERR_INVALID_ARGUMENT', String((error as Error).stack));
    return undefined;
  }
}

function assertClean(text: string, others: readonly string[] = []): void {
  assert.doesNotMatch(text, /\r(?!\n)|(?<!\r)\n|\0/);
  const head = text.slice(0, text.indexOf('\r\n\r\n')).replace(/\r\n(?=[ \t])/g, '');
  const names = head.split('\r\n').map((line) => line.slice(0, line.indexOf(':')));
  for (const name of names) assert.ok(NAMES.has(name) || others.includes(name), name);
  assert.equal(new Set(names).size, names.length);
  for (const line of text.split('\r\n')) assert.ok(line.length <= 998);
}

describe('whatever is said', () => {
  it('a message has its own fields and no others', () => {
    let made = 0;
    let signed = 0;
    fc.assert(
      fc.property(options, (given) => {
        const mail: Message | undefined = attempt(() => compose(given as MailOptions));
        if (mail === undefined) return;
        made++;
        assertClean(textOf(mail.source()), Object.keys(given.headers));
        if (given.dkim !== undefined) signed++;
        for (const address of [mail.envelope.from || 'none@x.org', ...mail.envelope.to]) {
          assert.match(address, /^(?:[^\s<>"]+|"(?:[^"\\\r\n\0]|\\.)*")@(?:[\w.-]+|\[[!-~]+\])$/);
        }
      }),
      { numRuns: 1000 },
    );
    assert.ok(made > 100 && signed > 30, `${made} were made, ${signed} signed`);
  });

  it('each option alone stands in its own field', () => {
    const alone = fc.constantFrom(
      'from',
      'to',
      'cc',
      'bcc',
      'replyTo',
      'sender',
      'subject',
      'messageId',
      'references',
      'inReplyTo',
      'text',
      'html',
      'date',
      'priority',
      'calendar',
      'dkim.domain',
      'dkim.selector',
      'dkim.canonicalization',
      'dkim.headers',
      'envelope.from',
      'envelope.to',
    );
    fc.assert(
      fc.property(alone, hostile, (name, value) => {
        const [option = '', part] = name.split('.');
        const whole = {
          dkim: { domain: 'x.org', selector: 's', privateKey },
          envelope: { from: 'a@x.org', to: 'b@x.org' },
        };
        const given =
          part === undefined
            ? value
            : { ...whole[option as 'dkim'], [part]: part === 'headers' ? ['from', value] : value };
        const mail = attempt(() => compose({ from: 'a@x.org', [option]: given } as MailOptions));
        if (mail === undefined) return;
        assertClean(textOf(mail.source()));
        for (const address of [mail.envelope.from, ...mail.envelope.to]) assert.doesNotMatch(address, /[\r\n\0<>]/);
      }),
      { numRuns: 1000 },
    );
  });

  it("LuaSocket's shape refuses the same", () => {
    fc.assert(
      fc.property(or('X-Test'), hostile, (name, value) => {
        const source = attempt(() => message({ headers: { [name]: value }, body: 'x' }));
        if (source !== undefined && name === 'X-Test') assertClean(textOf(source));
      }),
      { numRuns: 1000 },
    );
    for (const value of ['a\r\nb', 'a\nb', 'a\rb', 'a\0b']) {
      assert.throws(() => message({ headers: { subject: value }, body: '' }), { code: 'ERR_INVALID_ARGUMENT' });
      assert.throws(() => message({ body: { parts: [{ headers: { subject: value }, body: '' }] } }), {
        code: 'ERR_INVALID_ARGUMENT',
      });
    }
  });
});
