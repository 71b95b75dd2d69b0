/** URLs taken apart and put together: what comes back is what was there, whatever it was. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { build, fromURL, parse, toURL, type UrlParts } from '../../src/entry/url.ts';

const table: [url: string, parts: UrlParts][] = [
  // RFC 3986, sections 1.1.2 and 3
  [
    'foo://example.com:8042/over/there?name=ferret#nose',
    {
      scheme: 'foo',
      authority: 'example.com:8042',
      host: 'example.com',
      port: '8042',
      path: '/over/there',
      query: 'name=ferret',
      fragment: 'nose',
    },
  ],
  ['urn:example:animal:ferret:nose', { scheme: 'urn', path: 'example:animal:ferret:nose' }],
  [
    'ldap://[2001:db8::7]/c=GB?objectClass?one',
    {
      scheme: 'ldap',
      authority: '[2001:db8::7]',
      host: '2001:db8::7',
      path: '/c=GB',
      query: 'objectClass?one',
    },
  ],
  ['mailto:John.Doe@example.com', { scheme: 'mailto', path: 'John.Doe@example.com' }],
  ['news:comp.infosystems.www.servers.unix', { scheme: 'news', path: 'comp.infosystems.www.servers.unix' }],
  ['tel:+1-816-555-1212', { scheme: 'tel', path: '+1-816-555-1212' }],
  [
    'telnet://192.0.2.16:80/',
    { scheme: 'telnet', authority: '192.0.2.16:80', host: '192.0.2.16', port: '80', path: '/' },
  ],
  // the authority
  [
    'ftp://user:pass@[::1]:21/dir/file;type=a',
    {
      scheme: 'ftp',
      authority: 'user:pass@[::1]:21',
      userinfo: 'user:pass',
      user: 'user',
      password: 'pass',
      host: '::1',
      port: '21',
      path: '/dir/file',
      params: 'type=a',
    },
  ],
  ['//h?a/b', { authority: 'h', host: 'h', query: 'a/b' }],
  ['//h#a/b?c', { authority: 'h', host: 'h', fragment: 'a/b?c' }],
  ['//h:', { authority: 'h:', host: 'h', port: '' }],
  ['//:80', { authority: ':80', port: '80' }],
  ['//u@', { authority: 'u@', userinfo: 'u', user: 'u' }],
  ['//u:@h', { authority: 'u:@h', userinfo: 'u:', user: 'u', password: '', host: 'h' }],
  ['//u:p:w@h', { authority: 'u:p:w@h', userinfo: 'u:p:w', user: 'u', password: 'p:w', host: 'h' }],
  ['//u:p@w@h', { authority: 'u:p@w@h', userinfo: 'u:p@w', user: 'u', password: 'p@w', host: 'h' }],
  ['//[v1.x]:1', { authority: '[v1.x]:1', host: '[v1.x]', port: '1' }],
  ['//[fe80::1%25eth0]', { authority: '[fe80::1%25eth0]', host: 'fe80::1%25eth0' }],
  ['//::1', { authority: '::1', host: ':', port: '1' }],
  ['file:///etc/hosts', { scheme: 'file', authority: '', path: '/etc/hosts' }],
  // relative references
  ['', {}],
  ['a/b', { path: 'a/b' }],
  ['/a;b/c;d', { path: '/a', params: 'b/c;d' }],
  [';?#', { params: '', query: '', fragment: '' }],
  ['?a?b#c#d', { query: 'a?b', fragment: 'c#d' }],
  ['1a:b', { path: '1a:b' }],
  [':80', { path: ':80' }],
  // nothing is changed
  ['HTTP://EXAMPLE.com/%7e', { scheme: 'HTTP', authority: 'EXAMPLE.com', host: 'EXAMPLE.com', path: '/%7e' }],
  ['a b\r\n\0é#\ud800', { path: 'a b\r\n\0é', fragment: '\ud800' }],
];

describe('parse and build', () => {
  for (const [url, parts] of table) {
    it(JSON.stringify(url), () => {
      assert.deepEqual(parse(url), parts);
      assert.equal(build(parts), url);
    });
  }

  it('take strings', () => {
    for (const url of [undefined, null, 5, {}]) {
      assert.throws(() => parse(url as unknown as string), { code: 'ERR_INVALID_ARGUMENT', message: /is a string/ });
    }
  });

  it('leave the defaults alone, and put them where the URL has nothing', () => {
    const defaults = Object.freeze({ scheme: 'http', path: '/', port: '80', user: 'joe' });
    assert.deepEqual(parse('', defaults), defaults);
    assert.deepEqual(parse('//h:81', defaults), { ...defaults, authority: 'h:81', host: 'h', port: '81' });
  });
});

/** Text of the letters that mean something in a URL, and of any others. */
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'ab1:/?#;@[]%.-+\n'), maxLength: 40 }),
  fc.string({ unit: 'binary' }),
);

describe('any string', () => {
  it('comes back from its parts', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.webUrl({ withQueryParameters: true, withFragments: true })), (url) => {
        assert.equal(build(parse(url)), url);
      }),
      { numRuns: 5000 },
    );
  });

  // Of the kind that the tests of web platforms have: broken literals, ports, escapes, slashes and blanks.
  const odd = [
    'http://foo:🔥@h:b\\c',
    'http:\\\\x:b\\c',
    'http://::@c@d:2',
    'http://f: 21 / b ? d # e ',
    'http://[1::2]:3:4',
    'http://[::127.0.0.1',
    'http://2001::1]',
    'http:/example.com/',
    'http:::@c:29',
    'http://f:999999/',
    '///////bar.com/',
    '://a',
    'http://%ef%bc%85%ef%bc%94%ef%bc%91.com',
    'javascript:/../',
    'data:text/html,test#test',
    'file:c:\\foo\\bar.html',
    '\t   :foo.com   \n',
    'http://a\0b/',
    '//@/',
    '#:?/@;',
    'http://user@/www@example.com',
    '..//../..//',
    `a${':'.repeat(50)}`,
  ];
  for (const url of odd) it(JSON.stringify(url), () => assert.equal(build(parse(url)), url));
});

describe('build', () => {
  const made: [parts: UrlParts, url: string][] = [
    [{ scheme: 'http', host: 'h' }, 'http://h'],
    [{ host: 'h', user: 'u', password: 'p', port: '' }, '//u:p@h:'],
    [{ host: 'h', password: 'p' }, '//h'],
    [{ host: 'h', userinfo: 'a', user: 'u' }, '//u@h'],
    [{ host: 'h', userinfo: 'a:b' }, '//a:b@h'],
    [{ host: '::1' }, '//[::1]'],
    [{ host: '[::1]' }, '//[::1]'],
    [{ authority: 'a', host: 'h' }, '//h'],
    [{ authority: 'a', port: '80' }, '//a'],
    [{ ...parse('//u:p@h:1/'), port: '2' }, '//u:p@h:2/'],
    [{ ...parse('//u:p@h:1/'), port: undefined }, '//u:p@h/'],
    [{ ...parse('//h/'), host: undefined }, '//h/'],
    [{ scheme: undefined, path: 'a', query: undefined }, 'a'],
    // A path stays one.
    [{ scheme: 'http', host: 'h', path: 'p' }, 'http://h/p'],
    [{ host: 'h', params: 'p' }, '//h/;p'],
    [{ path: '//h' }, '/.//h'],
    [{ scheme: 's', path: '//h' }, 's:/.//h'],
    [{ path: 'a:b' }, './a:b'],
    [{ scheme: 's', path: 'a:b' }, 's:a:b'],
  ];
  for (const [parts, url] of made) {
    it(`${JSON.stringify(parts)} is ${url}`, () => assert.equal(build(parts), url));
  }

  it('gives a path that parse finds as a path', () => {
    const path = fc.string({ unit: fc.constantFrom(...'a:/.'), maxLength: 8 });
    const part = fc.option(fc.constantFrom('a', 'b'), { nil: undefined });
    fc.assert(
      fc.property(part, part, path, (scheme, host, name) => {
        const found = parse(build({ scheme, host, path: name }));
        assert.deepEqual([found.scheme, found.host], [scheme, host]);
        assert.ok([name, `/${name}`, `/.${name}`, `./${name}`].includes(found.path ?? ''), build(found));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('WHATWG URLs', () => {
  it('are made of strings and of parts', () => {
    assert.equal(toURL('http://Example.ORG:80/a/../b c').href, 'http://example.org/b%20c');
    assert.equal(toURL({ scheme: 'ftp', host: '::1', path: '/x' }).href, 'ftp://[::1]/x');
    assert.deepEqual(fromURL(new URL('HTTP://u:p@H:81/?q')), parse('http://u:p@h:81/?q'));
  });

  it('agree on the host', () => {
    for (const url of ['http://a:b@c:1/', 'http://a:b@c@d/', 'http://a:b:c@d:5?x@y', 'http://d#@e', 'http://d?@e/f']) {
      const { hostname, port } = toURL(url);
      const { host, port: ours = '' } = parse(url);
      assert.deepEqual([host, ours], [hostname, port], url);
    }
  });

  it('are refused where there is none, and the message does not tell the password', () => {
    for (const url of ['', '/a', '//h/a', 'http://user:secret@a b/', { host: 'h', password: 'secret', user: 'u' }]) {
      assert.throws(
        () => toURL(url),
        (error: Error & { code: string }) => {
          assert.equal(error.code, 'ERR_INVALID_ARGUMENT');
          return !error.message.includes('secret');
        },
      );
    }
  });
});
