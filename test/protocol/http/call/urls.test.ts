/** URLs as people write them (case 154), and those that need TLS (case 133): where they lead, and where they are refused. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProtocolError, type SocketError } from '../../../../src/core/errors.ts';
import { firstHop, wireRequest } from '../../../../src/protocol/http/call/hop.ts';
import type { HttpRequest } from '../../../../src/protocol/http/call/options.ts';
import { assertLinear } from '../../../core/linear.ts';
import { errorOf } from '../../../core/scripted-io.ts';
import { Network, ok, type Seen, to } from '../network.ts';

type Options = HttpRequest<'blocking'>;

const PLAIN = { proxy: undefined, tunnelled: false, tls: undefined, innerTls: undefined, key: '' };

function field({ text }: Seen, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)\r$`, 'im').exec(text)?.[1];
}

/** A caller's own way to connect over the network, and what it was asked for. */
function creating(network: Network): { create: Options['create']; asked: string[] } {
  const asked: string[] = [];
  const create: Options['create'] = (host, port, { secure, timeout }) => {
    assert.ok(timeout !== null && timeout > 59 && timeout <= 60);
    asked.push(`${host}:${port}${secure ? ' by TLS' : ''}`);
    return network.open(host, port);
  };
  return { create, asked };
}

for (const how of ['blocking', 'await'] as const) {
  const refused = async (network: Network, options: string | Options): Promise<SocketError> =>
    errorOf<SocketError>(() => network.ask(how, options));

  describe(`URLs, ${how}`, () => {
    it('154: user info is unescaped, goes nowhere else, and may have any sign', async () => {
      for (const [userinfo, login] of [
        ['us%40er:p%3Aw', 'us@er:p:w'],
        ['user:', 'user:'],
        [':p', ':p'],
        ['a:b:c', 'a:b:c'],
        ['a@b:c@d', 'a@b:c@d'],
        ['%C3%A4:%zz%', 'ä:%zz%'],
        ['ä:%00', 'ä:\0'],
      ] as const) {
        const network = new Network(() => ok(''));
        const { url } = await network.ask(how, `http://${userinfo}@h/x?q#f`);
        const [seen] = network.seen as [Seen];
        assert.deepEqual([seen.to, field(seen, 'Host'), url], ['h:80', 'h', 'http://h/x?q']);
        const sent = Buffer.from(field(seen, 'Authorization')?.slice(6) ?? '', 'base64');
        assert.equal(String(sent), login, userinfo);
        assert.ok(!seen.text.includes('#f'));
      }
    });

    it('154: a URL of a megabyte goes out whole', async () => {
      const network = new Network(() => ok(''));
      const path = `/${'a/../'.repeat(200_000)}?${'ä'.repeat(10_000)}`;
      await network.ask(how, `http://h${path}`);
      assert.equal(network.seen[0]?.text.split(' ')[1], path.replaceAll('ä', '%C3%A4'));
    });

    it('154: tabs, newlines and other control characters are refused wherever they stand', async () => {
      const network = new Network(() => ok(''));
      for (const sign of ['\t', '\n', '\r', '\r\n', '\0', '\x7f', '\x1f']) {
        for (const url of [
          `http://h/a${sign}b`,
          `http://h/?a${sign}`,
          `http://h/;${sign}`,
          `http://h${sign}/`,
          `http://h${sign}h/`,
          `http://h:8${sign}0/`,
          `http:${sign}//h/`,
          `ht${sign}tp://h/`,
          `${sign}http://h/`,
          `http://h/a${sign}`,
        ]) {
          assert.equal((await refused(network, url)).code, 'ERR_INVALID_ARGUMENT', JSON.stringify(url));
        }
      }
      assert.equal(network.opened, 0);
    });

    it('uri is the target as it stands in the request line, of the first request alone', async () => {
      for (const [options, line] of [
        [{ url: 'http://h/x', method: 'OPTIONS', uri: '*' }, 'OPTIONS * HTTP/1.1'],
        [{ url: 'http://h/x', uri: '/other?a#b' }, 'GET /other?a#b HTTP/1.1'],
        [{ url: 'http://h/x', uri: 'foo://h/', proxy: 'http://p:1' }, 'GET foo://h/ HTTP/1.1'],
      ] as const) {
        const network = new Network((_, i) => (i === 0 ? to(307, '/next') : ok('')));
        await network.ask(how, options);
        const [first, second] = network.seen as [Seen, Seen];
        assert.equal(first.text.split('\r\n')[0], line);
        assert.equal(field(first, 'Host'), 'h');
        assert.match(second.text, /^\w+ (http:\/\/h)?\/next HTTP\/1\.1\r\n/);
      }
      const network = new Network(() => ok(''));
      for (const uri of ['', '/a b', '/\r\nX: y', '/\0', '/ä', 5 as unknown as string]) {
        assert.equal((await refused(network, { url: 'http://h/', uri })).code, 'ERR_INVALID_ARGUMENT', String(uri));
      }
      assert.equal(network.opened, 0);
    });

    it('154: hosts that are more than ASCII, or less than a name', async () => {
      for (const [url, host, sent] of [
        ['http://*.localhost/', '*.localhost', '*.localhost'],
        ['http://h./', 'h.', 'h.'],
        [new URL('http://bücher.example/'), 'xn--bcher-kva.example', 'xn--bcher-kva.example'],
        ['http://bücher.example/', 'xn--bcher-kva.example', 'xn--bcher-kva.example'],
        ['http://дом.example/', 'xn--d1aqf.example', 'xn--d1aqf.example'],
      ] as const) {
        const network = new Network(() => ok(''));
        await network.ask(how, url);
        const [seen] = network.seen as [Seen];
        assert.deepEqual([seen.to, field(seen, 'Host')], [`${host}:80`, sent], String(url));
      }
      const network = new Network(() => ok(''));
      for (const url of [
        'http://h h/',
        'http://:80/',
        'http://u@/',
        'http://ü\\h/',
        'http://\u00ad/',
        `http://${'h'.repeat(254)}/`,
      ]) {
        const error = await refused(network, url);
        assert.equal(error.code, 'ERR_INVALID_ARGUMENT', url);
      }
      assert.equal(network.opened, 0);
    });
  });

  describe(`https, ${how}`, () => {
    it('without a create that gives TLS there is no connection', async () => {
      const network = new Network(() => ok(''));
      for (const asked of ['https://h/', 'HTTPS://h/', { scheme: 'https', host: 'h' }] as const) {
        const error = await refused(network, asked);
        assert.equal(error.code, 'ERR_UNSUPPORTED');
        assert.match(error.message, /TLS is not possible here: a create that gives TLS/);
      }
      assert.equal(network.opened, 0);
    });

    it('with one it is told host, port and TLS, and Host names the port only where it is another', async () => {
      for (const [url, where, host, target] of [
        ['https://h/x', 'h:443 by TLS', 'h', '/x'],
        ['https://h:443/', 'h:443 by TLS', 'h', '/'],
        ['https://h:80/', 'h:80 by TLS', 'h:80', '/'],
        ['https://[::1]?q', '::1:443 by TLS', '[::1]', '/?q'],
        ['http://h/', 'h:80', 'h', '/'],
        ['http://h:443/', 'h:443', 'h:443', '/'],
      ] as const) {
        const network = new Network(() => ok('hello'));
        const { create, asked } = creating(network);
        const reply = await network.ask(how, { url, create });
        const [seen] = network.seen as [Seen];
        assert.deepEqual([asked, field(seen, 'Host'), seen.text.split(' ')[1]], [[where], host, target], url);
        assert.ok(String(reply.body) === 'hello' && reply.url.startsWith(url.slice(0, 5)));
        assert.deepEqual([network.opened, network.closed], [1, 1]);
      }
    });

    it('133: redirects between http and https lead to another origin', async () => {
      for (const [from, location] of [
        ['http://h/', 'https://h/'],
        ['http://h:443/', 'https://h/'],
        ['https://h/', 'https://other:444/'],
        ['https://h/', '//other/'],
        ['https://h/', 'http://h/'],
        ['https://h/', 'HTTP://h:443/'],
      ] as const) {
        const network = new Network((_, i) => (i === 0 ? to(302, location) : ok('there')));
        const { create, asked } = creating(network);
        const url = from.replace('://', '://user:password@');
        const headers = { Authorization: 'a', Cookie: 'b' };
        assert.equal(String((await network.ask(how, { url, headers, create })).body), 'there');
        assert.equal(/ by TLS$/.test(asked[1] ?? ''), !/^http:/i.test(location));
        for (const name of ['Authorization', 'Cookie'])
          assert.equal(field(network.seen[1] as Seen, name), undefined, `${from} to ${location}: ${name}`);
        assert.equal(network.closed, network.opened);
      }
    });

    it('133: no redirect sends on in clear a body that was for https', async () => {
      const network = new Network((_, i) => (i === 0 ? to(307, 'http://h/') : ok('there')));
      const { create } = creating(network);
      const error = await refused(network, { url: 'https://h/', method: 'POST', source: 'secret', create });
      assert.ok(error instanceof ProtocolError);
      assert.match(error.message, /307 would send the request's body on in clear/);
      assert.equal(network.opened, 1);
    });

    it('133: a redirect to https is not followed where nothing gives TLS', async () => {
      const network = new Network((_, i) => (i === 0 ? to(302, 'https://h/') : ok('there')));
      const error = await refused(network, 'http://h/');
      assert.equal(error.code, 'ERR_UNSUPPORTED');
      assert.equal(network.opened, 1);
    });
  });
}

it('154: the time for a URL grows with its length', () => {
  for (const unit of ['a', 'ä', '/..', '@', ':', '%41', ';', '?', '[', ' ']) {
    for (const before of ['http://h/', 'http://h/?', 'http://u@']) {
      assertLinear((length) => {
        try {
          const asked = firstHop({ url: `${before}${unit.repeat(length / unit.length)}@h/` });
          wireRequest(
            asked,
            { ...PLAIN, target: asked.target },
            { keeps: false, authorization: undefined, cookie: undefined },
          );
        } catch (error) {
          assert.equal((error as SocketError).code, 'ERR_INVALID_ARGUMENT');
        }
      }, 100_000);
    }
  }
});
