/** The limits of a call's phases (case 155): each fires alone, says which one it was, and counts no time of the caller's. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type SocketError, TimeoutError } from '../../../../src/core/errors.ts';
import type { HttpRequest } from '../../../../src/protocol/http/call/options.ts';
import { errorOf } from '../../../core/scripted-io.ts';
import { ok, to } from '../network.ts';
import { type Said, SlowNetwork, type SlowServer } from '../slow-network.ts';

type Options = HttpRequest<'blocking'>;

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n';
const url = 'http://h/';
/** Limits that no server here comes near. */
const FAR = { connect: 1000, headers: 1000, idle: 1000, total: 1000 };
const UPLOAD: Options = { url, method: 'PUT', source: Buffer.alloc(300_000) };

/** Each limit, and a server that meets this one alone. */
const SLOW: readonly {
  readonly limit: 'connect' | 'headers' | 'idle';
  readonly phase: string;
  readonly title: string;
  readonly server: SlowServer;
  readonly options?: Options;
  readonly partial?: string;
}[] = [
  { limit: 'connect', phase: 'connecting', title: 'a lookup', server: { lookup: 5, says: () => [] } },
  { limit: 'connect', phase: 'connecting', title: 'a connect', server: { connect: 5, says: () => [] } },
  { limit: 'headers', phase: 'waiting for the reply', title: 'silence', server: { says: () => [] } },
  {
    limit: 'headers',
    phase: 'waiting for the reply',
    title: 'a head that drips',
    server: { says: () => [...'HTTP/1.1 200 OK'].map((text): Said => [0.5, text]) },
    partial: 'HTTP',
  },
  {
    limit: 'idle',
    phase: 'reading the body',
    title: 'a body that stops',
    server: { says: () => [[1, `${HEAD}h`], [1, 'el'], [5, 'lo']] }, // biome-ignore format: a dialogue
    partial: 'hel',
  },
  {
    limit: 'idle',
    phase: 'reading the body',
    title: 'chunks that stop',
    server: { says: () => [[0, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n'], [5, '0\r\n\r\n']] }, // biome-ignore format: a dialogue
    partial: 'hel',
  },
  {
    limit: 'idle',
    phase: 'sending the request',
    title: 'a server that stops reading',
    server: { reads: 100_000, says: () => [] },
    options: UPLOAD,
  },
];

for (const how of ['blocking', 'await'] as const) {
  const timedOut = async (network: SlowNetwork, options: Options): Promise<TimeoutError> => {
    const error = await errorOf(() => network.ask(how, options));
    assert.ok(error instanceof TimeoutError, String(error));
    assert.deepEqual([error.code, error.reason], ['ETIMEDOUT', 'timeout']);
    assert.equal(network.closed, network.opened);
    return error;
  };

  describe(`timeouts, ${how}`, () => {
    for (const { limit, phase, title, server, options = { url }, partial = '' } of SLOW) {
      it(`155: ${limit}: ${title}`, async () => {
        const timeouts = { ...FAR, [limit]: 2 };
        const network = new SlowNetwork(server);
        const error = await timedOut(network, { ...options, timeouts });
        assert.equal(error.phase, phase);
        assert.match(
          error.message,
          new RegExp(`^request http://h:80: timeout while ${phase}: timeouts.${limit} is 2 s`),
        );
        assert.equal(String(error.partial), partial);
        assert.ok(network.age >= 2 && network.age < 5, `after ${network.age} s`);
      });

      it(`155: total: ${title}`, async () => {
        for (const [given, seconds] of [
          [{ timeout: 2.5 }, 2.5],
          [{ timeouts: { ...FAR, total: 2.5 } }, 2.5],
          [{ timeouts: { [limit]: -1, total: 2.5 } }, 2.5],
          [server.says(0).length < 4 ? {} : { timeout: 2 }, server.says(0).length < 4 ? 60 : 2],
        ] as const) {
          const slower = title === 'a lookup' ? { lookup: 100 } : title === 'a connect' ? { connect: 100 } : {};
          const says = server.says(0).map(([after, text]): Said => [after === 5 ? 100 : after, text]);
          const network = new SlowNetwork({ ...server, ...slower, says: () => says });
          const error = await timedOut(network, { ...options, ...given });
          assert.equal(error.phase, phase, title);
          assert.match(error.message, new RegExp(`timeout while ${phase}: the whole call took ${seconds} s`));
          assert.ok(Math.abs(network.age - seconds) < 0.001, `after ${network.age} s`);
        }
      });
    }

    it('155: a body that drips is stopped by the total alone', async () => {
      const drip = Array.from({ length: 1000 }, (): Said => [1, 'x']);
      const network = new SlowNetwork({ says: () => [[0, 'HTTP/1.1 200 OK\r\n\r\n'], ...drip] });
      const error = await timedOut(network, { url, timeouts: { ...FAR, headers: 2, idle: 2, total: 30.5 } });
      assert.match(error.message, /the whole call took 30.5 s/);
      assert.equal(String(error.partial), 'x'.repeat(30));
    });

    it('155: the body that came before the timeout is in the error, decoded or watched, too', async () => {
      const reply = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel';
      const network = new SlowNetwork({ says: () => [[0, reply], [5, 'lo']] }); // biome-ignore format: a dialogue
      const error = await timedOut(network, { url, timeouts: { idle: 2 }, downloaded() {} });
      assert.equal(String(error.partial), 'hel');
    });

    it('155: what the caller takes is no idle time', async () => {
      const network = new SlowNetwork({ says: () => [[0, 'HTTP/1.1 103 Early\r\n\r\n'], [0, HEAD], [0, 'he'], [0, 'llo']] }); // biome-ignore format: a dialogue
      const slow = (): void => network.pass(10);
      const given = ['abc', 'def'].map((text) => Buffer.from(text));
      let body = '';
      await network.ask(how, {
        url,
        method: 'PUT',
        source: () => {
          slow();
          return given.shift() ?? null;
        },
        length: 6,
        uploaded: slow,
        informational: slow,
        final: slow,
        downloaded: slow,
        sink: (chunk) => {
          slow();
          body += chunk === null ? '' : String(chunk);
        },
        timeouts: { idle: 2, total: 1000 },
      });
      assert.equal(body, 'hello');
      assert.ok(network.age >= 100, `${network.age}`);
    });

    it('155: a server may think for longer than it may be idle', async () => {
      const dialogue = (): Said[] => [[5, HEAD], [1, 'hel'], [1, 'lo']]; // biome-ignore format: a dialogue
      for (const timeouts of [{ idle: 2 }, { idle: 2, headers: 10 }, { idle: 2, headers: null }]) {
        const { body, timeline } = await new SlowNetwork({ says: dialogue }).ask(how, { url, timeouts });
        assert.deepEqual([String(body), timeline.end], ['hello', 7]);
      }
    });

    it('155: each exchange has its own connect and headers, and all have one total', async () => {
      const server: SlowServer = { connect: 3, says: (i) => [[3, i < 3 ? to(302, '/') : ok('hello')]] };
      const timeouts = { connect: 4, headers: 4, idle: 1 };
      const { body } = await new SlowNetwork(server).ask(how, { url, timeouts: { ...timeouts, total: 25 } });
      assert.equal(String(body), 'hello');
      const network = new SlowNetwork(server);
      const error = await timedOut(network, { url, timeouts: { ...timeouts, total: 20 } });
      assert.deepEqual([error.phase, network.age], ['connecting', 20]);
    });

    it('a connection that the caller made, or a session keeps, has its own timeouts again', async () => {
      for (const [dialogue, fine] of [
        [[[0, HEAD], [1, 'hello']], true], // biome-ignore format: a dialogue
        [[[0, HEAD], [5, 'hello']], false], // biome-ignore format: a dialogue
        [[], false],
        [[[0, 'nonsense\r\n\r\n']], false],
      ] as [Said[], boolean][]) {
        const network = new SlowNetwork({ says: () => dialogue });
        const client = network.open();
        client.settimeout(70);
        client.settimeout(90, 't');
        const options = { url, create: () => client, timeouts: { ...FAR, idle: 2, headers: 3 } };
        if (fine) await network.ask(how, options);
        else await errorOf(() => network.ask(how, options));
        assert.deepEqual(client.gettimeout(), { block: 70, total: 90 });
      }
      const kept = new SlowNetwork({ says: (i) => (i === 0 ? [[0, ok('x')]] : [[90, HEAD], [90, 'hello']]) }, 10); // biome-ignore format: a dialogue
      await kept.ask(how, { url, timeouts: { idle: 1, headers: 1, connect: 1, total: 1 } });
      assert.equal(String((await kept.ask(how, { url, timeout: null })).body), 'hello');
      assert.equal(kept.opened, 1);
    });

    it('a timeout of the connection itself is called that', async () => {
      const network = new SlowNetwork({ says: () => [] });
      const client = network.open();
      client.settimeout(1);
      const error = await timedOut(network, { url, create: () => client });
      assert.match(error.message, /while waiting for the reply: a timeout of its connection/);
    });

    it('wrong values are refused before there is a connection', async () => {
      const network = new SlowNetwork({ says: () => [[0, ok('')]] });
      for (const [options, message] of [
        [{ timeout: Number.NaN }, /timeout is a number of seconds/],
        [{ timeout: '5' }, /timeout is a number of seconds/],
        [{ timeouts: { connect: '5' } }, /timeouts\.connect is a number of seconds/],
        [{ timeouts: { headers: Number.NaN } }, /timeouts\.headers is a number/],
        [{ timeouts: { idle: {} } }, /timeouts\.idle is a number/],
        [{ timeouts: { total: true } }, /timeouts\.total is a number/],
        [{ timeout: 5, timeouts: { total: 5 } }, /give one of them/],
        [{ timeout: null, timeouts: { total: null } }, /give one of them/],
      ] as const) {
        const error = await errorOf(() => network.ask(how, { url, ...options } as Options));
        assert.equal((error as { code?: string }).code, 'ERR_INVALID_ARGUMENT');
        assert.match(error.message, message);
      }
      assert.equal(network.opened, 0);
    });
  });
}

for (const how of ['blocking', 'await'] as const) {
  it(`the time for the connection bounds a tunnel's making, and not what goes through it, ${how}`, async () => {
    const says: SlowServer['says'] = (index) =>
      index === 0 ? [[0.5, 'HTTP/1.1 200 Made\r\n\r\n']] : [[5, 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx']];
    const asked = { url: 'http://h/', proxy: 'http://proxy:1', tunnel: true, timeouts: { connect: 1 } };
    assert.equal((await new SlowNetwork({ says }).ask(how, asked)).code, 200);
    const slow = new SlowNetwork({ says: () => [[2, 'HTTP/1.1 200 Made\r\n\r\n']] });
    const error = await errorOf<SocketError>(() => slow.ask(how, asked));
    assert.deepEqual([error.code, error.phase], ['ETIMEDOUT', 'connecting']);
  });
}
