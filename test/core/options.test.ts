/** Each socket option takes values of its kind, and nothing else. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOption, checkReadable, type OptionName } from '../../src/core/options.ts';

const GOOD: { readonly [name in OptionName]: readonly unknown[] } = {
  keepalive: [true, false],
  'tcp-nodelay': [true, false],
  reuseaddr: [true, false],
  reuseport: [true, false],
  'tcp-keepidle': [0, 7200],
  'tcp-keepcnt': [1],
  'tcp-keepintvl': [1],
  linger: [
    { on: true, timeout: 0 },
    { on: false, timeout: 5 },
  ],
  'recv-buffer-size': [0, 65_536],
  'send-buffer-size': [65_536],
  'tcp-defer-accept': [1],
  'tcp-fastopen': [1],
  'tcp-fastopen-connect': [0],
  'ipv6-v6only': [true],
  bindtodevice: ['lo', ''],
  dontroute: [true],
  broadcast: [true],
  'ip-multicast-loop': [false],
  'ip-multicast-ttl': [255],
  'ip-multicast-if': ['127.0.0.1'],
  'ip-add-membership': [
    { multiaddr: '224.0.0.1' },
    { multiaddr: '224.0.0.1', interface: '*' },
    { multiaddr: 'ff02::1', interface: 2 },
  ],
  'ip-drop-membership': [{ multiaddr: '224.0.0.1', interface: '127.0.0.1' }],
  'ipv6-unicast-hops': [64],
  'ipv6-multicast-hops': [1],
  'ipv6-multicast-loop': [true],
  'ipv6-add-membership': [{ multiaddr: 'ff02::1', interface: 0 }],
  'ipv6-drop-membership': [{ multiaddr: 'ff02::1' }],
};

/** Of no kind at all. */
const NEVER = [
  undefined,
  null,
  Number.NaN,
  -1,
  0.5,
  2 ** 53,
  [],
  {},
  { on: 1, timeout: 1 },
  { on: true },
  { multiaddr: 5 },
];
const OTHERS = [true, 5, 'text', { on: true, timeout: 1 }, { multiaddr: '224.0.0.1' }];

const names = Object.keys(GOOD) as OptionName[];

for (const name of names) {
  it(`${name} takes its values, and no others`, () => {
    for (const value of GOOD[name]) checkOption(name, value as never);
    const kind = typeof GOOD[name][0];
    const others = OTHERS.filter((value) => typeof value !== kind);
    for (const value of [...NEVER, ...others]) {
      assert.throws(() => checkOption(name, value as never), {
        code: 'ERR_INVALID_ARGUMENT',
        message: new RegExp(`^setoption: ${name} takes `),
      });
    }
  });
}

it('a linger is no membership, nor the reverse', () => {
  assert.throws(() => checkOption('linger', { multiaddr: '224.0.0.1' } as never), { code: 'ERR_INVALID_ARGUMENT' });
  assert.throws(() => checkOption('ip-add-membership', { on: true, timeout: 1 } as never), {
    code: 'ERR_INVALID_ARGUMENT',
  });
  assert.throws(() => checkOption('ip-add-membership', { multiaddr: 'x', interface: true } as never));
  assert.throws(() => checkOption('linger', { on: true, timeout: -1 }));
});

describe('names', () => {
  it('can all be read, and the pending error too', () => {
    for (const name of [...names, 'error'] as const) checkReadable(name);
  });

  for (const name of ['', 'nodelay', 'KEEPALIVE', 'toString', '__proto__', 'constructor']) {
    it(`${JSON.stringify(name)} is none`, () => {
      const expected = { code: 'ERR_INVALID_ARGUMENT', message: /there is no option .*; the options are keepalive, / };
      assert.throws(() => checkOption(name as OptionName, true as never), expected);
      assert.throws(() => checkReadable(name as OptionName), expected);
    });
  }

  it('error cannot be set', () => {
    assert.throws(() => checkOption('error' as OptionName, 'x' as never), { code: 'ERR_INVALID_ARGUMENT' });
  });
});
