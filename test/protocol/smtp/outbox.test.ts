/** Mails that are kept instead of sent: the same bytes and the same results as with a server. */
import assert from 'node:assert/strict';
import fs, { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { source } from '../../../src/entry/ltn12.ts';
import { compose } from '../../../src/entry/mail.ts';
import * as awaiting from '../../../src/entry/smtp.ts';
import * as blocking from '../../../src/entry/smtp-blocking.ts';
import { FACES, MailServer } from './mail-server.ts';

for (const face of FACES) {
  const outbox = face.name === 'await' ? awaiting.outbox : (blocking.outbox as unknown as typeof awaiting.outbox);
  describe(`an outbox, ${face.name} face`, () => {
    it('keeps what a server would get, and answers like one', async () => {
      const box = outbox();
      const server = new MailServer({ EHLO: '250-x\r\n250-8BITMIME\r\n250 SMTPUTF8', '.': '250 2.0.0 kept' });
      const session = await face.connect(server);
      for (const make of [
        () =>
          compose({
            from: 'Ann <a@x.org>',
            to: 'b@x.org',
            bcc: 'jö@x.org',
            text: '.Grüße\n.',
            messageId: 'one@x.org',
            date: new Date(0),
          }),
        () => ({ envelope: { from: '<>', to: ['<b@x.org>', 'b@x.org'] }, source: source.table(['a\n.\r', 'b']) }),
        () => ({ envelope: { from: '', to: ['b@x.org'] }, content: '' }),
      ]) {
        const { message, envelope, ...result } = await box.send(make());
        assert.deepEqual(result, await session.send(make()));
        assert.equal(message.toString('latin1'), server.messages.at(-1));
        assert.deepEqual(envelope.to[0], 'b@x.org');
      }
      assert.equal(box.mails.length, 3);
    });

    it('reads files, in the await face by promises', async (t) => {
      const path = join(mkdtempSync(join(tmpdir(), 'moonsocket-')), 'file');
      t.after(() => rmSync(dirname(path), { recursive: true }));
      writeFileSync(path, 'from a file\n'.repeat(20_000));
      if (face.name === 'await') {
        t.mock.method(fs, 'openSync', () => assert.fail('the event loop waits for the disk'));
        syncBuiltinESMExports();
        t.after(() => {
          t.mock.restoreAll();
          syncBuiltinESMExports();
        });
      }
      for (const mail of [
        compose({ from: 'a@x.org', to: 'b@x.org', text: { path }, attachments: [{ path }] }),
        { envelope: { from: 'a@x.org', to: ['b@x.org'] }, path },
      ]) {
        const { size, message } = await outbox().send(mail);
        assert.equal(size, message.length);
        assert.ok(message.includes('from a file\r\n'));
      }
      const none = compose({ from: 'a@x.org', to: 'b@x.org', attachments: [{ path: `${path}.none` }] });
      await assert.rejects(async () => await outbox().send(none), { code: 'ENOENT' });
    });

    it('is a server with other extensions, too', async () => {
      const box = outbox(['SIZE 100']);
      const grüße = { from: 'a@x.org', to: 'b@x.org', text: 'Grüße' };
      const { rejected } = await outbox(['SIZE 10000']).send(compose({ ...grüße, bcc: 'jö@x.org' }));
      assert.deepEqual(rejected, [{ address: 'jö@x.org', accepted: false, permanent: true }]);
      const send = async (...args: Parameters<typeof box.send>) => await box.send(...args);
      await assert.rejects(send(compose(grüße)), { code: 'ERR_SMTP_SIZE' });
      const raw = { envelope: { from: 'a@x.org', to: ['b@x.org'] }, content: 'Grüße' };
      await assert.rejects(send(raw), { code: 'ERR_SMTP_8BIT' });
      await assert.rejects(send({ ...raw, envelope: { from: 'a', to: [] } }), { code: 'ERR_INVALID_ARGUMENT' });
      assert.deepEqual(box.mails, []);
      assert.throws(() => outbox('8BITMIME' as never), { code: 'ERR_INVALID_ARGUMENT' });
    });
  });
}
