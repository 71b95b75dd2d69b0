/** What is taken for bytes, and how many: what an object says about itself counts for nothing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import vm from 'node:vm';
import { ReceiveBuffer } from '../../src/core/buffer.ts';
import { copyOf, dataOf, isBytes, viewOf } from '../../src/core/data.ts';
import { LINE_FEED } from '../../src/core/delimiter.ts';
import { NO_OPTIONS, parsePattern } from '../../src/core/pattern.ts';
import { sink, source } from '../../src/entry/ltn12.ts';
import { b64 } from '../../src/entry/mime.ts';
import { escape as escaped } from '../../src/entry/url.ts';

/** Four bytes within more memory, which claim to be others, and many. */
export function liar(): Buffer {
  const bytes = Buffer.from('<<abcd>>').subarray(2, 6);
  const claims = { length: 4096, byteLength: 4096, byteOffset: 0, buffer: new ArrayBuffer(8192) };
  for (const [name, value] of Object.entries(claims)) Object.defineProperty(bytes, name, { value });
  return Object.defineProperty(bytes, 'subarray', { value: () => bytes });
}

/** A class whose objects do the same. */
class Liar extends Uint8Array {
  override get length(): never {
    return 4096 as never;
  }
  override get byteLength(): never {
    return 4096 as never;
  }
}

const FOREIGN = vm.runInNewContext('Uint8Array.of(97, 98, 99, 100)') as Uint8Array;

const GIVEN: readonly [what: string, bytes: Uint8Array][] = [
  ['with properties of their own', liar()],
  ['of a class that overrides', Liar.from([97, 98, 99, 100])],
  ['of another realm', FOREIGN],
  ['in shared memory', new Uint8Array(new SharedArrayBuffer(8)).fill(97).subarray(2, 6)],
];

describe('bytes', () => {
  for (const [what, bytes] of GIVEN) {
    it(`${what} are those that are there`, () => {
      const expected = what === 'in shared memory' ? 'aaaa' : 'abcd';
      const data = dataOf('call', bytes);
      assert.equal(String(data), expected);
      assert.equal(Object.hasOwn(data, 'length'), false);
      assert.equal(String(copyOf('call', bytes)), expected);
      const buffer = new ReceiveBuffer();
      buffer.push(bytes);
      buffer.push(Buffer.from('\n'));
      assert.deepEqual([buffer.size, buffer.find(LINE_FEED), buffer.takeLine(4).toString()], [5, 4, expected]);
      const { prefix } = parsePattern(9, { prefix: bytes });
      assert.equal(String(prefix), expected);
      assert.equal(String(b64(bytes, null as unknown as string)[0]), Buffer.from(expected).toString('base64'));
      assert.equal(escaped(bytes), expected);
    });

    it(`${what} are so in a chain, too`, async () => {
      const expected = what === 'in shared memory' ? 'aaaa' : 'abcd';
      let once: Uint8Array | null = bytes;
      const from = () => {
        const chunk = once;
        once = null;
        return chunk;
      };
      assert.deepEqual([...source.iterate(from)].map(String), [expected]);
      const [list, chunks] = sink.table();
      await sink.chain((chunk) => (chunk?.length === 1 ? bytes : chunk), list)(Buffer.from('x'));
      assert.equal(String(chunks[0]), expected);
      assert.equal(String(source.string(bytes)()), expected);
    });
  }

  it('may be refilled while a receive waits for its delimiter', () => {
    const until = Buffer.from('ab');
    const matcher = parsePattern({ until }, NO_OPTIONS);
    until.fill('x');
    const buffer = new ReceiveBuffer();
    buffer.push(Buffer.from('1ab2'));
    assert.equal(String(matcher.match(buffer, false)), '1');
  });

  it('are no other objects', () => {
    const others = [new Proxy(Buffer.from('abcd'), {}), Object.create(Uint8Array.prototype), new Uint16Array(2)];
    for (const other of [...others, new DataView(new ArrayBuffer(4)), new ArrayBuffer(4), [97], { length: 1 }, 1n]) {
      assert.equal(isBytes(other), false);
      assert.throws(() => dataOf('call', other as Uint8Array), {
        code: 'ERR_INVALID_ARGUMENT',
        message: /not (an object|an array|1n)$/,
      });
    }
  });

  it('are refused once their memory is gone', () => {
    const bytes = Uint8Array.of(97);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    assert.throws(() => dataOf('call', bytes), { code: 'ERR_INVALID_ARGUMENT', message: /^call: .*detached/ });
  });

  it('of any view are its own', () => {
    const { buffer } = Uint8Array.of(0, 97, 98, 99, 100, 0, 0, 0);
    const views = [new DataView(buffer, 1, 4), new Uint8Array(buffer, 1, 4), new Uint8ClampedArray(buffer, 1, 4)];
    for (const view of views)
      assert.equal(String(viewOf(Object.defineProperty(view, 'byteLength', { value: 8 }))), 'abcd');
    assert.equal(String(viewOf(new Uint16Array(buffer, 2, 1))), 'bc');
  });
});
