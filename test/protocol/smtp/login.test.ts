/** Logins over SMTP in both faces: what is said, what is refused, and that a password goes out in clear only where that was asked for. */
import assert from 'node:assert/strict';
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { describe, it } from 'node:test';
import { mechanismOf, type SaslMechanism } from '../../../src/protocol/auth/sasl.ts';
import { FACES, MailServer, type Rules } from './mail-server.ts';
import { base64 } from './support.ts';

const offering = (mechanisms: string, rules: Rules = {}) =>
  new MailServer({ EHLO: `250-x\r\n250 AUTH ${mechanisms}`, AUTH: '235 2.7.0 welcome', ...rules });
const LOGIN = { user: 'ann', password: 'p:ä ss%', tls: 'never' };

for (const face of FACES) {
  describe(`smtp login, ${face.name} face`, () => {
    it('takes the strongest that is offered', async () => {
      const table: [offered: string, first: string][] = [
        ['PLAIN LOGIN', `AUTH PLAIN ${base64('\0ann\0p:ä ss%')}`],
        ['plain login', `AUTH PLAIN ${base64('\0ann\0p:ä ss%')}`],
        ['LOGIN', 'AUTH LOGIN'],
        ['LOGIN CRAM-MD5 PLAIN', 'AUTH CRAM-MD5'],
        ['XOAUTH2 LOGIN', 'AUTH LOGIN'],
      ];
      for (const [offered, first] of table) {
        const server = offering(offered);
        await face.connect(server, LOGIN);
        assert.equal(server.lines[1], first);
      }
      const scram = offering('SCRAM-SHA-256 PLAIN', { AUTH: '535 no' });
      await assert.rejects(face.connect(scram, LOGIN), { code: 'ERR_AUTH' });
      assert.match(scram.lines[1] as string, /^AUTH SCRAM-SHA-256 /);
      const old = new MailServer({ EHLO: '250-x\r\n250 AUTH=PLAIN', AUTH: '235 ok' });
      await face.connect(old, LOGIN);
    });

    it('takes the one that is named, and one that a program brings', async () => {
      const named = offering('PLAIN LOGIN', { AUTH: '334 VXNlcm5hbWU6', '=': ['334 UGFzc3dvcmQ6', '235 ok'] });
      await face.connect(named, { ...LOGIN, auth: 'LOGIN' });
      assert.deepEqual(named.lines.slice(1), ['AUTH LOGIN', base64('ann'), base64('p:ä ss%')]);
      const own: SaslMechanism = { name: 'X-OWN', initial: Buffer.alloc(0), answer: () => Buffer.from('mine') };
      const asked = offering('X-OWN', { AUTH: '334 ', '=': '235 ok' });
      await face.connect(asked, { auth: own, tls: 'never' });
      assert.deepEqual(asked.lines.slice(1), ['AUTH X-OWN =', base64('mine')]);
    });

    it('answers CRAM-MD5 as RFC 2195 has it', async () => {
      const challenge = '<1896.697170952@postoffice.reston.mci.net>';
      const server = offering('CRAM-MD5', { AUTH: `334 ${base64(challenge)}`, '=': '235 ok' });
      await face.connect(server, { user: 'tim', password: 'tanstaaftanstaaf', tls: 'never' });
      assert.equal(Buffer.from(server.lines[2] as string, 'base64').toString(), 'tim b913a602c7eda7a495b4e6e7334d3890');
    });

    it('logs in with a token, and hears why not', async () => {
      const bearer = 'user=ann\x01auth=Bearer tok\x01\x01';
      const server = offering('XOAUTH2');
      await face.connect(server, { user: 'ann', token: () => 'tok', tls: 'never' });
      assert.equal(server.lines[1], `AUTH XOAUTH2 ${base64(bearer)}`);
      const refusing = offering('OAUTHBEARER XOAUTH2', {
        AUTH: `334 ${base64('{"status":"invalid_token"}')}`,
        '=': '535 5.7.8 no',
      });
      await assert.rejects(face.connect(refusing, { user: 'a,b', token: 'tok', tls: 'never' }), {
        code: 'ERR_AUTH',
        permanent: true,
      });
      assert.deepEqual(refusing.lines.slice(1), [
        `AUTH OAUTHBEARER ${base64('n,a=a=2Cb,\x01host=mail.example\x01port=25\x01auth=Bearer tok\x01\x01')}`,
        base64('\x01'),
      ]);
    });

    it('says no, and covers what is secret', async () => {
      for (const reply of ['535 5.7.8 no', '534 too weak', '454 4.7.0 later']) {
        const lines: string[] = [];
        const server = offering('PLAIN', { AUTH: reply });
        await assert.rejects(
          face.connect(server, { ...LOGIN, log: (way: string, line: string) => lines.push(`${way} ${line}`) }),
          (error: Error & { code?: string; command?: string; permanent?: boolean }) => {
            assert.deepEqual(
              [error.code, error.command, error.permanent],
              ['ERR_AUTH', 'AUTH PLAIN', reply.startsWith('5')],
            );
            assert.ok(!error.message.includes(base64('\0ann\0p:ä ss%')));
            return true;
          },
        );
        assert.ok(lines.includes('> AUTH PLAIN ****'));
        assert.equal(server.closed, true);
      }
      await assert.rejects(face.connect(offering('GSSAPI'), LOGIN), { code: 'ERR_AUTH', message: /GSSAPI/ });
      await assert.rejects(face.connect(new MailServer(), LOGIN), { code: 'ERR_AUTH', message: /no AUTH/ });
    });

    it('gives up what is no dialogue: no base64, or without an end (325)', async () => {
      const garbage = offering('CRAM-MD5', { AUTH: '334 !!!', '*': '501 cancelled' });
      await assert.rejects(face.connect(garbage, LOGIN), { code: 'ERR_AUTH' });
      assert.equal(garbage.lines.at(-1), '*');
      const endless = offering('X-OWN', { AUTH: '334 ', '=': '334 ' });
      const own: SaslMechanism = { name: 'X-OWN', answer: () => Buffer.from('more') };
      await assert.rejects(face.connect(endless, { auth: own, tls: 'never' }), { code: 'ERR_AUTH', message: /rounds/ });
      assert.ok(endless.lines.length < 20);
      const curious = offering('PLAIN', { AUTH: '334 ', '=': '334 ' });
      await assert.rejects(face.connect(curious, LOGIN), { code: 'ERR_AUTH' });
    });

    it('sends no password in clear without being asked to (315, 318, 324)', async () => {
      for (const rules of [
        { EHLO: '250-x\r\n250-XXXXXXXX\r\n250 AUTH PLAIN' },
        { EHLO: '250-x\r\n250-STARTTLS\r\n250 AUTH PLAIN', STARTTLS: '454 not now' },
        { EHLO: '500 what', HELO: '250 x' },
      ]) {
        const server = new MailServer({ AUTH: '235 ok', ...rules });
        await assert.rejects(face.connect(server, { ...LOGIN, tls: undefined }), { code: 'ERR_TLS_REQUIRED' });
        assert.ok(!server.lines.some((line) => line.startsWith('AUTH')));
        assert.equal(server.closed, true);
      }
      await assert.rejects(face.connect(new MailServer(), { tls: 'required' }), { code: 'ERR_TLS_REQUIRED' });
      const open = new MailServer({ EHLO: '250-x\r\n250 STARTTLS', STARTTLS: '454 not now' });
      await face.connect(open);
    });

    it('takes a password of any byte, but NUL in PLAIN', async () => {
      const password = Buffer.from(Array.from({ length: 512 }, (_, i) => (i % 255) + 1));
      const server = offering('PLAIN');
      await face.connect(server, { ...LOGIN, password });
      assert.deepEqual(Buffer.from((server.lines[1] as string).slice(11), 'base64').subarray(5), password);
      await assert.rejects(face.connect(offering('PLAIN'), { ...LOGIN, password: 'a\0b' }), {
        code: 'ERR_INVALID_ARGUMENT',
      });
      await assert.rejects(face.connect(offering('PLAIN'), { ...LOGIN, user: 'a\0b' }), {
        code: 'ERR_INVALID_ARGUMENT',
      });
    });
  });
}

describe('SCRAM-SHA-256', () => {
  const [salt, iterations] = [Buffer.from('salt of the server'), 4096];
  const hmac = (key: Buffer, data: string) => createHmac('sha256', key).update(data).digest();

  function login(first: (nonce: string) => string, last: (signature: string) => string) {
    const mechanism = mechanismOf('SCRAM-SHA-256', { user: 'a=b,c', password: 'pencil', host: 'h', port: 25 });
    const initial = (mechanism.initial as Buffer).toString();
    const [, nonce = ''] = /^n,,n=a=3Db=2Cc,r=(.+)$/.exec(initial) ?? [];
    const challenge = first(nonce);
    const answer = mechanism.answer(Buffer.from(challenge)).toString();
    const [, rest = '', proof = ''] = /^(c=biws,r=.*),p=(.*)$/.exec(answer) ?? [];
    const salted = pbkdf2Sync('pencil', salt, iterations, 32, 'sha256');
    const message = `${initial.slice(3)},${challenge},${rest}`;
    // As a server verifies: the proof and the signature give the client's key, whose hash is stored.
    const stored = createHash('sha256').update(hmac(salted, 'Client Key')).digest();
    const signature = hmac(stored, message);
    const key = Buffer.from(proof, 'base64').map((byte, i) => byte ^ (signature[i] as number));
    assert.deepEqual(createHash('sha256').update(key).digest(), stored);
    mechanism.answer(Buffer.from(last(hmac(hmac(salted, 'Server Key'), message).toString('base64'))));
    mechanism.accepted?.();
  }
  const challenge = (nonce: string) => `r=${nonce}theirs,s=${salt.toString('base64')},i=${iterations}`;

  it('proves the password, and checks that the server knows it', () => {
    login(challenge, (signature) => `v=${signature}`);
    for (const last of ['v=', 'v=AAAA', 'e=other-error', '']) {
      assert.throws(() => login(challenge, () => last), { code: 'ERR_AUTH' });
    }
  });

  it('refuses nonces, salts and iterations that are none, and a yes without a proof', () => {
    for (const wrong of [
      (nonce: string) => `r=${nonce},s=AAAA,i=4096`,
      () => 'r=other,s=AAAA,i=4096',
      (nonce: string) => `r=${nonce}x,s=!,i=4096`,
      (nonce: string) => `r=${nonce}x,s=AAAA,i=0`,
      (nonce: string) => `r=${nonce}x,s=AAAA,i=99999999`,
      (nonce: string) => `r=${nonce}x`,
    ]) {
      assert.throws(() => login(wrong, () => ''), { code: 'ERR_AUTH' });
    }
    const early = mechanismOf('SCRAM-SHA-256', { user: 'a', password: 'b', host: 'h', port: 25 });
    assert.throws(() => early.accepted?.(), { code: 'ERR_AUTH' });
  });
});
