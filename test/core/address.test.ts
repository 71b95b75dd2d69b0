/** What users may name, and the order in which it is tried. */

import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type Address,
  checkHost,
  checkPort,
  type Family,
  familyOf,
  interleave,
  loopbackOf,
  shownEndpoint,
} from '../../src/core/address.ts';

describe('ports', () => {
  it('are whole numbers up to 65535', () => {
    for (const port of [0, 1, 80, 65_535]) assert.equal(checkPort('bind', port), port);
    assert.equal(checkPort('connect', 1, 1), 1);
  });

  it('are nothing else', () => {
    for (const port of [-1, 65_536, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '80', undefined, null]) {
      assert.throws(() => checkPort('bind', port as number), {
        code: 'ERR_INVALID_ARGUMENT',
        message: `bind: a port is a whole number from 0 to 65535, not ${typeof port === 'string' ? '"80"' : String(port)}`,
      });
    }
    assert.throws(() => checkPort('connect', 0, 1), { message: /from 1 to 65535, not 0/ });
  });
});

describe('hosts', () => {
  const good: [host: string, bare: string][] = [
    ['localhost', 'localhost'],
    ['example.org.', 'example.org.'],
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '::1'],
    ['[::1]', '::1'],
    ['[fe80::1%eth0]', 'fe80::1%eth0'],
    ['bücher.example', 'bücher.example'],
    ['_srv.example', '_srv.example'],
    ['a'.repeat(253), 'a'.repeat(253)],
  ];
  for (const [host, bare] of good) {
    it(`${host.slice(0, 20)} is one`, () => assert.equal(checkHost('connect', host), bare));
  }

  for (const host of ['', '[]', 'a b', 'a\r\nb', 'a\0b', ' a', 'a\t', 'a\x7f', 'a'.repeat(254)]) {
    it(`${JSON.stringify(host.slice(0, 20))} is none`, () => {
      assert.throws(() => checkHost('connect', host), {
        code: 'ERR_INVALID_ARGUMENT',
        message: /^connect: .* is no host/,
      });
    });
  }

  for (const host of [undefined, null, 5, {}]) {
    it(`${String(host)} is none`, () => {
      assert.throws(() => checkHost('bind', host as string), { code: 'ERR_INVALID_ARGUMENT', message: /is a string/ });
    });
  }
});

/** Notations of inet_aton(3), and what is nearly an address. */
const NEARLY = ['127.0.0.010', '0177.0.0.1', '0x7f.1', '127.1', '1.2.3', '2130706433', '0x7f000001', '0x', '256.0.0.1'];
const NEARLIER = ['1.2.3.4.5', '127.0.0.1.', 'a.1', '1::2::3', ':::', '::1%', 'host:80'];
const DISGUISED = ['１２７.1', '127。0.0.010', '127．1'];

describe('what is written as an address and is none', () => {
  for (const host of [...NEARLY, ...NEARLIER, ...DISGUISED]) {
    it(`${host} is no host`, () => {
      assert.throws(() => checkHost('connect', host), { code: 'ERR_INVALID_ARGUMENT', message: /is no address/ });
      assert.equal(familyOf(host), undefined);
    });
  }

  it('is the same as for the runtime', () => {
    const part = fc.oneof(
      fc.constantFrom('0', '1', '01', '010', '255', '256', '0x1', '', 'ffff', '10000', 'g', '-1', '+1', ' 1', '1e1'),
      fc.nat({ max: 300 }).map(String),
    );
    const four = fc.array(part, { minLength: 3, maxLength: 5 }).map((parts) => parts.join('.'));
    const six = fc.array(fc.oneof(part, four), { minLength: 2, maxLength: 9 }).map((parts) => parts.join(':'));
    const property = fc.property(fc.oneof(four, six), (text) => {
      assert.equal(familyOf(text), [undefined, 'inet', 'inet6'][isIP(text) === 6 ? 2 : isIP(text) === 4 ? 1 : 0]);
    });
    fc.assert(property, { numRuns: 2000 });
  });
});

describe('the family', () => {
  const table: [address: string, family: Family | undefined][] = [
    ['127.0.0.1', 'inet'],
    ['0.0.0.0', 'inet'],
    ['255.255.255.255', 'inet'],
    ['256.0.0.1', undefined],
    ['1.2.3', undefined],
    ['1.2.3.4.5', undefined],
    ['0x7f.0.0.1', undefined],
    ['127.0.0.1\n', undefined],
    ['::', 'inet6'],
    ['::1', 'inet6'],
    ['2001:db8::ff00:42:8329', 'inet6'],
    ['2001:DB8::1', 'inet6'],
    ['::ffff:1.2.3.4', 'inet6'],
    ['fe80::1%eth0', 'inet6'],
    ['fe80::1%', undefined],
    ['1::2::3', undefined],
    ['1:2:3:4:5:6:7:8:9', undefined],
    ['12345::', undefined],
    ['[::1]', undefined],
    ['::1]/', undefined],
    [':', undefined],
    ['localhost', undefined],
    ['abc', undefined],
    ['', undefined],
  ];
  for (const [address, family] of table) {
    it(`of ${JSON.stringify(address)} is ${family}`, () => assert.equal(familyOf(address), family));
  }
});

describe('loopback', () => {
  const both = [
    { address: '127.0.0.1', family: 'inet' },
    { address: '::1', family: 'inet6' },
  ];
  for (const host of ['localhost.', 'a.localhost', 'a.b.LocalHost.', 'LOCALHOST.']) {
    it(`is ${host}`, () => assert.deepEqual(loopbackOf(host), both));
  }
  // The system's own resolver knows localhost, from /etc/hosts.
  for (const host of ['localhost', 'LOCALHOST', 'notlocalhost', 'localhost.example', 'a.localhostx', '']) {
    it(`is not ${JSON.stringify(host)}`, () => assert.equal(loopbackOf(host), undefined));
  }
});

describe('interleaving', () => {
  const address = (name: string): Address => ({ address: name, family: name.startsWith('4') ? 'inet' : 'inet6' });
  const table: [given: string, tried: string][] = [
    ['', ''],
    ['4a', '4a'],
    ['6a 6b 4a 4b', '6a 4a 6b 4b'],
    ['4a 4b 6a', '4a 6a 4b'],
    ['6a 4a 4b 4c', '6a 4a 4b 4c'],
    ['4a 4b 4c 6a', '4a 6a 4b 4c'],
    ['6a 6b', '6a 6b'],
  ];
  for (const [given, tried] of table) {
    it(`of ${given || 'nothing'} is ${tried || 'nothing'}`, () => {
      const addresses = given.split(' ').filter(Boolean).map(address);
      const before = [...addresses];
      assert.equal(
        interleave(addresses)
          .map((a) => a.address)
          .join(' '),
        tried,
      );
      assert.deepEqual(addresses, before);
    });
  }
});

it('an address and a port are shown as in a URL', () => {
  assert.equal(shownEndpoint('127.0.0.1', 80), '127.0.0.1:80');
  assert.equal(shownEndpoint('example.org', 80), 'example.org:80');
  assert.equal(shownEndpoint('::1', 80), '[::1]:80');
});
