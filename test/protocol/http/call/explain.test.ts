/** Errors of calls: the request and the reply's status in their words, no secret, and bad arguments refused by name. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SocketError } from '../../../../src/core/errors.ts';
import type { HttpRequest } from '../../../../src/protocol/http/call/options.ts';
import { errorOf } from '../../../core/scripted-io.ts';
import { Network, ok, to } from '../network.ts';

const CHALLENGE =
  'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="r", nonce="n", qop="auth"\r\nContent-Length: 0\r\n\r\n';

for (const how of ['blocking', 'await'] as const) {
  const errorFor = (network: Network, options: string | HttpRequest<'blocking'>): Promise<SocketError> =>
    errorOf<SocketError>(() => network.ask(how, options));

  describe(`errors of calls, ${how}`, () => {
    for (const [what, reply, message] of [
      ['no reply', 'closes', /^GET http:\/\/h\/x\?…: the server closed the connection without a reply/],
      ['no HTTP', 'SSH-2.0\r\n', /^GET http:\/\/h\/x\?…: this is no reply of HTTP\/1: "SSH/],
      [
        'a status, then the end',
        { text: 'HTTP/1.1 431 Too Large\r\nA: b', ends: true },
        /^GET http:\/\/h\/x\?…: the reply "HTTP\/1\.1 431 Too Large" was cut off in its headers: closed/,
      ],
      [
        'a head, then the end',
        { text: 'HTTP/1.1 431 Too Large\r\nContent-Length: 5\r\n\r\nab', ends: true },
        /^GET http:\/\/h\/x\?… \(431 Too Large\): the body was cut off after 2 of 5 bytes/,
      ],
      [
        'a bad redirect',
        to(302, 'http://a b/'),
        /^GET http:\/\/h\/x\?… \(302 Elsewhere\): 302 leads to what is no URL/,
      ],
    ] as const) {
      it(`${what}: the request and the status, and no secret`, async () => {
        const network = new Network(() => reply);
        const error = await errorFor(network, 'http://user:hunter2@h/x?key=hunter2#hunter2');
        assert.match(error.message, message);
        assert.ok(error.stack?.includes(error.message));
        assert.doesNotMatch(String(error.stack), /hunter2/);
        assert.ok([error.code, error.reason].every((text) => text.length > 0));
      });
    }

    it('an error that is named already is not named again', async () => {
      const inner = new Network(() => 'closes');
      const outer = new Network(() => ok('x'));
      const error = await errorFor(inner, 'http://inner/');
      const sink = (): never => {
        throw error;
      };
      assert.equal(await errorFor(outer, { url: 'http://outer/', sink }), error);
      assert.match(error.message, /^GET http:\/\/inner\/: the server closed/);
    });

    it('what is no request is refused by name, before there is a connection', async () => {
      const network = new Network(() => ok(''));
      for (const [wrong, message] of [
        [undefined, /takes a URL, or an object .* not undefined/],
        [null, /not null/],
        [5, /not 5/],
        [{ url: 'http://h/', body: 'x' }, /names the body of its request `source`/],
        [{}, /name a url/],
      ] as const) {
        const error = await errorFor(network, wrong as unknown as string);
        assert.equal(error.code, 'ERR_INVALID_ARGUMENT');
        assert.match(error.message, message);
      }
      const both = await errorOf<SocketError>(() => network.ask(how, { url: 'http://h/' }, 'x'));
      assert.equal(both.code, 'ERR_INVALID_ARGUMENT');
      assert.equal(network.opened, 0);
    });
  });

  describe(`417, ${how}`, () => {
    const expect = { Expect: '100-continue' };
    const refusal = 'HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n';

    it('is answered by the request without its Expect, whose source was not asked before', async () => {
      let asked = 0;
      const pieces = [Buffer.from('body'), null];
      const source = (): Buffer | null => pieces[asked++] ?? null;
      const network = new Network((_, i) => (i === 0 ? refusal : ok('done')));
      const options = { url: 'http://h/', method: 'POST', headers: { ...expect, 'Content-Length': '4' }, source };
      // The first server sees a head alone: it answers before the body.
      network.early = true;
      const { code, body } = await network.ask(how, options);
      assert.deepEqual([code, String(body), network.opened], [200, 'done', 2]);
      assert.match(network.seen[0]?.text ?? '', /^Expect: 100-continue\r$/m);
      assert.doesNotMatch(network.seen[1]?.text ?? '', /expect/i);
      assert.ok(network.seen[1]?.text.endsWith('\r\n\r\nbody'));
    });

    it('to a request that expects nothing is the answer', async () => {
      const network = new Network(() => refusal);
      network.early = true;
      assert.equal((await network.ask(how, { url: 'http://h/', method: 'POST', source: 'x' })).code, 417);
      assert.equal(
        (await network.ask(how, { url: 'http://h/', method: 'POST', headers: expect, source: 'x' })).code,
        417,
      );
      assert.equal(network.opened, 3);
    });
  });

  describe(`a source gives its body once, ${how}`, () => {
    for (const [code, reply] of [
      [307, to(307, '/elsewhere')],
      [308, to(308, '/elsewhere')],
      [401, CHALLENGE],
    ] as const) {
      const asking = (headers: Record<string, string>) => {
        let asked = 0;
        const before: number[] = [];
        const pieces = [Buffer.from('body'), null];
        const source = (): Buffer | null => pieces[asked++] ?? null;
        const network = new Network((_, i) => {
          before.push(asked);
          return i === 0 ? reply : `HTTP/1.1 100 Continue\r\n\r\n${ok('done')}`;
        });
        network.early = true;
        const options = { url: 'http://u:p@h/', method: 'PUT', headers, source, length: 4, auth: 'digest' } as const;
        return { network, options, counts: () => [...before, asked] };
      };

      it(`${code}: it goes with the next request, where the first has not asked for it`, async () => {
        const { network, options, counts } = asking({ Expect: '100-continue' });
        assert.equal((await network.ask(how, options)).code, 200);
        assert.deepEqual(counts(), [0, 0, 2]);
      });

      it(`${code}: it is not asked again, where the first has read it`, async () => {
        const { network, options, counts } = asking({});
        const error = await errorFor(network, options);
        assert.equal(error.code, 'ERR_INVALID_ARGUMENT');
        assert.match(error.message, new RegExp(`${code} asks for the body again, and a source gives it once`));
        assert.deepEqual(counts(), [1, 2]);
      });
    }
  });

  it(`Digest through a proxy names the path that the server gets, ${how}`, async () => {
    const network = new Network((_, i) => (i === 0 ? CHALLENGE : ok('')));
    await network.ask(how, { url: 'http://u:p@h/a?b', proxy: 'http://proxy:1', auth: 'digest' });
    assert.match(
      network.seen[1]?.text ?? '',
      /^GET http:\/\/h\/a\?b HTTP[\s\S]*\r\nAuthorization: Digest [^\r]*uri="\/a\?b"/,
    );
  });
}
