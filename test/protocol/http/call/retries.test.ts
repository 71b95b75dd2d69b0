/** Requests that are repeated: after what, how often, after which pause, and what comes of it when nothing helps. */
import '../../../core/test-clock.ts';

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClosedError, SocketError } from '../../../../src/core/errors.ts';
import type { HttpRequest } from '../../../../src/protocol/http/call/options.ts';
import { errorOf } from '../../../core/scripted-io.ts';
import { Network, ok, type Reply, to } from '../network.ts';
import { type Said, SlowNetwork } from '../slow-network.ts';

type Options = HttpRequest<'blocking'>;

const url = 'http://h/';

function no(code: number, ...headers: string[]): string {
  return ok(`no ${code}`, ...headers).replace('200 OK', `${code} No`);
}

/** The replies one after the other, and the last one for ever. */
function replies(...all: Reply[]): (seen: unknown, index: number) => Reply {
  return (_, i) => all[Math.min(i, all.length - 1)] as Reply;
}

function assertPauses(pauses: readonly number[], ...longest: number[]): void {
  assert.equal(pauses.length, longest.length, String(pauses));
  for (const [i, most] of longest.entries()) {
    const pause = pauses[i] as number;
    assert.ok(pause >= most * 0.49 && pause <= most, `${pause} of ${most} s`);
  }
}

for (const how of ['blocking', 'await'] as const) {
  describe(`retries, ${how}`, () => {
    it('after the replies that say: not now', async () => {
      for (const code of [408, 429, 502, 503, 504]) {
        const network = new Network(replies(no(code), ok('yes')));
        const { body } = await network.ask(how, { url, retries: 1 });
        assert.deepEqual([String(body), network.seen.length, network.closed], ['yes', 2, 2], String(code));
        assertPauses(network.pauses, 0.5);
      }
      for (const code of [200, 204, 304, 400, 401, 403, 404, 409, 410, 413, 425, 500, 501, 505, 507]) {
        const network = new Network(replies(code === 204 || code === 304 ? `HTTP/1.1 ${code} x\r\n\r\n` : no(code)));
        assert.equal((await network.ask(how, { url, retries: 3 })).code, code);
        assert.deepEqual([network.seen.length, network.pauses], [1, []]);
      }
    });

    it('none without being asked for', async () => {
      const network = new Network(replies(no(503), 'closes'));
      assert.equal((await network.ask(how, url)).code, 503);
      assert.equal((await errorOf<SocketError>(() => network.ask(how, { url, retries: 0 }))).code, 'ERR_NO_REPLY');
      assert.equal(network.seen.length, 2);
    });

    it('after failures that may pass, and no others', async () => {
      for (const [reply, again] of [
        ['closes', true],
        [{ text: 'HTTP/1.1 200 OK\r\nContent-Le', ends: true }, true],
        ['nonsense\r\n\r\n', false],
        ['HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n', false],
        ['HTTP/1.1 101 Other\r\n\r\n', true],
      ] as const) {
        const network = new Network(replies(reply, ok('yes')));
        const asked = network.ask(how, { url, retries: 1 });
        if (again) assert.equal(String((await asked).body), 'yes');
        else assert.ok((await errorOf(() => asked)) instanceof SocketError);
        assert.equal(network.seen.length, again ? 2 : 1, String(reply));
        assert.equal(network.closed, network.opened);
      }
      for (const [code, again] of [
        ['ECONNREFUSED', true],
        ['EHOSTUNREACH', true],
        ['ENETUNREACH', true],
        ['EAI_AGAIN', true],
        ['ECONNRESET', true],
        ['ENOTFOUND', false],
        ['EACCES', false],
        ['ERR_INVALID_ARGUMENT', false],
      ] as const) {
        const network = new Network(() => ok('yes'));
        const Type = code === 'ECONNRESET' ? ClosedError : SocketError;
        let attempts = 0;
        const create: Options['create'] = (host, port) => {
          if (attempts++ === 0) throw new Type(code, code);
          return network.open(host, port);
        };
        const asked = network.ask(how, { url, retries: 1, create });
        if (again) assert.equal(String((await asked).body), 'yes');
        else assert.equal((await errorOf<SocketError>(() => asked)).code, code);
        assert.deepEqual([attempts, network.pauses.length], again ? [2, 1] : [1, 0], code);
      }
    });

    it('after the timeout of a phase', async () => {
      const network = new SlowNetwork({ says: (i) => (i < 2 ? [] : [[0, ok('yes')]]) });
      const { body } = await network.ask(how, { url, retries: 2, timeouts: { headers: 5 } });
      assert.equal(String(body), 'yes');
      assert.ok(network.age > 10.7 && network.age < 11.5, `${network.age} s`);
    });

    it('of requests that may come twice, and of bodies that can', async () => {
      const source = (): Buffer | null => null;
      for (const [options, again] of [
        [{ method: 'GET' }, true],
        [{ method: 'HEAD' }, true],
        [{ method: 'OPTIONS' }, true],
        [{ method: 'DELETE' }, true],
        [{ method: 'PUT', source: 'abc' }, true],
        [{ method: 'PUT', source: Buffer.from('abc') }, true],
        [{ method: 'PUT', source, length: 0 }, false],
        [{ method: 'POST', source: 'abc' }, false],
        [{ method: 'POST' }, false],
        [{ method: 'PATCH', source: 'abc' }, false],
        [{ method: 'get' }, false],
      ] as const) {
        const network = new Network(
          replies(
            no(503)
              .replace(/no 503$/, '')
              .replace(': 6', ': 0'),
            ok(''),
          ),
        );
        assert.equal((await network.ask(how, { url, retries: 1, ...options })).code, again ? 200 : 503);
        assert.equal(new Set(network.seen.map(({ text }) => text)).size, 1, 'the same again');
        assert.equal(network.seen.length, again ? 2 : 1, JSON.stringify(options));
      }
    });

    it('pauses grow to half a minute, half of each by chance', async () => {
      const network = new Network(replies(no(503)));
      assert.equal((await network.ask(how, { url, retries: 9, timeout: null })).code, 503);
      assert.equal(network.seen.length, 10);
      assertPauses(network.pauses, 0.5, 1, 2, 4, 8, 16, 30, 30, 30);
      assert.ok(new Set(network.pauses.map((pause, i) => pause / 2 ** i)).size > 1);
    });

    it('Retry-After: seconds, a date, and what is neither', async () => {
      const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1000).toUTCString();
      for (const [value, least, most] of [
        ['7', 7, 7],
        ['0', 0.25, 0.5],
        ['00012', 12, 12],
        [inSeconds(20), 18, 20],
        [inSeconds(-20), 0.25, 0.5],
        ['Thu, 01 Jan 1970 00:00:00 GMT', 0.25, 0.5],
        ['soon', 0.25, 0.5],
        ['-7', 0.25, 0.5],
        ['7 ', 7, 7],
        ['', 0.25, 0.5],
        ['7, 9', 0.25, 0.5],
      ] as const) {
        const network = new Network(replies(no(429, `Retry-After: ${value}`), ok('yes')));
        await network.ask(how, { url, retries: 1 });
        const [pause = 0] = network.pauses;
        assert.ok(pause > least - 0.05 && pause <= most, `${value}: ${pause} s`);
      }
    });

    it('none that the total does not allow: the reply is the answer, the error the error', async () => {
      const late = new Network(replies(no(503, 'Retry-After: 61'), ok('yes')));
      assert.equal(String((await late.ask(how, { url, retries: 1 })).body), 'no 503');
      assert.deepEqual([late.seen.length, late.pauses], [1, []]);
      const farAway = new Network(replies(no(503, 'Retry-After: 999999999'), ok('yes')));
      assert.equal((await farAway.ask(how, { url, retries: 1 })).code, 503);
      // A server may keep nobody for longer than the limit, however much time there is.
      for (const [seconds, asked] of [
        [300, 2],
        [301, 1],
        ['9'.repeat(400), 1],
      ] as const) {
        const patient = new Network(replies(no(503, `Retry-After: ${seconds}`), ok('yes')));
        await patient.ask(how, { url, retries: 1, timeout: null });
        assert.equal(patient.seen.length, asked, String(seconds).slice(0, 10));
      }
      const says = (): Said[] => [[3, null]];
      const network = new SlowNetwork({ says });
      const error = await errorOf<SocketError>(() => network.ask(how, { url, retries: 9, timeout: 3.1 }));
      assert.equal(error.code, 'ERR_NO_REPLY');
      assert.deepEqual([network.opened, network.age], [1, 3]);
    });

    it('the last reply, or the last error, is what comes out', async () => {
      const finals: string[] = [];
      const network = new Network(replies('closes', no(502), no(504)));
      const final = ({ status }: { status: string }): number => finals.push(status);
      const { code, body } = await network.ask(how, { url, retries: 2, final });
      assert.deepEqual([code, String(body), finals], [504, 'no 504', ['HTTP/1.1 504 No']]);
      const closing = new Network(replies(no(502), 'closes'));
      assert.equal((await errorOf<SocketError>(() => closing.ask(how, { url, retries: 2 }))).code, 'ERR_NO_REPLY');
      assert.deepEqual([closing.seen.length, closing.closed], [3, 3]);
    });

    it('none after the body has begun', async () => {
      const network = new Network(replies({ text: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel', ends: true }));
      const error = await errorOf<SocketError>(() => network.ask(how, { url, retries: 3 }));
      assert.match(error.message, /cut off after 3 of 9/);
      assert.equal(network.seen.length, 1);
    });

    it("none after what the caller's functions throw, whatever it is", async () => {
      const mine = new ClosedError('ECONNRESET', 'of a socket of mine');
      let calls = 0;
      const throwing = (): never => {
        calls++;
        throw mine;
      };
      for (const options of [{ informational: throwing }, { method: 'PUT', source: 'abc', uploaded: throwing }]) {
        const network = new Network(() => `HTTP/1.1 103 Early\r\n\r\n${ok('yes')}`);
        assert.equal(await errorOf(() => network.ask(how, { url, retries: 3, ...options })), mine);
        assert.equal(network.opened, 1);
      }
      assert.equal(calls, 2);
    });

    it('with redirects: those count apart, and what is repeated is where it had got to', async () => {
      const network = new Network((seen, i) => {
        if (seen.text.startsWith('GET / ')) return i === 0 ? no(503) : to(302, '/next');
        return i < 3 ? 'closes' : ok('yes');
      });
      const { body, url: last } = await network.ask(how, { url, retries: 2, maxredirects: 1 });
      assert.deepEqual([String(body), last], ['yes', 'http://h/next']);
      assert.deepEqual(
        network.seen.map(({ text }) => text.split(' ')[1]),
        ['/', '/', '/next', '/next'],
      );
      assertPauses(network.pauses, 0.5, 1);
    });

    it('a number that is none is refused', async () => {
      const network = new Network(() => no(503));
      for (const wrong of [Number.NaN, -1, 1.5, '3', null]) {
        for (const name of ['retries', 'maxredirects']) {
          const error = await errorOf<SocketError>(() => network.ask(how, { url, [name]: wrong as number }));
          assert.equal(error.code, 'ERR_INVALID_ARGUMENT', `${name}: ${wrong}`);
          assert.match(error.message, new RegExp(`${name} is a whole number`));
        }
      }
      assert.equal(network.opened, 0);
    });
  });
}
