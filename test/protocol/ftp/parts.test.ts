/** The small parts of FTP: times, addresses of data connections, arguments, and paths. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ProtocolError, SocketError } from '../../../src/core/errors.ts';
import { FTP_ARGUMENT_LIMIT } from '../../../src/core/limits.ts';
import {
  extendedPassivePort,
  extendedPortArgument,
  isSameAddress,
  passivePort,
  portArgument,
} from '../../../src/protocol/ftp/addresses.ts';
import { argumentBytes } from '../../../src/protocol/ftp/argument.ts';
import { joined, quotedPath, withParents } from '../../../src/protocol/ftp/paths.ts';
import { parseTime, timeArgument } from '../../../src/protocol/ftp/times.ts';

describe('times', () => {
  it('are UTC, to the millisecond', () => {
    assert.equal(parseTime('19980615100045.014'), Date.UTC(1998, 5, 15, 10, 0, 45, 14));
    assert.equal(parseTime('20240229235960'), Date.UTC(2024, 2, 1));
    for (const wrong of [
      '',
      '1998061510004',
      '199806151000455',
      '20230229000000',
      '20240001000000',
      '20240101240000',
      '19980615100045.',
    ])
      assert.equal(parseTime(wrong), undefined, wrong);
  });
  it('of MFMT have whole seconds, and come back', () => {
    assert.equal(timeArgument('setmtime', new Date(Date.UTC(1998, 5, 15, 10, 0, 45, 999))), '19980615100045');
    for (const wrong of [new Date(Number.NaN), new Date(Date.UTC(10_000, 0)), 'x' as unknown as Date])
      assert.throws(() => timeArgument('setmtime', wrong), { code: 'ERR_INVALID_ARGUMENT' });
    fc.assert(
      fc.property(fc.integer({ min: -5e10, max: 2e11 }), (seconds) => {
        assert.equal(parseTime(timeArgument('setmtime', new Date(seconds * 1000))), seconds * 1000);
      }),
    );
  });
});

describe('215, 216, 218: the reply to PASV', () => {
  const rows: readonly (readonly [text: string, port: number | undefined])[] = [
    ['Entering Passive Mode (127,0,0,1,4,210).', 1234],
    ['Entering Passive Mode. 10,0,0,1,255,255', 65535],
    ['=10,0,0,1,0,21', 21],
    ['Passive\nmode, at last\n10 , 0, 0, 1, 0, 21 it is', 21],
    ['about 1,2,3 of (10,0,0,1,0,21)', 21],
    ['(10,0,0,1,999,999)', undefined],
    ['(10,0,0,1,256,1)', undefined],
    ['(10,0,0,1,0,0)', undefined],
    ['(10,0,0,1,4', undefined],
    ['(10,0,0,1,4,1,5)', undefined],
    ['(1000,0,0,1,4,1)', undefined],
    ['ok', undefined],
    ['', undefined],
  ];
  for (const [text, port] of rows) {
    it(`${JSON.stringify(text)}: ${port ?? 'refused'}`, () => {
      if (port !== undefined) assert.equal(passivePort(text), port);
      else
        assert.throws(
          () => passivePort(text),
          (error) => error instanceof ProtocolError && error.code === 'ERR_FTP_ADDRESS',
        );
    });
  }
  it('is read in linear time', () => {
    const before = process.cpuUsage();
    for (const text of ['1,'.repeat(50_000), '1 ,'.repeat(50_000), '('.repeat(100_000), '|||'.repeat(30_000)]) {
      assert.throws(() => passivePort(text));
      assert.throws(() => extendedPassivePort(text));
    }
    assert.ok(process.cpuUsage(before).user < 2_000_000);
  });
});

describe('218: the reply to EPSV', () => {
  const rows: readonly (readonly [text: string, port: number | undefined])[] = [
    ['Entering Extended Passive Mode (|||6446|)', 6446],
    ['ok (!!!1!)', 1],
    ['ok |||65535|.', 65535],
    ['ok (|||0|)', undefined],
    ['ok (|||65536|)', undefined],
    ['ok (|||6446)', undefined],
    ['ok (||6446|)', undefined],
    ['ok (|||6446!)', undefined],
    ['ok (1116446 1)', undefined],
  ];
  for (const [text, port] of rows) {
    it(`${JSON.stringify(text)}: ${port ?? 'refused'}`, () => {
      if (port !== undefined) assert.equal(extendedPassivePort(text), port);
      else assert.throws(() => extendedPassivePort(text), ProtocolError);
    });
  }
});

describe('the arguments of PORT and EPRT', () => {
  it('name an address and a port', () => {
    assert.equal(portArgument({ address: '192.0.2.1', port: 1234 }), '192,0,2,1,4,210');
    assert.throws(() => portArgument({ address: '::1', port: 1 }), { code: 'ERR_INVALID_ARGUMENT' });
    assert.equal(extendedPortArgument({ address: '192.0.2.1', port: 6446 }), '|1|192.0.2.1|6446|');
    assert.equal(extendedPortArgument({ address: 'fe80::1%eth0', port: 6446 }), '|2|fe80::1|6446|');
  });
  it('the same address in other writings is the same', () => {
    assert.ok(isSameAddress('::ffff:192.0.2.1', '192.0.2.1'));
    assert.ok(isSameAddress('::ffff:c000:201', '192.0.2.1'));
    assert.ok(isSameAddress('2001:db8:0:0::1', '2001:DB8::1'));
    assert.ok(isSameAddress('fe80::1%eth0', 'fe80::1%2'));
    assert.ok(!isSameAddress('192.0.2.1', '192.0.2.2'));
    assert.ok(!isSameAddress('::1', '127.0.0.1'));
  });
});

describe('221, 222: arguments', () => {
  it('with CR, LF or NUL are refused, by their field, without their content', () => {
    for (const bad of ['a\rb', 'a\nb', 'a\0b', Buffer.from('a\r\nb')])
      assert.throws(
        () => argumentBytes('password', bad),
        (error) =>
          error instanceof SocketError && /^password has a CR/.test(error.message) && !error.message.includes('a\\'),
      );
  });
  it('double the IAC', () => {
    assert.deepEqual([...argumentBytes('path', Uint8Array.of(0xff, 1, 0xff))], [0xff, 0xff, 1, 0xff, 0xff]);
    assert.deepEqual([...argumentBytes('path', 'ÿ', 'latin1')], [0xff, 0xff]);
    assert.deepEqual([...argumentBytes('path', 'ÿ')], [0xc3, 0xbf]);
  });
  it('have the length of a path, and no text without bytes', () => {
    assert.equal(argumentBytes('path', 'x'.repeat(FTP_ARGUMENT_LIMIT)).length, FTP_ARGUMENT_LIMIT);
    for (const bad of [
      'x'.repeat(FTP_ARGUMENT_LIMIT + 1),
      '\ud800',
      5 as unknown as string,
      undefined as unknown as string,
    ])
      assert.throws(() => argumentBytes('path', bad), { code: 'ERR_INVALID_ARGUMENT' });
    assert.throws(() => argumentBytes('path', '€', 'latin1'), { code: 'ERR_INVALID_ARGUMENT' });
  });
  it('whatever they are, hold no end of a line', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('utf8' as const, 'latin1' as const),
        (text, encoding) => {
          let argument: Buffer;
          try {
            argument = argumentBytes('path', text, encoding);
          } catch (error) {
            assert.ok(error instanceof SocketError && error.code === 'ERR_INVALID_ARGUMENT');
            return;
          }
          assert.ok(!/[\r\n\0]/.test(argument.toString('latin1')));
          assert.ok(!/(?<!\xff)(?:\xff\xff)*\xff(?!\xff)/.test(argument.toString('latin1')), 'no IAC alone');
        },
      ),
    );
  });
});

describe('paths', () => {
  it('stand in quotes, which are doubled within', () => {
    assert.equal(quotedPath('"/a" is the current directory'), '/a');
    assert.equal(quotedPath('"/with ""quotes""" created'), '/with "quotes"');
    assert.equal(quotedPath('Created "" here'), '');
    assert.equal(quotedPath('"/a\xff\xffb" is Telnet\'s'), '/a\xffb');
    for (const bad of ['/a is it', '"/a', '"/a""'])
      assert.throws(
        () => quotedPath(bad),
        (error) => error instanceof ProtocolError && error.code === 'ERR_FTP_ADDRESS',
      );
    assert.throws(() => quotedPath(`${'""'.repeat(50_000)}"`));
  });
  it('have parents, the uppermost first', () => {
    const parents = (path: string): string[] => withParents(Buffer.from(path)).map(String);
    assert.deepEqual(parents('a/b/c'), ['a', 'a/b', 'a/b/c']);
    assert.deepEqual(parents('/a//b/'), ['/a', '/a//b']);
    assert.deepEqual(parents('/'), []);
    assert.deepEqual(parents('a'), ['a']);
  });
  it('are joined by one slash', () => {
    const join = (a: string, b: string): string => String(joined(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual([join('', 'x'), join('/', 'x'), join('/a', 'x'), join('a/', 'x')], ['x', '/x', '/a/x', 'a/x']);
  });
});
