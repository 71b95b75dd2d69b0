/** SMTP through the tunnel of a proxy, in both faces: who is asked for what, and what a proxy that says no comes to. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Outcome } from '../../../src/core/errors.ts';
import { FACES, MailServer } from './mail-server.ts';

/** A proxy with a mail server behind it. */
class MailProxy extends MailServer {
  /** The request for the tunnel, line by line. */
  head: string[] = [];
  readonly #reply: string;
  #said = false;

  constructor(reply: string) {
    super();
    this.#reply = reply;
  }

  override recv(): Outcome<Uint8Array> {
    if (this.#said) return super.recv();
    this.#said = true;
    return Buffer.from(this.#reply);
  }

  override send(data: Uint8Array): Outcome<number> {
    if (this.head.length > 0) return super.send(data);
    this.head = Buffer.from(data).toString('latin1').split('\r\n');
    return data.length;
  }
}

for (const face of FACES) {
  describe(`smtp through a proxy, ${face.name} face`, () => {
    it('goes through its tunnel, with the login of its URL', async () => {
      const server = new MailProxy('HTTP/1.1 200 Connection established\r\n\r\n');
      const asked: string[] = [];
      const proxy = (url: string) => {
        asked.push(url);
        return 'http://user:secret@proxy.example:3128';
      };
      const lines: string[] = [];
      const log = (_: string, line: string) => lines.push(line);
      const session = await face.connect(server, { proxy, log });
      const { accepted } = await session.send({ envelope: { from: 'a@x.org', to: ['b@x.org'] }, content: 'text' });
      await session.quit();
      assert.deepEqual(accepted, ['b@x.org']);
      assert.deepEqual(asked, ['smtp://mail.example/']);
      assert.equal(server.head[0], 'CONNECT mail.example:25 HTTP/1.1');
      const login = Buffer.from('user:secret').toString('base64');
      assert.ok(server.head.includes(`Proxy-Authorization: Basic ${login}`), server.head.join());
      assert.deepEqual(server.messages, ['text\r\n']);
      assert.ok(!lines.join().includes(login));
    });

    it('says nothing of a mail to a proxy that refuses', async () => {
      const server = new MailProxy('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
      await assert.rejects(face.connect(server, { proxy: 'http://user:secret@proxy.example' }), (error: Error) => {
        assert.match(error.message, /403/);
        assert.ok(!error.message.includes('secret'));
        return true;
      });
      assert.deepEqual([server.lines, server.closed], [[], true]);
    });
  });
}
