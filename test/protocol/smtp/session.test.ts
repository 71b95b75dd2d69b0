/** Sessions of SMTP in both faces, with a server that answers in pieces: what is said, in which order, in how many writes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ENDED, type Outcome } from '../../../src/core/errors.ts';
import { source } from '../../../src/entry/ltn12.ts';
import { compose, message } from '../../../src/entry/mail.ts';
import type { RawMail } from '../../../src/entry/smtp.ts';
import { CLOSE, FACES, MailServer, SILENCE } from './mail-server.ts';

const PLAIN_SERVER = '250-mail.example\r\n250 8BITMIME';
const ENVELOPE = { from: 'a@x.org', to: ['b@x.org', '<c@x.org>'] };
const raw = (content: string | Buffer, to: readonly string[] = ENVELOPE.to): RawMail => ({
  envelope: { ...ENVELOPE, to },
  content,
});

for (const face of FACES) {
  describe(`smtp, ${face.name} face`, () => {
    for (const size of [1, 2, 7, 1000]) {
      it(`sends a mail and says goodbye (301; pieces of ${size})`, async () => {
        const server = new MailServer({}, size);
        const session = await face.connect(server);
        const mail = compose({
          from: 'Ann <a@x.org>',
          to: 'b@x.org',
          bcc: 'c@x.org',
          subject: 'Hi',
          text: '.one\ntwo',
        });
        const result = await session.send(mail);
        assert.deepEqual(
          { ...result, size: undefined },
          {
            messageId: mail.messageId,
            accepted: ['b@x.org', 'c@x.org'],
            rejected: [],
            reply: { code: 250, enhanced: '2.0.0', text: '2.0.0 queued as 4711' },
            size: undefined,
          },
        );
        await session.quit();
        assert.deepEqual(server.lines, [
          'EHLO localhost',
          'MAIL FROM:<a@x.org>',
          'RCPT TO:<b@x.org>',
          'RCPT TO:<c@x.org>',
          'DATA',
          'QUIT',
        ]);
        assert.equal(server.writes, 4); // EHLO, the envelope, the message, QUIT
        assert.ok(server.messages[0]?.endsWith('\r\n\r\n.one\r\ntwo\r\n'), String(server.messages[0]));
        assert.equal(result.size, server.messages[0]?.length);
        assert.equal(server.closed, true);
      });
    }

    it('waits for each reply where the server has no PIPELINING (326)', async () => {
      const server = new MailServer({ EHLO: PLAIN_SERVER });
      const session = await face.connect(server);
      await session.send(raw('text'));
      assert.equal(server.writes, 6);
      assert.deepEqual(server.messages, ['text\r\n']);
    });

    it('says HELO where EHLO is refused, and asks for nothing then (331)', async () => {
      const server = new MailServer({ EHLO: '502 what?' });
      const session = await face.connect(server, { domain: 'me.example' });
      await session.send(raw('text'));
      assert.deepEqual(server.lines.slice(0, 3), ['EHLO me.example', 'HELO me.example', 'MAIL FROM:<a@x.org>']);
      assert.equal(session.capabilities.size, 0);
    });

    it('sends one mail after the other, and takes an unfinished one back', async () => {
      const server = new MailServer({ RCPT: ['550 5.1.1 no', '250 ok'], EHLO: PLAIN_SERVER });
      const session = await face.connect(server);
      await assert.rejects(sent(session, raw('one', ['b@x.org'])), { code: 'ERR_RECIPIENTS' });
      await session.send(raw('two', ['b@x.org']));
      await session.send(raw('three', ['b@x.org']));
      assert.deepEqual(
        server.lines.slice(1).map((line) => line.slice(0, 4)),
        ['MAIL', 'RCPT', 'RSET', 'MAIL', 'RCPT', 'DATA', 'MAIL', 'RCPT', 'DATA'],
      );
      assert.deepEqual(server.messages, ['two\r\n', 'three\r\n']);
    });

    it('one refused recipient does not lose the others (305)', async () => {
      for (const hello of [undefined, PLAIN_SERVER, '250-x\r\n250-PIPELINING\r\n250 CHUNKING']) {
        const server = new MailServer({ 'RCPT TO:<c@': '550 5.1.1 no such user', ...(hello && { EHLO: hello }) });
        const session = await face.connect(server);
        const { accepted, rejected } = await session.send(raw('text', ['b@x.org', 'c@x.org', 'd@x.org']));
        assert.deepEqual(accepted, ['b@x.org', 'd@x.org']);
        assert.deepEqual(rejected, [
          {
            address: 'c@x.org',
            accepted: false,
            permanent: true,
            reply: { code: 550, enhanced: '5.1.1', text: '5.1.1 no such user' },
          },
        ]);
        assert.deepEqual(server.messages, ['text\r\n']);
      }
    });

    it('all refused is an error, and an empty message where the server wants one all the same (326)', async () => {
      for (const data of ['554 no valid recipients', '354 go on']) {
        const server = new MailServer({ RCPT: '450 4.2.0 later', DATA: data, '.': '554 no recipients' });
        const session = await face.connect(server);
        await assert.rejects(sent(session, raw('secret')), (error: { code?: string; recipients?: object[] }) => {
          assert.equal(error.code, 'ERR_RECIPIENTS');
          assert.deepEqual(
            error.recipients?.map((recipient) => ({ ...recipient, reply: undefined })),
            ['b@x.org', 'c@x.org'].map((address) => ({ address, accepted: false, permanent: false, reply: undefined })),
          );
          return true;
        });
        assert.deepEqual(server.messages, data.startsWith('354') ? ['\r\n'.slice(2)] : []);
        assert.equal(session.closed, false);
        await session.quit();
      }
    });

    it('a refused sender is an error, and an empty message where the server wants one all the same', async () => {
      const server = new MailServer({ MAIL: ['450 4.3.2 later', '250 ok'] });
      const session = await face.connect(server);
      await assert.rejects(sent(session, raw('secret')), {
        code: 'ERR_SMTP_REPLY',
        command: 'MAIL FROM:<a@x.org> BODY=8BITMIME',
      });
      await session.send(raw('second'));
      assert.deepEqual(server.messages, ['', 'second\r\n']);
    });

    it('sends in chunks where the server has CHUNKING, dots as they are', async () => {
      const text = `.\r\n${'x'.repeat(70)}\r\n.`.repeat(3000);
      const server = new MailServer({ EHLO: '250-x\r\n250-CHUNKING\r\n250 PIPELINING', BDAT: '250 so far' });
      const session = await face.connect(server);
      const { size } = await session.send(raw(text));
      assert.equal(server.messages[0], `${text}\r\n`);
      assert.equal(size, text.length + 2);
      const chunks = server.lines.filter((line) => line.startsWith('BDAT'));
      assert.ok(chunks.length > 1 && chunks.at(-1)?.endsWith(' LAST'), chunks.join());
      assert.ok(!server.lines.includes('DATA'));
    });

    it('reads all replies to chunks before it goes on after one that says no', async () => {
      const hello = '250-x\r\n250-CHUNKING\r\n250 PIPELINING';
      const server = new MailServer({
        EHLO: hello,
        BDAT: ['552 5.3.4 too big', ...Array<string>(8).fill('503 no'), '250 so far'],
      });
      const session = await face.connect(server);
      const text = `${'x'.repeat(70)}\r\n`.repeat(14_000);
      await assert.rejects(sent(session, raw(text)), { code: 'ERR_SMTP_REPLY', permanent: true, command: 'BDAT' });
      await session.send(raw(text));
      assert.ok(server.messages.length === 1 && (server.messages[0] as string).endsWith(text));
      await session.quit();
    });

    it('sends no last chunk to a server that says yes before it, and knows that nothing was delivered', async () => {
      const server = new MailServer({ EHLO: '250-x\r\n250 CHUNKING', BDAT: ['250 so far\r\n250 and more'] });
      const session = await face.connect(server);
      await assert.rejects(sent(session, raw('x'.repeat(70_000))), { code: 'ERR_UNASKED' });
      assert.deepEqual([server.messages, session.closed], [[], true]);
    });

    it('hears a server that says no to a chunk and hangs up', async () => {
      const server = new MailServer({ EHLO: '250-x\r\n250 CHUNKING', BDAT: `552 5.3.4 too big${CLOSE}` });
      const session = await face.connect(server);
      await assert.rejects(sent(session, raw('x'.repeat(200_000))), { code: 'ERR_SMTP_REPLY', permanent: true });
    });

    it('hears a server that says no to one of several chunks, and takes no more', async () => {
      class HangsUp extends MailServer {
        override send(data: Uint8Array): Outcome<number> {
          return this.replies.some((reply) => reply.startsWith('552')) ? ENDED : super.send(data);
        }
      }
      const server = new HangsUp({
        EHLO: '250-x\r\n250-PIPELINING\r\n250 CHUNKING',
        BDAT: ['250 ok', '552 5.3.4 too big'],
      });
      const session = await face.connect(server);
      await assert.rejects(sent(session, raw('x'.repeat(400_000))), { code: 'ERR_SMTP_REPLY', permanent: true });
    });

    it('normalises line ends before dots, whatever comes in pieces (304, 321, 322)', async () => {
      for (const [given, kept] of [
        ['', '\r\n'.slice(2)],
        ['.', '.\r\n'],
        ['a\n.\nb', 'a\r\n.\r\nb\r\n'],
        ['a\r.\r\nb\r\n', 'a\r\n.\r\nb\r\n'],
        ['a\r\n.\r\nMAIL FROM:<x@x.org>\r\n', 'a\r\n.\r\nMAIL FROM:<x@x.org>\r\n'],
        ['a\r', 'a\r\n'],
      ] as const) {
        for (const size of [1, 2, 7]) {
          const server = new MailServer();
          const session = await face.connect(server);
          const pieces: string[] = given.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
          await session.send({ envelope: ENVELOPE, source: source.table(pieces) });
          assert.deepEqual(server.messages, [kept], JSON.stringify(given));
        }
      }
    });

    it('says what the server can know: SIZE, BODY, SMTPUTF8, DSN', async () => {
      const hello = ['SIZE 1000', '8BITMIME', 'SMTPUTF8', 'DSN', 'PIPELINING'];
      const server = new MailServer({
        EHLO: `250-x\r\n${hello.map((line, i) => `250${i === 4 ? ' ' : '-'}${line}`).join('\r\n')}`,
      });
      const session = await face.connect(server);
      const envelope = { from: '', to: ['jö@x.org', 'b+c@x.org'] };
      await session.send(
        { envelope, content: 'text' },
        { reports: { notify: ['success', 'failure'], return: 'headers', id: 'a=b c' } },
      );
      assert.deepEqual(server.lines.slice(1, 4), [
        'MAIL FROM:<> SIZE=4 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+3Db+20c',
        'RCPT TO:<j\xc3\xb6@x.org> NOTIFY=SUCCESS,FAILURE',
        'RCPT TO:<b+c@x.org> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;b+2Bc@x.org',
      ]);
      await assert.rejects(sent(session, raw('x'.repeat(1001))), { code: 'ERR_SMTP_SIZE' });
      assert.equal(session.closed, false);
      await session.send(raw('x'.repeat(900)));
    });

    it('refuses what the server cannot take before it says MAIL (320, 329)', async () => {
      const server = new MailServer({ EHLO: '250-x\r\n250 PIPELINING' });
      const session = await face.connect(server);
      const utf8 = { envelope: { from: 'a@x.org', to: ['jö@x.org'] }, content: 'text' };
      await assert.rejects(sent(session, utf8), { code: 'ERR_SMTP_UTF8' });
      await assert.rejects(sent(session, raw('Grüße')), { code: 'ERR_SMTP_8BIT' });
      const long = source.table(Array.from({ length: 40 }, () => Buffer.alloc(65_536, 'x')));
      await assert.rejects(sent(session, { envelope: ENVELOPE, source: long }), { code: 'ERR_MAIL_SOURCE' });
      assert.equal(server.lines.length, 1);
      await session.send(compose({ from: 'a@x.org', to: 'b@x.org', text: 'Grüße, quoted this time' }));
      assert.match(server.messages[0] as string, /Gr=C3=BC=C3=9Fe/);
      await session.send({ envelope: ENVELOPE, source: source.string('7bit') });
    });

    it('one recipient beyond ASCII does not lose the others, where the server has no SMTPUTF8', async () => {
      for (const hello of [undefined, PLAIN_SERVER]) {
        const server = new MailServer({ ...(hello && { EHLO: hello }) });
        const session = await face.connect(server);
        const { accepted, rejected } = await session.send(raw('text', ['b@x.org', 'jö@x.org', 'c@x.org']));
        assert.deepEqual(accepted, ['b@x.org', 'c@x.org']);
        assert.deepEqual(rejected, [{ address: 'jö@x.org', accepted: false, permanent: true }]);
        assert.deepEqual(
          server.lines.filter((line) => line.startsWith('RCPT')),
          ['RCPT TO:<b@x.org>', 'RCPT TO:<c@x.org>'],
        );
        assert.deepEqual(server.messages, ['text\r\n']);
        const before = server.lines.length;
        for (const mail of [
          { envelope: { from: 'jö@x.org', to: ['b@x.org'] }, content: 'text' },
          compose({ from: 'a@x.org', to: 'b@x.org, jö@x.org', text: 'text' }),
        ])
          await assert.rejects(sent(session, mail), { code: 'ERR_SMTP_UTF8' });
        assert.equal(server.lines.length, before);
      }
    });

    it('gets a reply for each recipient with LMTP', async () => {
      const server = new MailServer({ '.': ['250 2.0.0 here', '452 4.2.2 full'] }, 7, true);
      const session = await face.connect(server, {}, 'lmtp://mail.example');
      const { accepted, rejected } = await session.send(raw('text'));
      assert.deepEqual(accepted, ['b@x.org']);
      assert.deepEqual(
        rejected.map(({ address, permanent, reply }) => [address, permanent, reply?.code]),
        [['c@x.org', false, 452]],
      );
      assert.equal(server.lines[0], 'LHLO localhost');
    });

    it("is LuaSocket's send, too", async () => {
      const server = new MailServer();
      const steps: number[] = [];
      const { accepted } = await face.send(server, {
        from: '<a@x.org>',
        rcpt: ['<b@x.org>', 'c@x.org'],
        source: message({ headers: { subject: 'lua' }, body: 'text' }),
        domain: 'me.example',
        step: (from: () => Uint8Array | null, to: (chunk: Uint8Array | null) => void) => {
          const chunk = from();
          steps.push(chunk?.length ?? 0);
          to(chunk);
          return chunk !== null;
        },
      });
      assert.deepEqual(accepted, ['b@x.org', 'c@x.org']);
      assert.ok(steps.length > 1);
      assert.match(server.messages[0] as string, /^Subject: lua\r\n[\s\S]*\r\n\r\ntext\r\n$/);
      assert.equal(server.lines.at(-1), 'QUIT');
      assert.equal(server.closed, true);
    });

    it('does one thing at a time, and nothing when it is over', async () => {
      const session = await face.connect(new MailServer());
      await session.verify();
      await session.quit();
      await session.quit();
      await assert.rejects(sent(session, raw('x')), { code: 'ERR_SPENT' });
    });

    it('refuses addresses, names and options that are none before anything is sent (302, 319)', async () => {
      const server = new MailServer();
      const session = await face.connect(server);
      for (const bad of [
        'b@x.org>\r\nDATA',
        'b\r\n@x.org',
        'b x@x.org',
        'b@x.org SIZE=1',
        'B <b@x.org>',
        'b',
        '',
        'b\0@x.org',
        '<>',
      ]) {
        await assert.rejects(sent(session, raw('x', [bad])), { code: 'ERR_INVALID_ARGUMENT' }, bad);
        if (bad !== '' && bad !== '<>')
          await assert.rejects(
            sent(session, { envelope: { from: bad, to: ['b@x.org'] }, content: 'x' }),
            { code: 'ERR_INVALID_ARGUMENT' },
            bad,
          );
      }
      await assert.rejects(sent(session, raw('x', [])), { code: 'ERR_INVALID_ARGUMENT' });
      await assert.rejects(sent(session, { ...raw('x') }, { reports: { id: 'a\r\nb' } }), {
        code: 'ERR_INVALID_ARGUMENT',
      });
      assert.equal(server.lines.length, 1);
      for (const options of [
        { domain: 'a b' },
        { domain: 'a\r\nb' },
        { user: 'x' },
        { password: 'x' },
        { tls: 'maybe' },
        { auth: 'MAGIC' },
        { timeout: 'x' },
        { host: 'a' },
        { timeouts: { delivery: 'x' } },
      ]) {
        await assert.rejects(
          face.connect(new MailServer(), options),
          { code: 'ERR_INVALID_ARGUMENT' },
          JSON.stringify(options),
        );
      }
      await assert.rejects(face.connect(new MailServer(), {}, 'http://x'), { code: 'ERR_INVALID_ARGUMENT' });
    });
  });

  describe(`smtp that fails, ${face.name} face`, () => {
    it('421 ends the session, wherever it comes (306, 307, 327)', async () => {
      for (const [at, code] of [
        ['MAIL', 'ERR_SMTP_REPLY'],
        ['RCPT', 'ERR_SMTP_REPLY'],
        ['DATA', 'ERR_SMTP_REPLY'],
        ['.', 'ERR_SMTP_REPLY'],
      ] as const) {
        for (const hello of [undefined, PLAIN_SERVER]) {
          const server = new MailServer({ [at]: `421 4.3.2 closing${CLOSE}`, ...(hello && { EHLO: hello }) });
          const session = await face.connect(server);
          await assert.rejects(
            sent(session, raw('x')),
            (error: { code?: string; reply?: { code: number }; permanent?: boolean }) => {
              assert.deepEqual([error.code, error.reply?.code, error.permanent], [code, 421, false], at);
              return true;
            },
          );
          assert.equal(session.closed, true);
          assert.equal(server.closed, true);
        }
      }
      const tls = { EHLO: '250-x\r\n250 STARTTLS', STARTTLS: `421 busy${CLOSE}` };
      for (const rules of [tls, { '': `421 busy${CLOSE}` }, { EHLO: `421 busy${CLOSE}` }, { '': '554 no' }]) {
        const server = new MailServer(rules);
        await assert.rejects(face.connect(server), { code: 'ERR_SMTP_REPLY' });
        assert.equal(server.closed, true);
      }
    });

    it('a connection that is lost says the last command and reply, and who was accepted', async () => {
      const server = new MailServer({ 'RCPT TO:<c@': CLOSE });
      const session = await face.connect(server);
      await assert.rejects(
        sent(session, raw('x')),
        (error: { code?: string; command?: string; recipients?: { address: string }[] }) => {
          assert.deepEqual([error.code, error.command], ['ERR_CLOSED', 'RCPT TO:<c@x.org>']);
          assert.deepEqual(
            error.recipients?.map(({ address }) => address),
            ['b@x.org'],
          );
          return true;
        },
      );
      assert.equal(session.closed, true);
    });

    it('after the last byte the outcome is unknown: closed, silent, or nonsense (308, 310)', async () => {
      for (const last of [CLOSE, SILENCE, '250-half', 'nonsense']) {
        for (const hello of [undefined, '250-x\r\n250 CHUNKING']) {
          const server = new MailServer({ '.': last, ...(hello && { EHLO: hello }) });
          const session = await face.connect(server);
          await assert.rejects(
            sent(session, raw('x')),
            (error: { code?: string; recipients?: object[]; cause?: unknown }) => {
              assert.equal(error.code, 'ERR_UNKNOWN_OUTCOME');
              assert.equal(error.recipients?.length, 2);
              assert.ok(error.cause instanceof Error);
              return true;
            },
          );
          assert.equal(session.closed, true);
        }
      }
    });

    it('a no to the message is a no, and the session goes on (309)', async () => {
      const server = new MailServer({ '.': ['451 4.3.0 later', '250 ok'] });
      const session = await face.connect(server);
      await assert.rejects(sent(session, raw('x')), {
        name: 'ReplyError',
        code: 'ERR_SMTP_REPLY',
        permanent: false,
        command: '(the message)',
      });
      await session.send(raw('y'));
      assert.deepEqual(
        server.lines.slice(-5).map((line) => line.slice(0, 4)),
        ['RSET', 'MAIL', 'RCPT', 'RCPT', 'DATA'],
      );
    });

    it('a source that fails cuts the connection before the dot (332)', async () => {
      for (const hello of [undefined, '250-x\r\n250-8BITMIME\r\n250 CHUNKING']) {
        const server = new MailServer({ ...(hello && { EHLO: hello }) });
        const session = await face.connect(server);
        const broken = source.cat(source.string('one\r\n'), source.error(new Error('broken')));
        await assert.rejects(sent(session, { envelope: ENVELOPE, source: broken }), /broken/);
        assert.deepEqual(server.messages, []);
        assert.equal(server.closed, true);
        assert.ok(!server.lines.some((line) => line.endsWith('LAST')));
      }
    });

    it('silence at any step is a timeout, and never a hang (313, 330)', async () => {
      for (const at of ['', 'EHLO']) {
        await assert.rejects(face.connect(new MailServer({ [at]: SILENCE })), {
          name: 'TimeoutError',
          code: 'ETIMEDOUT',
        });
      }
      for (const at of ['MAIL', 'RCPT', 'DATA']) {
        const session = await face.connect(new MailServer({ [at]: SILENCE }));
        await assert.rejects(sent(session, raw('x')), { name: 'TimeoutError' }, at);
        assert.equal(session.closed, true);
      }
      const server = new MailServer({ QUIT: SILENCE });
      await (await face.connect(server)).quit();
      assert.equal(server.closed, true);
    });

    it('floods have a limit (311, 312)', async () => {
      for (const at of ['', 'EHLO']) {
        const flood = `220-${'x'.repeat(1000)}\r\n`.repeat(400);
        await assert.rejects(face.connect(new MailServer({ [at]: `${flood}220 end` })), { name: 'LimitError' });
      }
    });

    it('names a server that speaks TLS, or HTTP', async () => {
      for (const greeting of ['\x15\x03\x01\x00\x02\x02\x0a', 'HTTP/1.1 400 Bad Request']) {
        await assert.rejects(face.connect(new MailServer({ '': greeting })), { code: 'ERR_TLS_WRONG_PROTOCOL' });
      }
    });
  });
}

/** As a promise: a call of the blocking face throws at once. */
async function sent(
  session: Awaited<ReturnType<(typeof FACES)[number]['connect']>>,
  ...args: Parameters<typeof session.send>
) {
  return await session.send(...args);
}
