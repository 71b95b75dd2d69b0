/** Every receive pattern, in every way that its bytes may arrive. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LimitError, type SocketError } from '../../src/core/errors.ts';
import { type Flow, runAsync } from '../../src/core/flow.ts';
import type { Pattern, ReceiveOptions } from '../../src/core/pattern.ts';
import type { Stream } from '../../src/core/stream.ts';
import { atOnce, bytes, errorOf, inPieces, SILENCE, scripted } from './scripted-io.ts';

async function all(stream: Stream, ...patterns: [Pattern, ReceiveOptions?][]): Promise<(string | Buffer)[]> {
  const results: (string | Buffer)[] = [];
  for (const [pattern, options] of patterns) results.push(await runAsync(stream.receive(pattern, options)));
  return results;
}

describe('lines', () => {
  inPieces('are text without LF or CRLF', 'one\r\ntwo\n\r\n\nlast\rline\r\r\n', async (stream) => {
    const lines = await all(stream, ['*l'], ['*l'], ['*l'], ['*l'], ['*l']);
    assert.deepEqual(lines, ['one', 'two', '', '', 'last\rline\r']);
  });

  inPieces('keep NUL and every other byte', Uint8Array.of(0, 0xff, 0x0b, 0x85, 0x0a), async (stream) => {
    assert.deepEqual(await all(stream, ['*l', { encoding: 'buffer' }]), [Buffer.from([0, 0xff, 0x0b, 0x85])]);
  });

  inPieces('are decoded as asked', 'h\xe9\n68\n\xe9\n', async (stream) => {
    const lines = await all(
      stream,
      ['*l', { encoding: 'latin1' }],
      ['*l', { encoding: 'hex' }],
      ['*l', { encoding: 'buffer' }],
    );
    assert.deepEqual(lines, ['hé', '3638', bytes('\xe9')]);
  });

  it('are the default', () => {
    assert.equal(atOnce(scripted('a\n').receive()), 'a');
    assert.equal(atOnce(scripted('a\n').receive(undefined)), 'a');
  });
});

describe('counts', () => {
  inPieces('are exactly so many bytes', 'abcdefghij', async (stream) => {
    const results = await all(stream, [3], [0], [1], [6]);
    assert.deepEqual(
      results.map((result) => [Buffer.isBuffer(result), String(result)]),
      [
        [true, 'abc'],
        [true, ''],
        [true, 'd'],
        [true, 'efghij'],
      ],
    );
  });

  inPieces('are text where an encoding says so', 'a\xe9', async (stream) => {
    assert.deepEqual(await all(stream, [2, { encoding: 'latin1' }]), ['aé']);
  });

  it('of zero read nothing', () => {
    assert.deepEqual(atOnce(scripted(SILENCE).receive(0)), Buffer.alloc(0));
  });
});

describe('everything', () => {
  inPieces('is what comes until the end', 'a\nb\r\nc', async (stream) => {
    assert.deepEqual(await all(stream, ['*l'], ['*a']), ['a', bytes('b\r\nc')]);
  });

  inPieces('is text where an encoding says so', 'h\xc3\xa9', async (stream) => {
    assert.deepEqual(await all(stream, ['*a', { encoding: 'utf8' }]), ['hé']);
  });

  it('is an error where nothing came, as in LuaSocket', async () => {
    const error = await errorOf<SocketError>(() => atOnce(scripted().receive('*a', { prefix: 'x' })));
    assert.deepEqual([error.code, error.partial?.toString()], ['ERR_CLOSED', 'x']);
  });
});

describe('a delimiter', () => {
  inPieces('ends the text before it and is dropped', 'a: b\r\n\r\nrest\r\r\n', async (stream) => {
    const results = await all(stream, [{ until: ': ' }], [{ until: '\r\n\r\n' }], [{ until: bytes('\r\n') }]);
    assert.deepEqual(results, ['a', 'b', 'rest\r']);
  });

  inPieces('that overlaps itself is found first where it first ends', 'aaaabaab', async (stream) => {
    assert.deepEqual(await all(stream, [{ until: 'aab' }], [{ until: 'aab' }]), ['aa', '']);
  });

  inPieces('may be followed by any other pattern', 'a,b\ncd,e', async (stream) => {
    const results = await all(stream, [{ until: ',' }], ['*l'], [2], [{ until: ',' }], ['*a', { encoding: 'utf8' }]);
    assert.deepEqual(results.map(String), ['a', 'b', 'cd', '', 'e']);
  });

  it('of text is UTF-8', () => {
    assert.equal(atOnce(scripted(Buffer.from('a→b')).receive({ until: '→' })), 'a');
  });

  it('may change while the text is not all there', async () => {
    const stream = scripted('ab;c', SILENCE, ',d\n');
    stream.timeouts.set(0);
    await errorOf(() => runAsync(stream.receive({ until: ',' })));
    assert.equal(atOnce(stream.receive({ until: ';' })), 'ab');
    assert.equal(atOnce(stream.receive({ until: ',' })), 'c');
  });
});

describe('a prefix', () => {
  inPieces('comes before the result, and a count includes it', 'cd\nefgh', async (stream) => {
    const results = await all(
      stream,
      ['*l', { prefix: 'ab' }],
      [4, { prefix: Buffer.from('xy') }],
      ['*a', { prefix: '-' }],
    );
    assert.deepEqual(results.map(String), ['abcd', 'xyef', '-gh']);
  });

  it('that is long enough for the count is the whole result', () => {
    const stream = scripted(SILENCE);
    assert.deepEqual(atOnce(stream.receive(2, { prefix: 'abc' })), Buffer.from('abc'));
    assert.equal(stream.getstats().received, 0);
  });

  it('is part of what an error shows, and not of what stays', async () => {
    const stream = scripted('cd');
    const error = await errorOf<SocketError>(() => atOnce(stream.receive('*l', { prefix: 'ab' })));
    assert.equal(error.partial?.toString(), 'abcd');
    assert.equal(String(atOnce(stream.receive(2))), 'cd');
  });

  it('is decoded with the rest', () => {
    assert.equal(atOnce(scripted('\xa9\n').receive('*l', { prefix: bytes('\xc3') })), 'é');
  });
});

describe('a limit', () => {
  const cases: [name: string, pattern: Pattern, fits: string, over: string][] = [
    ['a line', '*l', 'abcd\r\n', 'abcdef\n'],
    ['a line that has not ended', '*l', 'abcde\n', 'abcdef'],
    ['text before a delimiter', { until: '--' }, 'abcde--', 'abcdef--'],
    ['text before a delimiter that has not come', { until: '--' }, 'abcde--', 'abcdef-'],
    ['everything', '*a', 'abcde', 'abcdef'],
  ];
  for (const [name, pattern, fits, over] of cases) {
    inPieces(`leaves ${name} alone that is as long`, fits, async (stream) => {
      await runAsync(stream.receive(pattern, { limit: 5 }));
    });
    inPieces(`ends ${name} that is longer, and consumes nothing`, over, async (stream) => {
      const error = await errorOf<SocketError>(() => runAsync(stream.receive(pattern, { limit: 5 })));
      assert.ok(error instanceof LimitError);
      assert.deepEqual([error.code, error.reason], ['ERR_LIMIT', 'oversized']);
      assert.match(error.message, /longer than 5 bytes/);
      assert.equal(stream.getstats().received, 0);
      assert.equal(String(await runAsync(stream.receive('*a'))), over);
    });
  }

  it('is a mebibyte for a line, and sixteen for everything', async () => {
    const mebibyte = Buffer.alloc(1_048_576, 'x');
    const line = scripted(mebibyte, '\n');
    assert.equal(String(atOnce(line.receive())).length, 1_048_576);
    assert.ok((await errorOf(() => atOnce(scripted(mebibyte, 'x').receive()))) instanceof LimitError);
    assert.ok((await errorOf(() => atOnce(scripted(mebibyte, 'xx').receive({ until: '::' })))) instanceof LimitError);
    const most = Array.from({ length: 16 }, () => mebibyte);
    assert.equal(atOnce(scripted(...most).receive('*a')).length, 16_777_216);
    assert.ok((await errorOf(() => atOnce(scripted(...most, 'x').receive('*a')))) instanceof LimitError);
  });

  it('holds for no count: the caller has named it', () => {
    assert.equal(atOnce(scripted('abcdef').receive(6, { limit: 5 })).length, 6);
  });
});

describe('misuse', () => {
  const cases: [name: string, pattern: unknown, options: unknown, message: RegExp][] = [
    ['no pattern', '*x', undefined, /a pattern is '\*l' .* not "\*x"/],
    ["LuaSocket's without a star", 'l', undefined, /not "l"/],
    ['null', null, undefined, /not null/],
    ['an empty delimiter', { until: '' }, undefined, /not an object/],
    ['a delimiter that is no text', { until: 5 }, undefined, /data is a string or bytes .*, not 5/],
    ['a negative count', -1, undefined, /whole number, 0 or more, not -1/],
    ['half a byte', 1.5, undefined, /not 1.5/],
    ['no number', Number.NaN, undefined, /not NaN/],
    ['more than there can be', 2 ** 53, undefined, /whole number/],
    ['an unknown encoding', '*l', { encoding: 'ebcdic' }, /no encoding "ebcdic"/],
    ['a limit of 0', '*l', { limit: 0 }, /limit is a number of bytes above 0/],
    ['a limit that is no number', '*a', { limit: '5' }, /limit/],
    ['a prefix that is no text', 5, { prefix: 5 }, /data is a string or bytes/],
  ];
  for (const [name, pattern, options, message] of cases) {
    it(`${name} is refused before anything is read`, async () => {
      const stream = scripted('abc');
      const flow = stream.receive(pattern as Pattern, options as ReceiveOptions) as Flow<unknown>;
      const error = await errorOf<SocketError>(() => atOnce(flow));
      assert.equal(error.code, 'ERR_INVALID_ARGUMENT');
      assert.match(error.message, message);
      assert.equal(String(atOnce(stream.receive(3))), 'abc'); // as usable as before
    });
  }
});
