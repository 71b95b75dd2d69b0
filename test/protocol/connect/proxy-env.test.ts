/** The proxy that the environment names: the forms of its variables, row by row, and what holds for all of them. */
import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SocketError } from '../../../src/core/errors.ts';
import { excluderOf } from '../../../src/protocol/connect/no-proxy.ts';
import { proxiesOf } from '../../../src/protocol/connect/proxy-env.ts';

const P = 'http://proxy.example:3128';
const Q = 'http://other.example:8080';
const HTTP = 'http://host.example/';
const HTTPS = 'https://host.example/';

describe('the proxy of a URL', () => {
  const rows: [environment: Record<string, string | undefined>, url: string, proxy: string | undefined][] = [
    [{}, HTTP, undefined],
    [{ http_proxy: P }, HTTP, P],
    [{ http_proxy: P }, HTTPS, undefined],
    [{ https_proxy: P }, HTTPS, P],
    [{ https_proxy: P }, HTTP, undefined],
    [{ http_proxy: P, https_proxy: Q }, HTTPS, Q],
    [{ all_proxy: P }, HTTP, P],
    [{ all_proxy: P }, HTTPS, P],
    [{ all_proxy: P, http_proxy: Q }, HTTP, Q],
    [{ all_proxy: P, http_proxy: Q }, HTTPS, P],
    // upper case comes second
    [{ HTTP_PROXY: P }, HTTP, P],
    [{ HTTPS_PROXY: P }, HTTPS, P],
    [{ ALL_PROXY: P }, HTTPS, P],
    [{ HTTP_PROXY: P, http_proxy: Q }, HTTP, Q],
    [{ HTTPS_PROXY: P, https_proxy: Q }, HTTPS, Q],
    [{ ALL_PROXY: P, all_proxy: Q }, HTTPS, Q],
    [{ HTTP_PROXY: P, all_proxy: Q }, HTTP, P],
    [{ Http_Proxy: P }, HTTP, undefined],
    // what is empty is not there
    [{ http_proxy: '' }, HTTP, undefined],
    [{ http_proxy: '', HTTP_PROXY: P }, HTTP, P],
    [{ http_proxy: '', all_proxy: P }, HTTP, P],
    [{ http_proxy: undefined, HTTP_PROXY: P }, HTTP, P],
    // httpoxy
    [{ HTTP_PROXY: P, REQUEST_METHOD: 'GET' }, HTTP, undefined],
    [{ HTTP_PROXY: P, REQUEST_METHOD: '' }, HTTP, undefined],
    [{ HTTP_PROXY: P, http_proxy: Q, REQUEST_METHOD: 'GET' }, HTTP, Q],
    [{ HTTP_PROXY: P, all_proxy: Q, REQUEST_METHOD: 'GET' }, HTTP, Q],
    [{ HTTP_PROXY: P, HTTPS_PROXY: Q, REQUEST_METHOD: 'GET' }, HTTPS, Q],
    // the forms of its value
    [{ http_proxy: 'proxy.example:3128' }, HTTP, P],
    [{ http_proxy: 'proxy.example' }, HTTP, 'http://proxy.example'],
    [{ http_proxy: 'proxy.example:' }, HTTP, 'http://proxy.example:'],
    [{ http_proxy: '192.0.2.1:8080' }, HTTP, 'http://192.0.2.1:8080'],
    [{ http_proxy: '[2001:db8::1]:8080' }, HTTP, 'http://[2001:db8::1]:8080'],
    [{ http_proxy: 'HTTP://proxy.example:3128/' }, HTTP, 'HTTP://proxy.example:3128/'],
    [{ http_proxy: 'user:p%40ss@proxy.example:1' }, HTTP, 'http://user:p%40ss@proxy.example:1'],
    [{ https_proxy: 'http://user:p@ss:@proxy.example:1' }, HTTPS, 'http://user:p@ss:@proxy.example:1'],
    // the forms of the URL
    [{ http_proxy: P }, 'HTTP://HOST.example', P],
    [{ http_proxy: P }, 'http://user:secret@host.example:81/?q#f', P],
    [{ all_proxy: P }, 'ftp://host.example/', undefined],
    [{ all_proxy: P }, 'constructor://host.example/', undefined],
    [{ all_proxy: P }, 'host.example/', undefined],
    [{ all_proxy: P }, 'http:///path', undefined],
    // no_proxy, too, has two names
    [{ all_proxy: P, no_proxy: 'host.example' }, HTTP, undefined],
    [{ all_proxy: P, NO_PROXY: 'host.example' }, HTTPS, undefined],
    [{ all_proxy: P, NO_PROXY: 'host.example', no_proxy: 'a' }, HTTP, P],
    [{ all_proxy: P, NO_PROXY: 'host.example', no_proxy: '' }, HTTP, undefined],
    // and what is not asked is not judged
    [{ https_proxy: 'socks5://proxy.example', http_proxy: P }, HTTP, P],
    [{ all_proxy: 'socks5://proxy.example', http_proxy: P }, HTTP, P],
    [{ https_proxy: 'https://proxy.example' }, 'https://host.example/', 'https://proxy.example'],
    [{ all_proxy: 'socks5://proxy.example', no_proxy: '*' }, HTTP, undefined],
  ];
  for (const [environment, url, proxy] of rows) {
    it(`${JSON.stringify(environment)}: ${url}: ${proxy ?? 'none'}`, () => {
      assert.equal(proxiesOf(environment)(url), proxy);
    });
  }
});

describe('a value that names no proxy', () => {
  const rows: [value: string, says: RegExp][] = [
    ...['socks5://p.example:1080', 'socks5h://p.example', 'SOCKS4://p.example', 'ftp://p'].map(
      (value): [string, RegExp] => [
        value,
        /begins with \w+:\/\/, and proxies are spoken to by http:\/\/ and https:\/\/ only/,
      ],
    ),
    ...[
      'http://',
      'http://:3128',
      'http:/p.example:3128',
      'secret:a://b@p.example:3128',
      '://p.example',
      'p.example:0',
      'p.example:65536',
      'p.example:secret',
      ' p.example:3128',
      'p.example:3128\r',
      'p example:3128',
      'http://p.example/proxy.pac',
      'http://p.example/?a',
      'http://user:secret/word@p.example:3128',
      'http://user:secret#word@p.example:3128',
      'http://user:secret?word@p.example:3128',
      'http://user:secret;word/@p.example:3128',
      'http://secret/;word@p.example:3128',
      'http://secret#word@p.example:3128',
      'http://secret?word@p.example:3128',
    ].map((value): [string, RegExp] => [value, /its value is no proxy's URL, such as http:\/\/user:password@/]),
  ];
  for (const [value, says] of rows) {
    it(JSON.stringify(value), () => {
      for (const variable of ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY']) {
        assert.throws(
          () => proxiesOf({ [variable]: value })(HTTPS),
          (error) => {
            assert.ok(error instanceof SocketError && error.code === 'ERR_INVALID_ARGUMENT');
            assert.ok(error.message.startsWith(`${variable}: `), error.message);
            assert.match(error.message, says);
            assert.doesNotMatch(error.message, /secret/);
            return true;
          },
        );
      }
    });
  }
});

/**
 * Which URLs go without a proxy, and who decides otherwise: Go (golang.org/x/net/http/httpproxy, by its source), curl
 * 7.88 and Python's requests 2.34 (both asked). Where they disagree, the row follows Go, unless Go is named.
 *
 * ```text
 *   .host           Go: only what is below the host; curl and requests: the host too
 *   *.host          only Go has it
 *   host:port       only Go has it for the scheme's own port, requests for one that the URL names, curl not at all
 *   *               Go: among others too; curl and requests: alone
 *   localhost       Go never asks a proxy for it, nor for 127.0.0.0/8 and ::1; curl and requests do, unless told
 *   a.localhost     nobody else; RFC 6761 makes the names below localhost this machine's, too
 *   host.           curl, too, takes the dot away
 *   127.1           curl, too, reads it as the system does
 *   international   Go, too, compares both by xn--
 *   ::ffff:a.b.c.d  Go, too, takes it for a.b.c.d
 *   blocks          Go has all; curl and requests those of IPv4, without /0
 *   [IPv6]          without a port nobody else has it
 *   blanks          alone between elements: nobody else any more (curl has given it up)
 * ```
 */
describe('no_proxy', () => {
  type Other = 'Go' | 'curl' | 'requests';
  const direct: [list: string, url: string, ...unlike: Other[]][] = [
    ['*', HTTP],
    ['a.example, *', HTTP, 'curl', 'requests'],
    ['host.example', HTTP],
    ['HOST.Example', HTTP],
    ['host.example', 'http://HOST.EXAMPLE/'],
    ['host.example', HTTPS],
    ['host.example', 'http://host.example:8080/'],
    ['host.example', 'http://a.host.example/'],
    ['host.example', 'http://a.b.host.example/'],
    ['example', HTTP],
    ['.host.example', 'http://a.host.example/'],
    ['*.host.example', 'http://a.host.example/', 'curl', 'requests'],
    ['*.host.example', 'http://a.b.host.example/', 'curl', 'requests'],
    ['host.example.', HTTP, 'Go', 'requests'],
    ['host.example', 'http://host.example./', 'Go', 'requests'],
    ['.example.', HTTP, 'Go', 'requests'],
    ['host.example:80', HTTP, 'curl', 'requests'],
    ['host.example:443', HTTPS, 'curl', 'requests'],
    ['host.example:8080', 'http://host.example:8080/', 'curl'],
    ['host.example:080', HTTP, 'Go', 'curl', 'requests'],
    ['host.example:', HTTP, 'curl', 'requests'],
    ['.host.example:80', 'http://a.host.example/', 'curl', 'requests'],
    ['*.host.example:80', 'http://a.host.example/', 'curl', 'requests'],
    ['a.example,host.example', HTTP],
    [' a.example , host.example ', HTTP],
    ['a.example\thost.example\n', HTTP, 'Go', 'curl', 'requests'],
    [',, ,host.example,,', HTTP],
    ['b\u00fccher.example', 'http://xn--bcher-kva.example/', 'curl', 'requests'],
    ['xn--bcher-kva.example', 'http://b\u00fccher.example/', 'requests'],
    ['under_score.example', 'http://under_score.example/'],
    // addresses
    ['192.0.2.7', 'http://192.0.2.7/'],
    ['192.0.2.7', 'http://192.0.2.7:81/'],
    ['192.0.2.7:80', 'http://192.0.2.7/', 'curl', 'requests'],
    ['192.0.2.7', 'http://[::ffff:192.0.2.7]/', 'curl', 'requests'],
    ['::ffff:c000:207', 'http://192.0.2.7/', 'curl', 'requests'],
    ['2001:db8::7', 'http://[2001:db8::7]/'],
    ['2001:DB8:0:0::7', 'http://[2001:db8::0007]/', 'curl', 'requests'],
    ['[2001:db8::7]', 'http://[2001:db8::7]/', 'Go', 'curl', 'requests'],
    ['[2001:db8::7]:80', 'http://[2001:db8::7]/', 'curl', 'requests'],
    ['fe80::1', 'http://[fe80::1%25eth0]/', 'Go', 'requests'],
    // blocks
    ['192.0.2.0/24', 'http://192.0.2.255/'],
    ['192.0.2.77/24', 'http://192.0.2.7/'],
    ['192.0.2.0/23', 'http://192.0.3.0:81/'],
    ['192.0.2.7/32', 'http://192.0.2.7/'],
    ['0.0.0.0/0', 'http://192.0.2.7/', 'curl', 'requests'],
    ['192.0.2.0/24', 'http://[::ffff:192.0.2.7]/', 'curl', 'requests'],
    ['::ffff:192.0.2.0/120', 'http://192.0.2.7/', 'curl', 'requests'],
    ['2001:db8::/32', 'http://[2001:db8:ffff::1]/', 'curl', 'requests'],
    ['2001:db8::/31', 'http://[2001:db9::1]/', 'curl', 'requests'],
    ['[2001:db8::]/32', 'http://[2001:db8::1]/', 'Go', 'curl', 'requests'],
    ['::/0', 'http://[2001:db8::1]/', 'curl', 'requests'],
    ['2001:db8::7/128', 'http://[2001:db8::7]/', 'curl', 'requests'],
    // this machine
    ['', 'http://localhost/', 'curl', 'requests'],
    ['', 'https://LOCALHOST:8443/', 'Go', 'curl', 'requests'],
    ['', 'http://localhost./', 'Go', 'curl', 'requests'],
    ['', 'http://a.localhost/', 'Go', 'curl', 'requests'],
    ['', 'http://127.0.0.1/', 'curl', 'requests'],
    ['', 'http://127.255.255.254/', 'curl', 'requests'],
    ['', 'http://[::1]/', 'curl', 'requests'],
    ['', 'http://[::ffff:127.0.0.1]/', 'curl', 'requests'],
    ['a.example', 'http://127.0.0.1:8080/', 'curl', 'requests'],
  ];
  const proxied: [list: string, url: string, ...unlike: Other[]][] = [
    ['', HTTP],
    [' , ,', HTTP],
    ['a.example', HTTP],
    ['ost.example', HTTP],
    ['host.example', 'http://nothost.example/'],
    ['host.example', 'http://host.example.org/'],
    ['a.host.example', HTTP],
    ['.host.example', HTTP, 'curl', 'requests'],
    ['*.host.example', HTTP],
    ['*host.example', HTTP],
    ['host.*', HTTP],
    ['h?st.example', HTTP],
    ['*:80', HTTP],
    ['.', HTTP],
    ['.', 'http://host.example../', 'Go', 'curl', 'requests'],
    ['..', 'http://host.example./', 'requests'],
    [':80', HTTP],
    ['host.example:80', HTTPS],
    ['host.example:443', HTTP],
    ['host.example:81', HTTP],
    ['host.example:http', HTTP],
    ['.host.example:81', 'http://a.host.example/'],
    ['http://host.example', HTTP],
    ['host.example/', HTTP],
    ['host.example;a.example', HTTP],
    ['192.0.2.7', 'http://192.0.2.70/'],
    ['192.0.2.7:81', 'http://192.0.2.7/'],
    ['192.0.2', 'http://192.0.2.7/'],
    ['192.0.2.', 'http://192.0.2.7/'],
    ['192.0.2.*', 'http://192.0.2.7/'],
    ['2.7', 'http://192.0.2.7/', 'Go', 'requests'],
    ['192.0.02.7', 'http://192.0.2.7/'],
    ['192.0.1.256', 'http://192.0.2.0/'],
    ['192.0.2.7', 'http://192.0.2.7.example/'],
    ['192.0.2.0/33', 'http://192.0.2.0/'],
    ['192.0.2.0/', 'http://192.0.2.0/', 'curl'],
    ['192.0.2.0/-1', 'http://192.0.2.0/'],
    ['192.0.2.0/24:80', 'http://192.0.2.7/', 'curl'],
    ['192.0.2.0/255.255.255.0', 'http://192.0.2.7/'],
    ['192/8', 'http://192.0.2.7/'],
    ['192.0.2.0/24', 'http://192.0.3.0/'],
    ['192.0.2.0/24', 'http://host.example/'],
    ['0.0.0.0/0', 'http://[2001:db8::1]/'],
    ['::/0', 'http://192.0.2.7/'],
    ['::/0', 'http://[::ffff:192.0.2.7]/'],
    ['2001:db8::/32', 'http://[2001:db9::1]/'],
    ['2001:db8::/129', 'http://[2001:db8::]/'],
    ['[2001:db8::7]:81', 'http://[2001:db8::7]/'],
    ['2001:db8::7:80', 'http://[2001:db8::7]/'],
    ['2001:db8', 'http://[2001:db8::7]/'],
    ['', 'http://localhost.example/'],
    ['', 'http://notlocalhost/'],
    ['', 'http://128.0.0.1/'],
    ['', 'http://[::2]/'],
  ];
  for (const [rows, proxy] of [
    [direct, undefined],
    [proxied, P],
  ] as const) {
    for (const [list, url, ...unlike] of rows) {
      const others = unlike.length === 0 ? '' : `, unlike ${unlike.join(', ')}`;
      it(`${JSON.stringify(list)}: ${url} ${proxy === undefined ? 'goes directly' : 'is proxied'}${others}`, () => {
        assert.equal(proxiesOf({ all_proxy: P, no_proxy: list })(url), proxy);
      });
    }
  }
});

describe('no_proxy, whatever stands in it', () => {
  const label = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
  const name = fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => labels.join('.'));
  const word = fc.stringMatching(/^[a-z0-9.:*/[\]%-]{0,12}$/);
  const ipv4 = fc.ipV4();
  const ipv6 = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 }).map((groups) =>
    // Few bits are set, so that `::` comes often, and blocks contain something.
    groups.map((group, i) => (i % 3 === 0 ? group : 0).toString(16)).join(':'),
  );

  it('a name is itself and what is below it, in any case, and no other', () => {
    fc.assert(
      fc.property(name, label, (name, label) => {
        const excludes = excluderOf(name.toUpperCase());
        assert.ok(excludes(name, 80) && excludes(`${label}.${name}`, 80) && excludes(`${name}.`, 443));
        assert.equal(excludes(`${label}${name}`, 80), false);
        assert.equal(excludes(`${name}.${label}0`, 80), false);
        for (const below of [`.${name}`, `*.${name}`]) {
          assert.deepEqual([excluderOf(below)(name, 80), excluderOf(below)(`${label}.${name}`, 80)], [false, true]);
        }
      }),
    );
  });

  it('an element counts the same among others, in any order, and never sends a host to the proxy', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(name, word, ipv4)), fc.oneof(name, ipv4), (elements, host) => {
        const each = elements.some((element) => excluderOf(element)(host, 80));
        const all = elements.length === 0 ? excluderOf('')(host, 80) : each;
        assert.equal(excluderOf(elements.join(','))(host, 80), all);
        assert.equal(excluderOf(elements.toReversed().join(' , '))(host, 80), all);
      }),
    );
  });

  it("blocks contain what Node's contain", () => {
    for (const [address, family, size] of [
      [ipv4, 'ipv4', 32],
      [ipv6, 'ipv6', 128],
    ] as const) {
      fc.assert(
        fc.property(
          address,
          address,
          fc.integer({ min: 0, max: size }),
          fc.integer({ min: 0, max: size }),
          (base, other, length, flipped) => {
            const list = new BlockList();
            list.addSubnet(base, length, family);
            const excludes = excluderOf(`${base}/${length}`);
            for (const host of [base, other, withBitFlipped(base, flipped, size)]) {
              const isHere = excluderOf('')(host, 80);
              assert.equal(excludes(host, 80), isHere || list.check(host, family), `${host} in ${base}/${length}`);
            }
          },
        ),
        { numRuns: 500 },
      );
    }
  });

  it('a URL whose host others would read otherwise has no proxy and no exception', () => {
    const choose = proxiesOf({ http_proxy: 'http://proxy.example:1', no_proxy: '127.0.0.1,192.0.2.7' });
    for (const url of ['http://a.example\\@127.0.0.1/', 'http://3221225991/', 'http://127.1/', 'http://a%2e.example/'])
      assert.throws(() => choose(url), { code: 'ERR_INVALID_ARGUMENT' }, url);
  });

  it('it may be anything, and so may the URL', () => {
    assert.ok(excluderOf('fe80::/10')('fe80::1%a\nb', 80));
    const text = fc.oneof(fc.string({ unit: 'binary' }), word);
    fc.assert(
      fc.property(text, text, text, (list, host, proxy) => {
        assert.equal(typeof excluderOf(list)(host, 80), 'boolean');
        try {
          proxiesOf({ http_proxy: proxy, no_proxy: list })(`http://${host}`);
        } catch (error) {
          assert.ok(error instanceof SocketError && error.code === 'ERR_INVALID_ARGUMENT', String(error));
          assert.match(error.message, /^(http_proxy|request): /);
        }
      }),
    );
  });

  it('a list of 20,000 elements, or of one very long one, is read in a moment', () => {
    const before = process.cpuUsage();
    for (const list of ['a.example,'.repeat(20_000), '1'.repeat(200_000), '[:'.repeat(100_000), ' '.repeat(200_000)]) {
      assert.equal(excluderOf(list)('host.example', 80), false);
    }
    assert.ok(process.cpuUsage(before).user < 2e6);
  });
});

/** The address with one bit changed, of those counted from the left; the last address of a block is one such. */
function withBitFlipped(address: string, bit: number, size: 32 | 128): string {
  const [separator, base, width] = size === 32 ? (['.', 10, 8] as const) : ([':', 16, 16] as const);
  const parts = address.split(separator).map((part) => Number.parseInt(part, base));
  const at = Math.min(Math.floor(bit / width), parts.length - 1);
  parts[at] = (parts[at] as number) ^ (1 << (width - 1 - (bit % width)));
  return parts.map((part) => part.toString(base)).join(separator);
}
