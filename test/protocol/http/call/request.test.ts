/** Requests from their URL to their body: what goes where, what follows a redirect, and what is kept from whom. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClosedError, LimitError, ProtocolError, SocketError } from '../../../../src/core/errors.ts';
import type { HttpRequest } from '../../../../src/protocol/http/call/options.ts';
import { Network, ok, type Seen, to } from '../network.ts';

const HOWS = ['blocking', 'await'] as const;

async function refused(promise: Promise<unknown>): Promise<SocketError> {
  const error = await promise.then(
    () => assert.fail('it was not refused'),
    (error: unknown) => error,
  );
  assert.ok(error instanceof SocketError, String(error));
  return error;
}

function fieldOf({ text }: Seen, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)\r$`, 'im').exec(text)?.[1];
}

for (const how of HOWS) {
  describe(`request, ${how}`, () => {
    it('says what is asked, and no more', async () => {
      const network = new Network(() => ok('hello'));
      const response = await network.ask(how, 'http://example.test/a/b;p?q=1#fragment');
      assert.match(
        String(network.seen[0]?.text),
        /^GET \/a\/b;p\?q=1 HTTP\/1\.1\r\nHost: example\.test\r\nUser-Agent: moonsocket\r\nConnection: close\r\nAccept-Encoding: gzip[a-z, ]+\r\n\r\n$/,
      );
      const { code, status, body, url } = response;
      assert.deepEqual([code, status, String(body)], [200, 'HTTP/1.1 200 OK', 'hello']);
      assert.equal(url, 'http://example.test/a/b;p?q=1');
      assert.deepEqual([network.opened, network.closed], [1, 1]);
    });

    it('154: URLs of many forms', async () => {
      for (const [url, destination, target, host] of [
        ['http://h', 'h:80', '/', 'h'],
        ['http://h?q', 'h:80', '/?q', 'h'],
        ['http://h:/x', 'h:80', '/x', 'h'],
        ['http://h:80/x', 'h:80', '/x', 'h'],
        ['HTTP://H:8080/x', 'H:8080', '/x', 'H:8080'],
        ['http://[::1]:81/', '::1:81', '/', '[::1]:81'],
        ['http://[fe80::1%25lo]:81/', 'fe80::1%lo:81', '/', '[fe80::1]:81'],
        ['http://h/a b?ä', 'h:80', '/a%20b?%C3%A4', 'h'],
        ['http://a@b@c/', 'c:80', '/', 'c'],
        [new URL('http://h/x?y'), 'h:80', '/x?y', 'h'],
      ] as const) {
        const network = new Network(() => ok(''));
        await network.ask(how, url);
        const [seen] = network.seen as [Seen];
        assert.deepEqual(
          [seen.to, seen.text.split(' ')[1], fieldOf(seen, 'Host')],
          [destination, target, host],
          String(url),
        );
      }
    });

    it('154: what is no URL of a server is refused before there is a connection', async () => {
      const network = new Network(() => ok(''));
      for (const url of [
        '',
        'x',
        '/x',
        'http:/x',
        'http://',
        'ftp://h/',
        'http://h:99999/',
        'http://h:x/',
        'http://h/\t',
      ]) {
        assert.equal((await refused(network.ask(how, url))).code, 'ERR_INVALID_ARGUMENT', url);
      }
      assert.equal(network.opened, 0);
    });

    it('136, 137: forged lines and odd names are refused before there is a connection', async () => {
      const network = new Network(() => ok(''));
      const url = 'http://h/';
      for (const wrong of [
        { url, method: 'GET\r\n' },
        { url, method: 'G ET' },
        { url, headers: { 'X-A': 'a\r\nX-B: b' } },
        { url, headers: { 'X-A': 'a\0' } },
        { url, headers: { 'X A': 'a' } },
        { url, headers: { 'X:A': 'a' } },
        { url: 'http://h/\r\nX-B: b' },
        { url: 'http://h\r\n/' },
        { host: 'h\r\nX-B: b' },
        { url, query: 'a\nb' },
        {
          url,
          headers: [
            ['Host', 'a'],
            ['Host', 'b'],
          ] as const,
        },
      ] as HttpRequest<'blocking'>[]) {
        assert.equal((await refused(network.ask(how, wrong))).code, 'ERR_INVALID_ARGUMENT', JSON.stringify(wrong));
      }
      assert.equal(network.opened, 0);
    });

    it('the simple form with a body posts a form', async () => {
      const network = new Network(() => ok(''));
      await network.ask(how, 'http://h/', 'a=1');
      const [{ text }] = network.seen as [Seen];
      assert.match(text, /^POST \/ HTTP\/1\.1\r\n/);
      assert.match(
        text,
        /\r\nContent-Type: application\/x-www-form-urlencoded\r\n(.*\r\n)*Content-Length: 3\r\n\r\na=1$/,
      );
    });

    it('the final reply is told before its body goes to the sink, and may be refused', async () => {
      const told: string[] = [];
      const answer = (seen: Seen): string => (seen.text.startsWith('GET /old ') ? to(302, '/new') : ok('hello'));
      const network = new Network(answer);
      const options: HttpRequest<'blocking'> = {
        url: 'http://h/old',
        final: ({ status, headers }) => told.push(`${status}, ${headers.get('content-length')}`),
        sink: (chunk) => void told.push(chunk === null ? 'end' : String(chunk)),
      };
      await network.ask(how, options);
      assert.deepEqual(told, ['HTTP/1.1 200 OK, 5', 'hello', 'end']);
      const reason = new Error('not what was wanted');
      const final = (): never => {
        throw reason;
      };
      await assert.rejects(network.ask(how, { ...options, final }), (error) => error === reason);
      assert.equal(told.length, 3);
      assert.equal(network.closed, network.opened);
    });

    it('credentials of the URL and of the options, unescaped', async () => {
      const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
      for (const [asked, expected] of [
        [{ url: 'http://us%40er:p%3Aw@h/' }, basic('us@er:p:w')],
        [{ url: 'http://user@h/' }, basic('user:')],
        [{ url: 'http://h/', user: 'a', password: 'b' }, basic('a:b')],
        [{ url: 'http://a:b@h/', headers: { authorization: 'Bearer x' } }, 'Bearer x'],
        [{ url: 'http://h/' }, undefined],
      ] as const) {
        const network = new Network(() => ok(''));
        const { url } = await network.ask(how, asked);
        assert.equal(fieldOf(network.seen[0] as Seen, 'Authorization'), expected);
        assert.equal(url, 'http://h/');
      }
    });

    it('a proxy is asked for the whole URL, and it alone gets its password', async () => {
      const network = new Network((_, i) => (i === 0 ? to(302, 'http://other.test/y') : ok('')));
      await network.ask(how, { url: 'http://h.test:81/x?q', proxy: 'http://p:w@proxy.test' });
      assert.deepEqual(
        network.seen.map((seen) => [seen.to, seen.text.split(' ')[1], fieldOf(seen, 'Host')]),
        [
          ['proxy.test:3128', 'http://h.test:81/x?q', 'h.test:81'],
          ['proxy.test:3128', 'http://other.test/y', 'other.test'],
        ],
      );
      assert.ok(network.seen.every((seen) => fieldOf(seen, 'Proxy-Authorization') === 'Basic cDp3'));
    });

    it('a sink takes the body, and its error is the error', async () => {
      const network = new Network(() => ok('x'.repeat(100_000)));
      let size = 0;
      const ends: unknown[] = [];
      const { body } = await network.ask(how, {
        url: 'http://h/',
        sink: (chunk, error) => {
          if (chunk === null) ends.push(error);
          else size += chunk.length;
        },
      });
      assert.deepEqual([size, ends, body.length], [100_000, [undefined], 0]);
      const mine = new Error('mine');
      const thrown = network.ask(how, {
        url: 'http://h/',
        sink: () => {
          throw mine;
        },
      });
      await assert.rejects(thrown, (error) => error === mine);
      assert.equal(network.closed, 2);
    });

    it('a body over the limit is refused, and one that is cut off says so', async () => {
      const network = new Network((_, i) =>
        i === 0 ? ok('12345') : { text: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort', ends: true },
      );
      assert.ok((await refused(network.ask(how, { url: 'http://h/', limit: 4 }))) instanceof LimitError);
      const error = await refused(network.ask(how, 'http://h/'));
      assert.ok(error instanceof ClosedError);
      assert.match(error.message, /cut off after 5 of 9 bytes/);
      assert.equal(String(error.partial), 'short');
    });
  });

  describe(`redirects, ${how}`, () => {
    it('135: to wherever the location leads', async () => {
      for (const [location, destination, target] of [
        ['/y', 'h:80', '/y'],
        ['y?z', 'h:80', '/a/y?z'],
        ['../y', 'h:80', '/y'],
        ['?z', 'h:80', '/a/b?z'],
        ['//other:81/y', 'other:81', '/y'],
        ['http://other/y', 'other:80', '/y'],
        [' /y ', 'h:80', '/y'],
        ['/a b', 'h:80', '/a%20b'],
      ] as const) {
        const network = new Network((_, i) => (i === 0 ? to(302, location) : ok('there')));
        assert.equal(String((await network.ask(how, 'http://h/a/b?c')).body), 'there');
        const [, second] = network.seen as [Seen, Seen];
        assert.deepEqual([second.to, second.text.split(' ')[1]], [destination, target], location);
        assert.equal(network.closed, network.opened);
      }
    });

    it('135: an empty location is no redirect, and two of them are an error', async () => {
      const empty = new Network(() => to(302, ''));
      assert.equal((await empty.ask(how, 'http://h/')).code, 302);
      const two = new Network(() => to(302, '/a\r\nLocation: /b'));
      assert.ok((await refused(two.ask(how, 'http://h/'))) instanceof ProtocolError);
    });

    it('129: in circles, up to the limit', async () => {
      const network = new Network(() => to(301, '/'));
      assert.equal((await refused(network.ask(how, 'http://h/'))).code, 'ERR_TOO_MANY_REDIRECTS');
      assert.equal(network.seen.length, 6);
      assert.equal((await network.ask(how, { url: 'http://h/', redirect: false })).code, 301);
    });

    it('132: to other schemes they are not followed', async () => {
      for (const location of ['file:///etc/passwd', 'ftp://h/', 'gopher://h/', 'data:,x', 'javascript:x', 'unix:/x']) {
        const network = new Network(() => to(302, location));
        assert.ok((await refused(network.ask(how, 'http://h/'))) instanceof ProtocolError, location);
        assert.equal(network.opened, 1);
      }
    });

    it('130, 131: credentials and cookies stay with their origin', async () => {
      const headers = { Cookie: 'c', Authorization: 'Bearer a', 'X-Other': 'o' };
      for (const [location, kept] of [
        ['/y', true],
        ['http://h:80/y', true],
        ['http://H/y', true],
        ['http://h:81/y', false],
        ['http://sub.h/y', false],
        ['http://other/y', false],
      ] as const) {
        const network = new Network((_, i) => (i === 0 ? to(307, location) : ok('')));
        await network.ask(how, { url: 'http://h/x', headers });
        const second = network.seen[1] as Seen;
        assert.equal(fieldOf(second, 'Cookie'), kept ? 'c' : undefined, location);
        assert.equal(fieldOf(second, 'Authorization'), kept ? 'Bearer a' : undefined, location);
        assert.equal(fieldOf(second, 'X-Other'), 'o');
        const byUrl = new Network((_, i) => (i === 0 ? to(307, location) : ok('')));
        await byUrl.ask(how, 'http://u:p@h/x');
        assert.equal(fieldOf(byUrl.seen[1] as Seen, 'Authorization'), kept ? 'Basic dTpw' : undefined, location);
      }
    });

    it('134: what becomes of a POST', async () => {
      for (const [code, method, body] of [
        [301, 'GET', ''],
        [302, 'GET', ''],
        [303, 'GET', ''],
        [307, 'POST', 'abc'],
        [308, 'POST', 'abc'],
      ] as const) {
        const network = new Network((_, i) => (i === 0 ? to(code, '/y') : ok('')));
        await network.ask(how, 'http://h/', 'abc');
        const { text } = network.seen[1] as Seen;
        assert.deepEqual([text.split(' ')[0], text.split('\r\n\r\n')[1]], [method, body], String(code));
        assert.equal(/content-type/i.test(text), body !== '');
      }
      // Some servers choose by it what a GET gives, too.
      const got = new Network((_, i) => (i === 0 ? to(302, '/y') : ok('')));
      await got.ask(how, { url: 'http://h/', headers: { 'Content-Type': 'a/b' } });
      assert.equal(fieldOf(got.seen[1] as Seen, 'Content-Type'), 'a/b');
      const network = new Network((_, i) => (i === 0 ? to(307, '/y') : ok('')));
      let given = false;
      const source = (): Buffer | null => {
        if (given) return null;
        given = true;
        return Buffer.from('abc');
      };
      const error = await refused(network.ask(how, { url: 'http://h/', method: 'PUT', source, length: 3 }));
      assert.match(error.message, /gives it once/);
    });
  });

  describe(`sessions, ${how}`, () => {
    it('158: one connection for request after request', async () => {
      const network = new Network(() => ok('x'), true);
      for (let i = 0; i < 1000; i++) await network.ask(how, 'http://h/');
      assert.deepEqual([network.opened, network.closed, network.seen.length], [1, 0, 1000]);
      assert.ok(network.seen.every((seen) => fieldOf(seen, 'Connection') === undefined));
      await network.ask(how, 'http://h:81/');
      assert.equal(network.opened, 2);
      network.close();
      assert.equal(network.closed, 2);
    });

    it('143: a server closes what is idle: safe requests are asked once more, others begin anew', async () => {
      const network = new Network((_, i) => (i === 1 ? 'closes' : ok('x')), true);
      await network.ask(how, 'http://h/');
      assert.equal((await network.ask(how, 'http://h/')).code, 200);
      assert.deepEqual([network.seen.length, network.opened, network.closed], [3, 2, 1]);
      await network.ask(how, 'http://h/', 'a post');
      assert.equal(network.opened, 3);
      const silent = new Network(() => 'closes', true);
      assert.equal((await refused(silent.ask(how, 'http://h/'))).code, 'ERR_NO_REPLY');
      assert.equal(silent.seen.length, 1, 'a fresh connection is no reason to ask twice');
    });

    it('142: what comes unasked is never taken for a reply', async () => {
      const network = new Network((_, i) => (i === 0 ? ok('x') + ok('forged') : ok('real')), true);
      await network.ask(how, 'http://h/');
      assert.equal(String((await network.ask(how, 'http://h/')).body), 'real');
      assert.equal(network.opened, 2);
    });

    it('what says that it closes is not kept', async () => {
      for (const reply of [ok('x', 'Connection: close'), { text: 'HTTP/1.0 200 OK\r\n\r\nx', ends: true } as const]) {
        const network = new Network(() => reply, true);
        await network.ask(how, 'http://h/');
        await network.ask(how, 'http://h/');
        assert.deepEqual([network.opened, network.closed], [2, 2]);
      }
    });
  });
}
