/** No argument of SMTP forges a command: on the wire stand the commands of one dialogue, whatever the arguments are. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FACES, MailServer } from './mail-server.ts';

const hostile = fc.oneof(
  fc.string({
    unit: fc.constantFrom('a', '@', '\r', '\n', '\0', ' ', '<', '>', '"', '.', '=', '+', 'é', '\\', 'x.org'),
    maxLength: 20,
  }),
  fc.constantFrom(
    'a@x.org>\r\nRCPT TO:<b@x.org',
    'a@x.org> SIZE=1',
    'a@x.org\nDATA',
    '"a\r\nDATA"@x.org',
    '.\r\nMAIL FROM:<a@x.org>',
    '\n.\nRCPT TO:<c@x.org>\n',
    '\r.\rDATA\r',
  ),
);

function or<T>(valid: T) {
  return fc.oneof({ arbitrary: fc.constant(valid), weight: 4 }, { arbitrary: hostile, weight: 1 });
}

const calls = fc.record({
  domain: or('me.example'),
  user: or('ann'),
  password: hostile,
  from: or('a@x.org'),
  to: fc.array(or('b@x.org'), { minLength: 1, maxLength: 3 }),
  content: hostile,
  id: or('one'),
});

const HELLO = '250-x\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250 AUTH PLAIN';
/** Each command, as a whole line. An address has no bracket and no blank outside of quotes. */
const ADDRESS = '(?:[^\\s<>"\\0]+|"(?:[^"\\\\\\0]|\\\\.)*"@[\\w.\\[\\]:-]+)';
const COMMANDS = [
  /^EHLO [\w.[\]:-]+$/,
  /^AUTH PLAIN [A-Za-z0-9+/=]+$/,
  new RegExp(`^MAIL FROM:<${ADDRESS}?>(?: (?:BODY=8BITMIME|SMTPUTF8|ENVID=[!-~]+))*$`),
  new RegExp(`^RCPT TO:<${ADDRESS}>(?: NOTIFY=NEVER| ORCPT=rfc822;[!-~]+)*$`),
  /^DATA$/,
  /^QUIT$/,
];

for (const face of FACES) {
  describe(`whatever is said, ${face.name} face`, () => {
    it('commands stay commands, and a message stays a message', async () => {
      let sent = 0;
      await fc.assert(
        fc.asyncProperty(calls, async ({ domain, user, password, from, to, content, id }) => {
          const server = new MailServer({ EHLO: HELLO, AUTH: '235 ok' });
          try {
            const session = await face.connect(server, { domain, user, password, tls: 'never' });
            await session.send({ envelope: { from, to }, content }, { reports: { notify: 'never', id } });
            await session.quit();
            sent++;
          } catch (error) {
            assert.equal((error as { code?: string }).code, 'ERR_INVALID_ARGUMENT', String((error as Error).stack));
          }
          for (const line of server.lines)
            assert.ok(
              COMMANDS.some((command) => command.test(line)),
              JSON.stringify(line),
            );
          const recipients = server.lines.filter((line) => line.startsWith('RCPT'));
          assert.ok(recipients.length <= to.length);
          assert.ok(server.messages.length <= 1);
          for (const message of server.messages) assert.doesNotMatch(message, /\r(?!\n)|(?<!\r)\n/);
        }),
        { numRuns: 800 },
      );
      assert.ok(sent > 50, `${sent} were sent`);
    });
  });
}
