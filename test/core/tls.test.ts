/** What can be told to be wrong with TLS options, in the option's words; names, and the words of failures. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failed, SocketError } from '../../src/core/errors.ts';
import { checkSession, contextOptionsIn, type TlsContextOptions, tlsName, tlsSettings } from '../../src/core/tls.ts';
import {
  alertFailure,
  beginsTls,
  certificateFailure,
  TRUNCATED,
  wrongProtocolFailure,
} from '../../src/core/tls-failures.ts';

const PEM = '-----BEGIN CERTIFICATE-----\n';

function refused(call: () => unknown): SocketError {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof SocketError, String(error));
    assert.equal(error.code, 'ERR_INVALID_ARGUMENT');
    return error;
  }
  assert.fail('it was taken');
}

describe('TLS options', () => {
  it('have defaults that verify', () => {
    const { verify, minVersion, maxVersion, truncation, ca, alpn, requestCert } = tlsSettings('connect', {});
    assert.deepEqual(
      { verify, minVersion, maxVersion, truncation, ca, alpn, requestCert },
      {
        verify: true,
        minVersion: undefined,
        maxVersion: 'TLSv1.3',
        truncation: 'error',
        ca: undefined,
        alpn: [],
        requestCert: false,
      },
    );
  });

  const wrong: [options: Record<string, unknown>, says: RegExp][] = [
    [{ ca: 'my-ca.pem' }, /connect: ca is certificates in PEM/],
    [{ ca: [PEM, 'System'] }, /ca is/],
    [{ cert: PEM }, /cert and key belong together/],
    [{ key: PEM }, /cert and key belong together/],
    [{ cert: Buffer.from('3082', 'hex'), key: PEM }, /cert is text or bytes in PEM/],
    [{ cert: PEM, key: Buffer.from('3082', 'hex') }, /key is text or bytes in PEM/],
    [{ ca: [Buffer.from('3082', 'hex')] }, /ca is certificates in PEM/],
    [{ keylog: 'sslkeylog.txt' }, /keylog is a function that takes a line, or 'SSLKEYLOGFILE'/],
    [{ cert: 5, key: PEM }, /cert is text or bytes/],
    [{ cert: PEM, key: 'file.key' }, /key is text or bytes/],
    [{ cert: PEM, key: PEM, pfx: Buffer.alloc(1) }, /pfx has a certificate/],
    [{ pfx: PEM }, /pfx is bytes/],
    [{ passphrase: 'a\0b' }, /passphrase is/],
    [{ verify: 'no' }, /verify is true, false or 'optional', not "no"/],
    [{ verify: 0 }, /verify is/],
    [{ verify: 'optional' }, /requestCert/],
    [{ requestCert: 1 }, /requestCert is/],
    [{ minVersion: 'TLSv1.1' }, /minVersion is TLSv1\.2 or TLSv1\.3, not "TLSv1\.1"/],
    [{ maxVersion: 'SSLv3' }, /maxVersion is/],
    [{ minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }, /no version is left/],
    [{ ciphers: '' }, /ciphers is/],
    [{ ciphers: 'A\nB' }, /ciphers is/],
    [{ alpn: 'imap' }, /alpn is a list/],
    [{ alpn: [] }, /alpn is a list/],
    [{ alpn: ['h2', ''] }, /a protocol of alpn/],
    [{ alpn: ['x'.repeat(256)] }, /a protocol of alpn/],
    [{ alpn: Array.from({ length: 300 }, () => 'x'.repeat(250)) }, /alpn is too long/],
    [{ pins: [] }, /pins is a list/],
    [{ pins: ['abc'] }, /a pin is the SHA-256/],
    [{ pins: [`sha256/${'A'.repeat(43)}=`] }, /a pin is/],
    [{ psk: {} }, /psk has no key/],
    [{ psk: { '': Buffer.alloc(1) } }, /identity/],
    [{ psk: { me: 'secret' } }, /key of "me"/],
    [{ truncation: true }, /truncation is/],
  ];
  for (const [options, says] of wrong) {
    it(`refuse ${JSON.stringify(options).slice(0, 60)}`, () => {
      assert.match(refused(() => tlsSettings('connect', options as TlsContextOptions)).message, says);
    });
  }

  it('show no secret', () => {
    for (const options of [{ cert: PEM, key: 'hunter2' }, { passphrase: 'hunter2\0' }, { psk: { me: 'hunter2' } }]) {
      const { message } = refused(() => tlsSettings('connect', options as unknown as TlsContextOptions));
      assert.doesNotMatch(message, /hunter2/);
    }
  });

  it('know what belongs to a context', () => {
    const options = { timeout: 3, servername: 'x', ca: PEM, verify: false, alpn: undefined };
    assert.deepEqual(contextOptionsIn(options), ['ca', 'verify']);
    assert.match(refused(() => checkSession('connect', 'x' as never)).message, /session is what getsession gave/);
  });
});

describe('the name of a peer', () => {
  it('is written in one way', () => {
    const names: [string, string][] = [
      ['Mail.Example', 'mail.example'],
      ['mail.example.', 'mail.example'],
      ['Bücher.example', 'xn--bcher-kva.example'],
      ['127.0.0.1', '127.0.0.1'],
      ['[::1]', '::1'],
      ['FE80::1%eth0', 'fe80::1'],
      ['under_score.example', 'under_score.example'],
    ];
    for (const [host, name] of names) assert.equal(tlsName('connect', host), name);
  });

  it('is no URL, port, path, or address in another writing', () => {
    for (const host of [
      '',
      'a b',
      'a/b',
      'a:443',
      'user@host',
      'a?b',
      'a#b',
      'https://a',
      '0x7f.1',
      '2130706433',
      '.',
      'a\0',
    ])
      refused(() => tlsName('connect', host));
  });
});

describe('failures of TLS', () => {
  it('have LuaSec words, a code and advice', () => {
    const error = failed('connect', certificateFailure('UNABLE_TO_GET_ISSUER_CERT_LOCALLY', {}), { target: 'a:1' });
    assert.deepEqual([error.code, error.reason], ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate verify failed']);
    assert.match(error.message, /^connect a:1: certificate verify failed: .*NODE_EXTRA_CA_CERTS.* \(UNABLE_TO_VERIFY/);
    const alert = failed('receive', alertFailure('certificate_required'));
    assert.deepEqual([alert.code, alert.alert], ['ERR_TLS_ALERT', 'certificate_required']);
    assert.match(alert.message, /cert and key/);
    assert.equal(failed('connect', alertFailure('protocol_version')).code, 'ERR_TLS_VERSION');
    assert.equal(failed('receive', TRUNCATED).reason, 'unexpected eof while reading');
    assert.equal(
      failed('connect', certificateFailure('PATH_LENGTH_EXCEEDED', { text: 'too long' })).code,
      'ERR_TLS_CERT',
    );
  });

  it('name a peer that speaks something else', () => {
    const said: [string, RegExp][] = [
      ['HTTP/1.1 400 Bad Request\r\n', /answered in HTTP/],
      ['220 mail.example ESMTP\r\n', /greeting 220 .*STARTTLS/],
      ['* OK IMAP4rev1', /IMAP/],
      ['+OK POP3', /POP3/],
      ['SSH-2.0-OpenSSH_9', /speaks SSH/],
      ['\x00\x01', /began with "\\u0000\\u0001"/],
    ];
    for (const [first, says] of said) {
      const error = failed('connect', wrongProtocolFailure('client', Buffer.from(first)));
      assert.equal(error.code, 'ERR_TLS_WRONG_PROTOCOL');
      assert.match(error.message, says);
      assert.equal(error.reason, 'wrong version number');
    }
    assert.equal(
      failed('accept', wrongProtocolFailure('server', Buffer.from('GET / HTTP/1.1'))).reason,
      'http request',
    );
  });

  it('know the beginning of a handshake', () => {
    assert.deepEqual(
      [[0x16], [0x16, 3, 1], [0x16, 2], [0x17, 3], [0x47]].map((first) => beginsTls(Buffer.from(first))),
      [true, true, false, false, false],
    );
  });
});
