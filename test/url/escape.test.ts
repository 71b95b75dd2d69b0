/** Escapes and paths: all bytes there and back, and what only looks like an escape stays. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  buildPath,
  escape as escapeText,
  parsePath,
  unescapeBytes,
  unescape as unescapeText,
} from '../../src/entry/url.ts';

const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);

describe('escape', () => {
  it('leaves letters, digits and the underscore', () => {
    const kept = [...everyByte].filter((byte) => escapeText(Uint8Array.of(byte)).length === 1);
    const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
    assert.equal(Buffer.from(kept).toString('latin1'), letters);
  });

  it('writes all others in lower case', () => {
    for (const byte of everyByte) {
      const escaped = escapeText(Uint8Array.of(byte));
      if (escaped.length > 1) assert.equal(escaped, `%${Buffer.of(byte).toString('hex')}`);
    }
    assert.equal(escapeText('é€😀'), '%c3%a9%e2%82%ac%f0%9f%98%80');
  });
});

describe('unescape', () => {
  const table: [escaped: string, text: string][] = [
    ['', ''],
    ['%41%4a%4A', 'AJJ'],
    ['%', '%'],
    ['%2', '%2'],
    ['%zz', '%zz'],
    ['%4g', '%4g'],
    ['%%41', '%A'],
    ['%2541', '%41'],
    ['%+1', '%+1'],
    ['a+b', 'a+b'],
    ['%00', '\0'],
    ['%c3%A9', 'é'],
    ['é%c3%a9', 'éé'],
    ['%ef%bb%bfa', '\ufeffa'],
    ['%ff', '\ufffd'],
  ];
  for (const [escaped, text] of table) {
    it(JSON.stringify(escaped), () => {
      assert.equal(unescapeText(escaped), text);
      if (text !== '\ufffd') assert.equal(unescapeBytes(escaped).toString(), text);
    });
  }

  it('gives back any text and any bytes', () => {
    const text = fc.string({ unit: 'binary' }).map((any) => Buffer.from(any).toString());
    fc.assert(fc.property(text, (any) => assert.equal(unescapeText(escapeText(any)), any)));
    fc.assert(fc.property(fc.uint8Array(), (any) => assert.deepEqual([...unescapeBytes(escapeText(any))], [...any])));
    assert.deepEqual([...unescapeBytes(escapeText(everyByte))], [...everyByte]);
  });
});

describe('paths', () => {
  const table: [path: string, segments: string[], flags: string, built?: string][] = [
    ['', [], ''],
    ['/', [], 'absolute directory'],
    ['//', [], 'absolute directory', '/'],
    ['a', ['a'], ''],
    ['/a', ['a'], 'absolute'],
    ['a/', ['a'], 'directory'],
    ['/a/b/', ['a', 'b'], 'absolute directory'],
    ['a//b', ['a', 'b'], '', 'a/b'],
    ['/a%2fb/%c3%a9', ['a/b', 'é'], 'absolute', '/a%2Fb/%C3%A9'],
    ["-.!~*'():@&=+$,", ["-.!~*'():@&=+$,"], ''],
    ['a;b?c#d', ['a;b?c#d'], '', 'a%3Bb%3Fc%23d'],
    ['../.', ['..', '.'], ''],
  ];
  for (const [path, segments, flags, built = path] of table) {
    it(JSON.stringify(path), () => {
      const parsed = parsePath(path);
      assert.deepEqual(parsed, {
        segments,
        isAbsolute: flags.includes('absolute'),
        isDirectory: flags.includes('directory'),
      });
      assert.equal(buildPath(parsed), built);
    });
  }

  it('are built from segments that are escaped already, and from segments alone', () => {
    assert.equal(buildPath({ segments: ['a%2Fb', 'c;d'], isDirectory: true }, true), 'a%2Fb/c;d/');
    assert.equal(buildPath({ segments: ['a', 'b'] }), 'a/b');
    assert.equal(buildPath({ segments: [], isDirectory: true }), '');
  });

  it('give back any segments that are not empty', () => {
    const text = fc.string({ unit: 'binary', minLength: 1 }).map((any) => Buffer.from(any).toString());
    const path = fc.record({
      segments: fc.array(text, { minLength: 1 }),
      isAbsolute: fc.boolean(),
      isDirectory: fc.boolean(),
    });
    fc.assert(fc.property(path, (any) => assert.deepEqual(parsePath(buildPath(any)), { ...any })));
  });
});
