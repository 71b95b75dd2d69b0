/** Command lines: what stands on the wire, and what can never stand there. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { COMMAND_LINE_LIMIT } from '../../../src/core/limits.ts';
import { answerLine, commandLine } from '../../../src/protocol/tp/line.ts';

describe('a command line', () => {
  const rows: [title: string, line: { bytes: Buffer; shown: string }, wire: string, shown: string][] = [
    ['a command', commandLine('NOOP'), 'NOOP\r\n', 'NOOP'],
    ['an argument', commandLine('RETR', 'a b'), 'RETR a b\r\n', 'RETR a b'],
    ['an empty argument', commandLine('AUTH', ''), 'AUTH \r\n', 'AUTH '],
    ['several words', commandLine('SITE CHMOD', '644 x'), 'SITE CHMOD 644 x\r\n', 'SITE CHMOD 644 x'],
    ['UTF-8', commandLine('CWD', 'ü'), 'CWD \xc3\xbc\r\n', 'CWD ü'],
    ['Latin-1', commandLine('CWD', 'ü', { encoding: 'latin1' }), 'CWD \xfc\r\n', 'CWD ü'],
    ['bytes', commandLine('CWD', Buffer.from([0xff, 0x20])), 'CWD \xff \r\n', 'CWD \ufffd '],
    ['a secret', commandLine('PASS', 'x y', { secret: true }), 'PASS x y\r\n', 'PASS ****'],
    ['an answer', answerLine('AGEA'), 'AGEA\r\n', 'AGEA'],
    ['a secret answer', answerLine('AGEA', { secret: true }), 'AGEA\r\n', '****'],
  ];
  for (const [title, line, wire, shown] of rows) {
    it(title, () => assert.deepEqual([line.bytes.toString('latin1'), line.shown], [wire, shown]));
  }

  it('is as long as it may be, and no longer', () => {
    const room = COMMAND_LINE_LIMIT - 'RETR \r\n'.length;
    assert.equal(commandLine('RETR', 'x'.repeat(room)).bytes.length, COMMAND_LINE_LIMIT);
    assert.throws(() => commandLine('RETR', 'x'.repeat(room + 1)), { code: 'ERR_INVALID_ARGUMENT' });
  });

  it('has no letters that its encoding lacks', () => {
    assert.throws(() => commandLine('CWD', '€', { encoding: 'latin1' }), {
      code: 'ERR_INVALID_ARGUMENT',
      message: /Latin-1/,
    });
  });

  it('refuses what is no command', () => {
    for (const name of ['', ' NOOP', 'NOOP ', 'A  B', 'NO\tOP', 'NO\rOP', 'ü', 'A\0', undefined as never, 7 as never])
      assert.throws(() => commandLine(name), { code: 'ERR_INVALID_ARGUMENT' }, JSON.stringify(name));
  });

  it('does not repeat a refused argument, which may be a password', () => {
    assert.throws(
      () => commandLine('PASS', 'se\ncret', { secret: true }),
      (error: Error) => !/cret/.test(error.message),
    );
  });

  it('is one line, whatever the argument', () => {
    const argument = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.uint8Array(),
      fc.constantFrom('a\r\nQUIT', 'a\nb', 'a\rb', '\0'),
    );
    fc.assert(
      fc.property(argument, fc.constantFrom('utf8' as const, 'latin1' as const), (text, encoding) => {
        let wire: string;
        try {
          wire = commandLine('RETR', text, { encoding }).bytes.toString('latin1');
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'ERR_INVALID_ARGUMENT');
          return;
        }
        assert.match(wire, /^RETR [^\r\n\0]*\r\n$/);
      }),
    );
  });
});
