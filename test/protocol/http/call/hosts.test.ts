/** One reading of a URL's host: by requests, redirects, proxies and cookies alike, and of no host that others read otherwise. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CookieJar } from 'tough-cookie';
import { ProtocolError, SocketError } from '../../../../src/core/errors.ts';
import { standardURL, targetOf } from '../../../../src/protocol/connect/target.ts';
import { parse } from '../../../../src/url/parts.ts';
import { errorOf } from '../../../core/scripted-io.ts';
import { Network, ok, type Seen, to } from '../network.ts';

/** What stands between `http://` and the path: RFC 3986 has no place for it in a host, or others find another host in it. */
const REFUSED = [
  ...['a.example\\@127.0.0.1:1', 'a.example\\', '\\a.example', 'u\\x:p@h', 'u:p\\@h'],
  ...['h%41', '%68', 'h%2f', 'h%', 'h<', 'h>', 'h^', 'h|', 'h"', 'h`', 'h{}', '[h]', 'h]', 'h h', 'a[b'],
  ...[
    '127.1',
    '0x7f.1',
    '2130706433',
    '127.0.0.010',
    '１27.0.0.1',
    'h％41',
    '[::1]x',
    '::1',
    '::1:80',
    '[::1%25a"b]',
    '[::1%25a]b]',
    '℀.example',
  ],
];

/** Text as the characters of its bytes, as a reply is scripted. */
function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

const HOSTS = [
  'h',
  'a_b.example',
  "a!$&'()*+,;=~.example",
  'H.',
  '[::1]',
  '192.0.2.7',
  'bücher.example',
  'u:p@h',
  'u@x@h',
];

for (const how of ['blocking', 'await'] as const) {
  describe(`hosts, ${how}`, () => {
    it('what is no host is refused in a URL, as a part, in a proxy, and by a redirect', async () => {
      const network = new Network((_, i) => (i === 0 ? to(302, '/') : ok('')));
      for (const authority of REFUSED) {
        const url = `http://${authority}/`;
        for (const options of [
          { url },
          { url: 'http://h/', host: authority },
          { url: 'http://h/', proxy: url },
          { url: 'http://h/', proxy: () => url },
        ]) {
          // A part stands alone: as a host it has no user, no port and no brackets.
          if ('host' in options && /[@:\]]/.test(authority)) continue;
          const error = await errorOf<SocketError>(() => network.ask(how, options));
          assert.equal(error.code, 'ERR_INVALID_ARGUMENT', JSON.stringify(options));
        }
      }
      assert.equal(network.opened, 0);
      for (const authority of REFUSED) {
        for (const location of [`http://${authority}/`, `//${authority}/`]) {
          const hostile = new Network((_, i) => (i === 0 ? to(302, utf8(location)) : ok('')));
          const error = await errorOf<SocketError>(() => hostile.ask(how, 'http://h/'));
          assert.ok(error instanceof ProtocolError, `${location}: ${error}`);
          assert.equal(error.code, 'ERR_HTTP_REDIRECT');
          assert.equal(hostile.opened, 1);
        }
      }
    });

    it('the connection, Host, the cookies and the proxy mean the same host', async () => {
      for (const host of HOSTS) {
        const jar = new CookieJar(undefined, { rejectPublicSuffixes: false });
        const network = new Network(() => ok('', 'Set-Cookie: a=1; Path=/'));
        const asked: string[] = [];
        const proxy = (url: string): undefined => void asked.push(url);
        for (let i = 0; i < 2; i++) await network.ask(how, { url: `http://${host}/x`, cookies: jar, proxy });
        const expected = new URL(`http://${host}/x`).hostname;
        for (const { to, text } of network.seen) {
          assert.equal(to.toLowerCase(), `${expected.replace(/^\[|\]$/g, '')}:80`);
          assert.equal(/^Host: (.*)\r$/m.exec(text)?.[1]?.toLowerCase(), expected);
        }
        assert.match(network.seen[1]?.text ?? '', /^Cookie: a=1\r$/m, host);
        for (const url of asked) assert.equal(new URL(url).hostname, expected);
      }
    });

    it('a jar gets no zone, which it could not read, and the caller does', async () => {
      const jar = new CookieJar();
      const network = new Network((_, i) => (i === 0 ? to(302, '../y') : ok('', 'Set-Cookie: a=1; Path=/')));
      const { url } = await network.ask(how, { url: 'http://u:p@[fe80::1%25lo]:81/x/', cookies: jar });
      assert.equal(url, 'http://[fe80::1%25lo]:81/y');
      assert.deepEqual(
        network.seen.map(({ to }) => to),
        ['fe80::1%lo:81', 'fe80::1%lo:81'],
      );
      for (const { text } of network.seen) assert.match(text, /^Authorization: Basic dTpw\r$/m);
      assert.equal(jar.getCookieStringSync('http://[fe80::1]:81/'), 'a=1');
    });

    it('a Location goes to the bytes that it names, in UTF-8 or not', async () => {
      for (const [location, target, host] of [
        ['/caf\xc3\xa9?q=\xc3\xbc', '/caf%C3%A9?q=%C3%BC', 'h'],
        ['/caf\xe9', '/caf%E9', 'h'],
        ['/caf%C3%A9', '/caf%C3%A9', 'h'],
        ['http://b\xc3\xbccher.example/', '/', 'xn--bcher-kva.example'],
        ['/a\\b', '/a%5Cb', 'h'],
      ] as const) {
        const network = new Network((_, i) => (i === 0 ? to(302, location) : ok('')));
        await network.ask(how, 'http://h/');
        const { text } = network.seen[1] as Seen;
        assert.deepEqual([text.split(' ')[1], /^Host: (.*)\r$/m.exec(text)?.[1]], [target, host]);
      }
    });

    it('no part of a password is in a message', async () => {
      const network = new Network(() => ok(''));
      for (const url of [
        'http://u:hun/ter2@h/',
        'http://u:hun?ter2@h/',
        'http://u:99999/ter2@h/',
        'http://u:hun\\ter2@h/',
      ]) {
        const error = await errorOf<SocketError>(() => network.ask(how, url));
        assert.equal(error.code, 'ERR_INVALID_ARGUMENT');
        assert.doesNotMatch(`${error.stack}`, /hun|ter2|99999/, url);
      }
    });

    it('headers for one origin do not follow a redirect to another', async () => {
      const headers = { Authorization: 'a', 'Proxy-Authorization': 'b', Cookie: 'c', Host: 'd', 'X-Kept': 'e' };
      for (const [location, kept] of [
        ['/', ['authorization', 'proxy-authorization', 'cookie', 'x-kept']],
        ['http://other/', ['x-kept']],
        ['http://h:81/', ['x-kept']],
      ] as const) {
        const network = new Network((_, i) => (i === 0 ? to(302, location) : ok('')));
        await network.ask(how, { url: 'http://h/', headers });
        const names = [...(network.seen[1]?.text ?? '').matchAll(/^([\w-]+): [a-e]\r$/gm)].map(([, name = '']) => name);
        assert.deepEqual(
          names.map((name) => name.toLowerCase()),
          kept,
          location,
        );
      }
    });

    it('an empty user with an empty password is none', async () => {
      for (const [userinfo, login] of [
        ['@', undefined],
        [':@', undefined],
        ['u@', 'dTo='],
        [':p@', 'OnA='],
      ] as const) {
        const network = new Network(() => ok(''));
        await network.ask(how, `http://${userinfo}h/`);
        assert.equal(/^Authorization: Basic (.*)\r$/m.exec(network.seen[0]?.text ?? '')?.[1], login, userinfo);
      }
    });
  });
}

it('whatever a URL is, its host is what the URL standard finds in it, or it is refused', () => {
  const piece = fc.constantFrom(
    ...'aB0.:@/\\?#%[]<>^|"{} \t_~!$;,',
    '%41',
    '%2f',
    '。',
    'ü',
    '1',
    '127',
    '::1',
    'http:',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
      const text = `http://${pieces.join('')}`;
      let target: ReturnType<typeof targetOf>;
      try {
        target = targetOf(parse(text));
      } catch (error) {
        assert.ok(error instanceof SocketError && error.code === 'ERR_INVALID_ARGUMENT', String(error));
        return;
      }
      const standard = new URL(text);
      for (const url of [standard, new URL(standardURL(target)), new URL(target.url)]) {
        assert.equal(url.hostname, standard.hostname);
        assert.equal(url.port, standard.port);
      }
      assert.equal(new URL(`http://${target.authority}`).host, standard.host);
    }),
    { numRuns: 20_000 },
  );
});
