/** Cookies of tough-cookie's jar: which requests they go with, and what a hostile reply, or a broken jar, can do. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type CreateCookieJarOptions, CookieJar as ToughJar } from 'tough-cookie';
import { SocketError } from '../../../../src/core/errors.ts';
import { SET_COOKIE_LIMIT } from '../../../../src/core/limits.ts';
import { formatHeaders } from '../../../../src/headers/format.ts';
import { HeaderMap } from '../../../../src/headers/map.ts';
import { parseHeaders } from '../../../../src/headers/parser.ts';
import { type CookieJar, cookiesFor, keepCookies } from '../../../../src/protocol/http/call/cookies.ts';

const HERE = 'http://www.example.com/dir/page?q';

/** A jar after a reply from this URL. */
function jarWith(cookies: readonly string[], url = HERE): CookieJar {
  const jar = new ToughJar();
  keepCookies(jar, url, new HeaderMap({ 'Set-Cookie': cookies }));
  return jar;
}

/** The URLs that get a cookie set by `cookie`, and those that do not. */
const rows: [cookie: string, from: string, to: string[], notTo: string[]][] = [
  ['a=b', HERE, [HERE, 'http://WWW.EXAMPLE.COM:8080/dir/'], ['http://www.example.com/', 'http://example.com/dir/']],
  // Without a Domain it is for this host alone.
  ['a=b; Path=/', HERE, ['http://www.example.com/'], ['http://example.com/', 'http://a.www.example.com/']],
  [
    'a=b; Path=/x',
    HERE,
    ['http://www.example.com/x', 'http://www.example.com/x/y'],
    [HERE, 'http://www.example.com/xy'],
  ],
  [
    'a=b; Path=/; Domain=.Example.com',
    HERE,
    ['http://example.com/', 'http://b.a.example.com/'],
    ['http://badexample.com/', 'http://example.com.evil.org/'],
  ],
  ['a=b; Path=/; Domain=example.org', HERE, [], [HERE, 'http://example.org/']],
  ['a=b; Path=/; Domain=com', HERE, [], [HERE, 'http://other.com/']],
  ['a=b; Path=/; Domain=co.uk', 'http://www.example.co.uk/', [], ['http://www.example.co.uk/', 'http://other.co.uk/']],
  ['a=b; Path=/; Domain=github.io', 'http://me.github.io/', [], ['http://me.github.io/', 'http://you.github.io/']],
  ['a=b; Path=/; Secure', 'https://example.com/', ['https://example.com/'], ['http://example.com/']],
  ['a=b; HttpOnly; SameSite=Strict', HERE, [HERE], []],
  ['a=b; Max-Age=60', HERE, [HERE], []],
  ['a=b; Max-Age=0', HERE, [], [HERE]],
  ['a=b; Expires=Thu, 01 Jan 1970 00:00:01 GMT', HERE, [], [HERE]],
  ['a=b; Expires=Wed, 21 Oct 2037 07:28:00 GMT', HERE, [HERE], []],
  ['a=b; Path=/', 'http://127.0.0.1:1234/', ['http://127.0.0.1/'], ['http://127.0.0.2/', 'http://1.127.0.0.1.nip.io/']],
  ['a=b; Path=/; Domain=0.0.1', 'http://127.0.0.1/', [], ['http://127.0.0.1/', 'http://126.0.0.1/']],
  ['a=b; Path=/', 'http://[::1]:1234/', ['http://[::1]/'], ['http://[::2]/']],
];

describe('a cookie', () => {
  for (const [cookie, from, to, notTo] of rows) {
    it(`${cookie} of ${from}`, () => {
      const jar = jarWith([cookie], from);
      for (const url of to) assert.equal(cookiesFor(jar, url), 'a=b', url);
      for (const url of notTo) assert.equal(cookiesFor(jar, url), undefined, url);
    });
  }

  it('stands with others in one field, and goes when a later one says so', () => {
    const jar = jarWith(['a=1', 'b=2; Expires=Wed, 21 Oct 2037 07:28:00 GMT', 'c=3']);
    assert.equal(cookiesFor(jar, HERE), 'a=1; b=2; c=3');
    keepCookies(jar, HERE, new HeaderMap({ 'set-cookie': ['b=; Max-Age=-1', 'a=4'] }));
    assert.equal(cookiesFor(jar, HERE), 'a=4; c=3');
  });

  it('has each byte that it was sent with', () => {
    for (const value of ['\xe4', '\xc3\xa4 b', '"\x80\xff"', '%41', 'a=b=c', '\\']) {
      const [line] = [...parseHeaders([`Set-Cookie: a=${value}; Path=/`])].map(([, text]) => text);
      const sent = formatHeaders({ Cookie: cookiesFor(jarWith([line!]), HERE)! });
      assert.equal(sent, `Cookie: a=${value}\r\n`);
    }
  });
});

describe('a hostile reply', () => {
  it('sets so many cookies and no more', () => {
    const jar = jarWith(Array.from({ length: 1000 }, (_, i) => `c${i}=1`));
    assert.equal(cookiesFor(jar, HERE)?.split('; ').length, SET_COOKIE_LIMIT);
    assert.match(cookiesFor(jar, HERE)!, new RegExp(`^c0=1; .*; c${SET_COOKIE_LIMIT - 1}=1$`));
  });

  it('breaks no request where the jar throws in spite of ignoreError', () => {
    const jar = new ToughJar(undefined, { rejectPublicSuffixes: false });
    const throwing = 'a=b; Domain=\xff:x';
    assert.throws(() => jar.setCookieSync(throwing, HERE, { ignoreError: true }));
    keepCookies(jar, HERE, new HeaderMap({ 'Set-Cookie': [throwing, 'c=d'] }));
    assert.equal(cookiesFor(jar, HERE), 'c=d');
  });

  it('breaks no request, and forges no line, with any cookie in any jar', () => {
    const odd = [
      'a',
      '=',
      ';',
      ' ',
      'Domain=',
      'example.com',
      '[',
      '%',
      '\x01',
      '\x7f',
      '\xff',
      'xn--a',
      'Path=/',
      'Expires=',
    ];
    const more = [
      '9'.repeat(400),
      '__proto__',
      '__Host-',
      'Secure',
      '"',
      '\\',
      'localhost',
      ':',
      '@',
      '\t',
      '\r',
      '\n',
      '\0',
    ];
    const cookie = fc.array(fc.constantFrom(...odd, ...more), { maxLength: 14 }).map((parts) => parts.join(''));
    const jars: CreateCookieJarOptions[] = [
      {},
      { rejectPublicSuffixes: false },
      { looseMode: true },
      { prefixSecurity: 'strict' },
    ];
    fc.assert(
      fc.property(fc.array(cookie, { maxLength: 5 }), fc.constantFrom(...jars), (cookies, options) => {
        const jar = new ToughJar(undefined, options);
        keepCookies(jar, HERE, new HeaderMap({ 'Set-Cookie': [...cookies, 'last=1; Path=/'] }));
        const field = cookiesFor(jar, HERE);
        assert.match(field!, /last=1/);
        assert.equal(formatHeaders({ Cookie: field! }), `Cookie: ${field}\r\n`);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a jar', () => {
  it('forges no line', () => {
    for (const text of ['a=b\r\nX: y', 'a=b\nc', 'a\0b', 'a=\u010d']) {
      const jar: CookieJar = { getCookieStringSync: () => text, setCookieSync: () => undefined };
      assert.throws(
        () => formatHeaders({ Cookie: cookiesFor(jar, HERE)! }),
        (error) => error instanceof SocketError && error.code === 'ERR_INVALID_ARGUMENT',
      );
    }
  });

  it('that cannot answer at once says so', () => {
    const slow = new ToughJar();
    slow.store.synchronous = false;
    assert.throws(() => cookiesFor(slow, HERE), /not synchronous/);
  });

  it('is asked and told with the URL as it was given', () => {
    const calls: unknown[] = [];
    const jar: CookieJar = {
      getCookieStringSync: (url) => {
        calls.push(url);
        return '';
      },
      setCookieSync: (...args) => calls.push(args),
    };
    assert.equal(cookiesFor(jar, HERE), undefined);
    keepCookies(jar, HERE, new HeaderMap({ 'SET-COOKIE': ['a', 'b, c'], Cookie: 'd' }));
    assert.deepEqual(calls, [HERE, ['a', HERE, { ignoreError: true }], ['b, c', HERE, { ignoreError: true }]]);
  });
});
