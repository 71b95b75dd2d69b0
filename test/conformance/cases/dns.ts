/** Names and addresses, in LuaSocket's shapes. */
import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { type Case, fails } from '../support.ts';

export const cases: readonly Case[] = [
  {
    name: 'dns: toip',
    async run(face) {
      const [ip, resolved] = await face.dns.toip('localhost');
      assert.equal(ip, '127.0.0.1');
      assert.equal(resolved.name, 'localhost');
      assert.deepEqual(resolved.alias, []);
      assert.ok(resolved.ip.includes('127.0.0.1'));
      assert.deepEqual(await face.dns.toip('127.0.0.9'), [
        '127.0.0.9',
        { name: '127.0.0.9', alias: [], ip: ['127.0.0.9'] },
      ]);
      await fails(face, 'EAI_ADDRFAMILY', () => face.dns.toip('::1'));
    },
  },

  {
    name: 'dns: names below localhost never leave the machine',
    async run(face) {
      for (const host of ['a.localhost', 'a.b.LOCALHOST', 'localhost.', 'a.localhost.']) {
        assert.deepEqual(await face.dns.getaddrinfo(host), [
          { family: 'inet', addr: '127.0.0.1' },
          { family: 'inet6', addr: '::1' },
        ]);
        assert.deepEqual((await face.dns.toip(host))[0], '127.0.0.1');
      }
    },
  },

  {
    name: 'dns: getaddrinfo',
    async run(face) {
      assert.deepEqual(await face.dns.getaddrinfo('127.0.0.1'), [{ family: 'inet', addr: '127.0.0.1' }]);
      assert.deepEqual(await face.dns.getaddrinfo('[::1]'), [{ family: 'inet6', addr: '::1' }]);
      const found = await face.dns.getaddrinfo('localhost');
      assert.ok(found.some(({ family, addr }) => family === 'inet' && addr === '127.0.0.1'));
      assert.equal(new Set(found.map(({ addr }) => addr)).size, found.length);
    },
  },

  {
    name: 'dns: tohostname',
    async run(face) {
      const [name, resolved] = await face.dns.tohostname('127.0.0.1');
      assert.equal(name, 'localhost');
      assert.deepEqual(resolved, { name: 'localhost', alias: [], ip: ['127.0.0.1'] });
    },
  },

  {
    name: 'dns: getnameinfo',
    async run(face) {
      assert.deepEqual(await face.dns.getnameinfo('127.0.0.1'), [['localhost'], undefined]);
      const [names, service] = await face.dns.getnameinfo('127.0.0.1', 80);
      assert.deepEqual(names, ['localhost']);
      assert.ok(service === 'http' || service === '80', String(service)); // by /etc/services, if there is one
      assert.deepEqual(await face.dns.getnameinfo(undefined, 47_808 + 9), [[], String(47_808 + 9)]);
      await fails(face, 'ERR_INVALID_ARGUMENT', () => face.dns.getnameinfo(undefined));
      for (const port of [-1, 65_536, 0.5, '80']) {
        await fails(face, 'ERR_INVALID_ARGUMENT', () => face.dns.getnameinfo('127.0.0.1', port as number));
      }
    },
  },

  {
    name: 'dns: gethostname',
    async run(face) {
      assert.equal(face.dns.gethostname(), hostname());
    },
  },

  {
    name: 'dns: a name that does not exist',
    async run(face) {
      for (const call of ['toip', 'getaddrinfo', 'tohostname', 'getnameinfo'] as const) {
        const error = await fails(face, ['ENOTFOUND', 'EAI_AGAIN'], () => face.dns[call]('no-such-host.invalid'));
        assert.match(error.message, /^dns\.\w+ no-such-host\.invalid: /);
      }
    },
  },

  {
    name: 'dns: what is no name',
    async run(face) {
      for (const host of ['', '*', 'a b', 'a\0b', 'a\r\nb', 'x'.repeat(254), 1, undefined, null]) {
        for (const call of ['toip', 'getaddrinfo', 'tohostname'] as const) {
          await fails(face, 'ERR_INVALID_ARGUMENT', () => face.dns[call](host as string));
        }
      }
      await fails(face, 'ERR_INVALID_ARGUMENT', () => face.dns.toip('localhost', { timeout: Number.NaN }));
    },
  },

  {
    name: 'dns: a limit and a signal',
    async run(face) {
      await fails(face, 'ABORT_ERR', () => face.dns.toip('no-such-host.invalid', { signal: AbortSignal.abort() }));
      assert.equal((await face.dns.toip('localhost', { timeout: 10 }))[0], '127.0.0.1');
    },
  },
];
