/** Numbered cases of mail that need a message or a server's words only; the others are in the files beside this one. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compose } from '../../../src/entry/mail.ts';
import { CLOSE, FACES, MailServer } from './mail-server.ts';

const ENVELOPE = { from: 'a@x.org', to: ['b@x.org'] };

for (const face of FACES) {
  describe(`cases of mail, ${face.name} face`, () => {
    it('303: a line end in a Subject is refused before a byte is sent', async () => {
      const server = new MailServer();
      const session = await face.connect(server);
      for (const subject of ['a\r\nBcc: x@x.org', 'a\nb', 'a\rb', 'a\0b'])
        assert.throws(() => compose({ from: 'a@x.org', to: 'b@x.org', subject, text: 'x' }), {
          code: 'ERR_INVALID_ARGUMENT',
          message: /^Subject: /,
        });
      assert.deepEqual(server.lines, ['EHLO localhost']);
      session.close();
    });

    it('314: a greeting that says no is the error of connect, with its reply', async () => {
      for (const end of ['', CLOSE]) {
        const server = new MailServer({ '': `554-5.3.2 no mail here\r\n554 5.3.2 go away${end}` });
        await assert.rejects(face.connect(server), {
          name: 'ReplyError',
          code: 'ERR_SMTP_REPLY',
          permanent: true,
          reply: { code: 554, enhanced: '5.3.2', text: '5.3.2 no mail here\n5.3.2 go away' },
        });
        assert.deepEqual([server.lines, server.closed], [[], true]);
      }
    });

    it('317, 323: no line of a composed message has more than 998 octets, whatever the text and the header have', async () => {
      for (const eightBit of [true, false]) {
        const server = new MailServer({ EHLO: eightBit ? '250-x\r\n250 8BITMIME' : '250 x' });
        const session = await face.connect(server);
        const to = Array.from({ length: 200 }, (_, i) => `somebody number ${i} <b${i}@x.org>`).join(', ');
        for (const length of [998, 999, 2000]) {
          const text = `${'x'.repeat(length)}\n${'ü'.repeat(length)}\n`;
          await session.send(
            compose({ from: 'a@x.org', to, subject: 'long '.repeat(400), text, html: text, envelope: ENVELOPE }),
          );
          const message = server.messages.at(-1) as string;
          for (const line of message.split('\r\n')) assert.ok(line.length <= 998, `${line.length}`);
        }
      }
    });

    it('317: bytes that are sent as they are keep their lines, however long', async () => {
      const server = new MailServer();
      const session = await face.connect(server);
      await session.send({ envelope: ENVELOPE, content: 'x'.repeat(2000) });
      assert.equal(server.messages[0], `${'x'.repeat(2000)}\r\n`);
    });

    it('328: replies of several lines, with enhanced codes, longer than 512 octets, and with other codes between', async () => {
      for (const size of [1, 7, 1000]) {
        const long = 'x'.repeat(3000);
        const server = new MailServer(
          { '.': `250-2.0.0 ${long}\r\n550 5.0.0 between\r\n250-\r\n250 2.0.0 done` },
          size,
        );
        const session = await face.connect(server);
        const { reply } = await session.send({ envelope: ENVELOPE, content: 'x' });
        assert.deepEqual(reply, {
          code: 250,
          enhanced: '2.0.0',
          text: `2.0.0 ${long}\n550 5.0.0 between\n\n2.0.0 done`,
        });
        await session.send({ envelope: ENVELOPE, content: 'y' });
        assert.equal(server.messages.length, 2);
      }
      // An enhanced code of another class than the reply's is none.
      const odd = await face.connect(new MailServer({ '.': '250 5.0.0 well' }));
      assert.deepEqual((await odd.send({ envelope: ENVELOPE, content: 'x' })).reply, { code: 250, text: '5.0.0 well' });
      const nonsense = await face.connect(new MailServer({ MAIL: 'hello' }));
      await assert.rejects(async () => await nonsense.send({ envelope: ENVELOPE, content: 'x' }), {
        code: 'ERR_REPLY',
      });
      assert.equal(nonsense.closed, true);
    });
  });
}
