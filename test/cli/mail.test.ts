/** `moonsocket mail`, run as a user runs it. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { needs } from '../peers/tools.ts';
import { MailServer, type Replies } from './mail-server.ts';
import { failed, Place, PROGRAM, silent } from './support.ts';
import { commandOnTerminal } from './terminal.ts';

const HEADING = ['mail', '--to', 'Bob <bob@example.org>', '--from', 'ann@example.com', '--subject', 'Grüße'];

function mailing(body: (server: MailServer, place: Place) => Promise<void>, replies: Replies = {}): Promise<void> {
  return MailServer.with((server) => Place.alone((place) => body(server, place)), replies);
}

describe('mail', () => {
  it('sends the standard input, without a word', () =>
    mailing(async (server, place) => {
      const copies = ['--cc', 'carol@example.org, dave@example.org', '--bcc', 'eve@example.net'];
      silent(await place.runWith({ input: 'Hello,\n.\nworld\n' }, ...HEADING, ...copies, '--server', server.at));
      const recipients = ['bob@example.org', 'carol@example.org', 'dave@example.org', 'eve@example.net'];
      assert.deepEqual(
        server.lines
          .filter((line) => /^(?:MAIL|RCPT)/.test(line))
          .map((line) => line.replace(/ (?:SIZE|BODY)=\S+/g, '')),
        ['MAIL FROM:<ann@example.com>', ...recipients.map((address) => `RCPT TO:<${address}>`)],
      );
      const [message = ''] = server.messages;
      assert.match(message, /^To: Bob <bob@example\.org>\r\n/m);
      assert.match(message, /^Subject: =\?UTF-8\?/m);
      assert.match(message, /\r\n\r\nHello,\r\n\.\.\r\nworld/);
      assert.doesNotMatch(message, /eve/);
    }));

  it('shows the message instead, and asks no server', () =>
    mailing(async (server, place) => {
      writeFileSync(place.path('page.html'), '<p>Hello</p>\n');
      writeFileSync(place.path('data.csv'), '1,2\n');
      const { status, output, errors } = await place.runWith(
        { input: 'Hello\n' },
        ...[...HEADING, '--bcc', 'eve@example.net', '--html', 'page.html', '--attach', 'data.csv', '-a', 'page.html'],
        ...['--dry-run', '--server', server.at],
      );
      assert.deepEqual([status, errors, server.lines], [0, '', []]);
      assert.match(String(output), /multipart\/mixed[\s\S]*multipart\/alternative[\s\S]*Hello\r\n[\s\S]*<p>Hello<\/p>/);
      assert.match(String(output), /Content-Type: text\/csv[\s\S]*filename=data\.csv[\s\S]*MSwyCg==/);
      assert.doesNotMatch(String(output), /eve/);
    }));

  it('names each recipient that was refused, and says whether the others have it', () =>
    mailing(
      async (server, place) => {
        const args = [...HEADING, '--cc', 'no@example.org', '--cc', 'later@example.org', '--server', server.at];
        const { status, output, errors } = await place.runWith({ input: 'x' }, ...args);
        assert.deepEqual([status, output.length], [3, 0]);
        assert.deepEqual(errors.split('\n'), [
          'moonsocket: no@example.org was refused: 550 5.1.1 nobody here',
          'moonsocket: later@example.org was refused for now: 450 4.2.1 greylisted',
          '',
        ]);
        assert.equal(server.messages.length, 1);
        const none = await place.runWith(
          { input: 'x' },
          ...['mail', '--to', 'no@example.org', '--from', 'a@b.example', '-s', 'x', '--server', server.at],
        );
        assert.equal(none.status, 1);
        assert.match(
          none.errors,
          /^moonsocket: no@\S+ was refused: 550 [^\n]*\nmoonsocket: the message was not sent: [^\n]*\n$/,
        );
      },
      { 'RCPT TO:<no@': '550 5.1.1 nobody\x1b here'.replace('\x1b', ''), 'RCPT TO:<later@': '450 4.2.1 greylisted' },
    ));

  it('says what the server says', () =>
    mailing(
      async (server, place) => {
        failed(await place.runWith({ input: 'x' }, ...HEADING, '--server', server.at), /554 5\.7\.1 \?\[2J spam/);
      },
      { '.': '554 5.7.1 \x1b[2J spam' },
    ));

  it('sends no password in clear', () =>
    mailing(async (server, place) => {
      const { status, errors } = await place.runWith(
        { input: 'x', env: { MOONSOCKET_SMTP: `smtp://ann:secret@${server.at}` } },
        ...HEADING,
      );
      assert.equal(status, 1);
      assert.match(errors, /^moonsocket: [^\n]*ERR_TLS_REQUIRED[^\n]*\n$/);
      assert.doesNotMatch(errors + server.lines.join(), /secret/);
    }));

  it('logs in by the password of the environment or of a file, without a warning, and shows none', () =>
    mailing(
      async (server, place) => {
        writeFileSync(place.path('secret'), 'from a file\n');
        const url = `smtp://${server.at}`;
        const login = [...HEADING, '--server', url, '--tls', 'never', '-u', 'ann'];
        silent(await place.runWith({ input: 'x', env: { MOONSOCKET_PASSWORD: 'from it' } }, ...login));
        silent(await place.runWith({ input: 'x' }, ...login, '--password-file', 'secret'));
        const sent = server.lines
          .filter((line) => line.startsWith('AUTH PLAIN'))
          .map((line) => line.split(' ')[2] ?? '');
        assert.deepEqual(
          sent.map((text) => String(Buffer.from(text, 'base64'))),
          ['\0ann\0from it', '\0ann\0from a file'],
        );
        const shown = await place.runWith({ input: 'x' }, ...login, '--password-file', 'secret', '-v');
        assert.equal(shown.status, 0);
        assert.match(
          shown.errors,
          /^< 220 mail\.example\n> EHLO [\s\S]*\n> AUTH PLAIN \*+\n< 235[\s\S]*\n> QUIT\n< 221 bye\n$/,
        );
        assert.ok(!shown.errors.includes(sent[1] as string));
      },
      { EHLO: '250-mail.example\r\n250 AUTH PLAIN', AUTH: '235 welcome' },
    ));

  it('says before it asks for a text what cannot be', () =>
    mailing(async (server, place) => {
      mkdirSync(place.path('folder'));
      const { status, errors } = await place.run(...HEADING, '--attach', 'folder');
      assert.equal(status, 1);
      assert.match(errors, /folder is no file/);
      for (const [args, message] of [
        [['mail'], /^moonsocket: mail has no recipient: --to ADDRESS; moonsocket mail --help says more\n$/],
        [['mail', '--to', 'a@b.example'], /no sender: --from/],
        [['mail', '--to', 'a@b.example', '--from', 'a@b.example'], /no subject: --subject/],
        [[...HEADING, 'bob@example.org'], /mail takes options alone/],
        [[...HEADING, '--cc', 'nobody'], /^moonsocket: [^\n]*nobody/],
        [[...HEADING, '--cc', 'a@b.example\r\nBcc: c@d.example'], /control/],
        [[...HEADING, '--server', 'http://127.0.0.1/'], /the URL begins with smtp:\/\//],
        [[...HEADING, '--server', server.at, '--tls', 'some'], /the mode of tls is/],
      ] as const) {
        const wrong = await place.runWith({ input: 'x' }, ...args);
        assert.equal(wrong.status, 2, wrong.errors);
        assert.match(wrong.errors, message);
      }
      failed(await place.runWith({ input: Buffer.from([0xe9]) }, ...HEADING), /the text is not UTF-8/);
      assert.deepEqual(server.lines, []);
    }));

  it('shows how far a large one is, on a terminal', needs('python3'), () =>
    mailing(async (server, place) => {
      writeFileSync(place.path('large'), Buffer.alloc(2_000_000));
      const command = [process.execPath, PROGRAM, ...HEADING, '--server', server.at];
      const shell = (more: string): readonly string[] => ['sh', '-c', `echo x | "$0" "$@" ${more}`, ...command];
      const { status, text } = await commandOnTerminal(place, {}, ...shell('--attach large'));
      assert.equal(status, 0, text);
      assert.match(text, /100%.* {2}2\.6 MiB of 2\.6 MiB/);
      const small = await commandOnTerminal(place, {}, ...shell(''));
      assert.deepEqual([small.status, small.text], [0, '']);
    }),
  );
});
