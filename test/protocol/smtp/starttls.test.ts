/** SMTP through TLS in the await face, over a connection in memory: when it begins, what is forgotten, what is refused. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { bind, pair } from '../../../src/entry/index.ts';
import { connect, type SmtpOptions } from '../../../src/entry/smtp.ts';
import { wrap } from '../../../src/entry/tls.ts';
import { base64 } from './support.ts';

const psk = { sensor: Buffer.from('a key that both sides know') };
const LOGIN = { user: 'ann', password: 'secret' };

/** A client's connection, and the server's side of it; both end with the test. */
function talking(t: TestContext, options: SmtpOptions<'await'> = {}) {
  const [here, there] = pair();
  t.after(() => {
    here.close();
    there.close();
  });
  const session = connect('smtp://mail.example', { create: () => here, tls: { psk }, ...options });
  session.catch(() => {});
  return { session, there };
}

describe('STARTTLS', () => {
  it('is followed by EHLO again, and by what the server says then (324)', async (t) => {
    const { session, there } = talking(t, LOGIN);
    await there.send('220 ready\r\n');
    assert.equal(await there.receive(), 'EHLO localhost');
    await there.send('250-x\r\n250-STARTTLS\r\n250-SIZE 10\r\n250 AUTH LOGIN\r\n');
    assert.equal(await there.receive(), 'STARTTLS');
    await there.send('220 go on\r\n');
    const secure = await wrap(there, { role: 'server', psk });
    assert.equal(await secure.receive(), 'EHLO localhost');
    await secure.send('250-x\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n');
    assert.equal(await secure.receive(), `AUTH PLAIN ${base64('\0ann\0secret')}`);
    await secure.send('235 welcome\r\n');
    const ready = await session;
    assert.deepEqual([...ready.capabilities.keys()], ['8BITMIME', 'AUTH']);
    ready.close();
    secure.close();
  });

  it('refuses what came in clear behind the 220 (316)', async (t) => {
    const { session, there } = talking(t);
    await there.send('220 ready\r\n');
    await there.receive();
    await there.send('250-x\r\n250 STARTTLS\r\n');
    await there.receive();
    await there.send('220 go on\r\n250-x\r\n250 AUTH PLAIN\r\n');
    await assert.rejects(session, { code: 'ERR_TLS_UNREAD' });
    there.close();
  });

  it('with a certificate that is none, nothing of a login or a mail is said (324)', async (t) => {
    const { session, there } = talking(t, { ...LOGIN, tls: { psk: { sensor: Buffer.from('another key') } } });
    await there.send('220 ready\r\n');
    await there.receive();
    await there.send('250-x\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n');
    await there.receive();
    await there.send('220 go on\r\n');
    await assert.rejects(wrap(there, { role: 'server', psk }));
    await assert.rejects(session, { code: /^ERR_TLS/ });
  });

  it('begins with the first byte where that is asked for, and a server that is plain is named', async () => {
    const server = await bind('127.0.0.1', 0);
    const serving = server.accept().then(async (client) => {
      await client.send('220 ready\r\n');
      return client;
    });
    const { port } = server.getsockname();
    await assert.rejects(connect(`smtps://127.0.0.1:${port}`), { code: 'ERR_TLS_WRONG_PROTOCOL' });
    (await serving).close();
    server.close();
  });
});
