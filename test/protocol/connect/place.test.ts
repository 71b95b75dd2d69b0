/** Servers that URLs of other protocols than HTTP name, and logins in URLs. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loginOf, placeOf, type Spoken } from '../../../src/protocol/connect/target.ts';
import { parse } from '../../../src/url/parts.ts';

const FTP: Spoken = { call: 'ftp', ports: { ftp: 21, ftps: 990 } };

describe('a place', () => {
  it('has the port of its scheme, and says whether it begins with TLS', () => {
    assert.deepEqual(placeOf(parse('FTP://Example.org/a%20b;type=i'), FTP), {
      origin: 'ftp://example.org:21',
      secure: false,
      host: 'Example.org',
      port: 21,
      url: 'ftp://Example.org/a%20b;type=i',
    });
    const secure = placeOf(parse('ftps://me:secret@[::1]:2100/'), FTP);
    assert.deepEqual(
      [secure.origin, secure.secure, secure.host, secure.port],
      ['ftps://[::1]:2100', true, '::1', 2100],
    );
    assert.doesNotMatch(secure.url, /secret/);
  });

  it('has one of the schemes of its protocol, and names the call', () => {
    for (const url of [
      'http://x/',
      'x',
      'constructor://x/',
      'ftp:x',
      'ftp://',
      'ftp://a b/',
      'ftp://x:0/',
      'ftp://x\\@y/',
    ])
      assert.throws(() => placeOf(parse(url), FTP), { code: 'ERR_INVALID_ARGUMENT', message: /^ftp: / }, url);
    assert.throws(() => placeOf(parse('http://x/'), FTP), { message: /ftp:\/\/ or ftps:\/\/, not "http"/ });
  });
});

describe('a login in a URL', () => {
  const rows: [url: string, login: [string, string | undefined] | undefined][] = [
    ['ftp://x/', undefined],
    ['ftp://@x/', undefined],
    ['ftp://me@x/', ['me', undefined]],
    ['ftp://me:@x/', ['me', '']],
    ['ftp://a%3Ab:c%40d@x/', ['a:b', 'c@d']],
    ['ftp://:p@x/', ['', 'p']],
  ];
  for (const [url, login] of rows) {
    it(url, () => {
      const found = loginOf(parse(url));
      assert.deepEqual(found && [String(found.user), found.password?.toString()], login);
    });
  }
});
