/** The queue of what has arrived: in order, bounded, small pieces joined, large ones as they came. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Pieces } from '../../src/async/pieces.ts';
import { READ_AHEAD } from '../../src/core/limits.ts';

it('gives each large piece as it came, without a copy', () => {
  const pieces = new Pieces();
  const [first, second] = [Buffer.alloc(16_384, 'a'), Buffer.alloc(16_384, 'b')];
  pieces.push(first);
  pieces.push(second);
  assert.equal(pieces.take(), first);
  assert.equal(pieces.empty, false);
  assert.equal(pieces.take(), second);
  assert.equal(pieces.empty, true);
  assert.equal(pieces.take(), undefined);
});

it('joins small pieces with those behind them', () => {
  const pieces = new Pieces();
  for (const text of ['one ', 'two ', 'three']) pieces.push(Buffer.from(text));
  assert.equal(String(pieces.take()), 'one two three');
  assert.equal(pieces.empty, true);
});

it('gives all at once, in order', () => {
  const pieces = new Pieces();
  pieces.push(Buffer.alloc(8192, 'a'));
  pieces.push(Buffer.from('b'));
  assert.equal(String(pieces.takeAll()), `${'a'.repeat(8192)}b`);
  assert.equal(pieces.takeAll(), undefined);
});

it('is full of bytes, or of pieces, and no more once something is taken', () => {
  const large = new Pieces();
  for (let i = 0; i < 4; i++) {
    assert.equal(large.full, false);
    large.push(Buffer.alloc(READ_AHEAD / 4));
  }
  assert.equal(large.full, true);
  large.take();
  assert.equal(large.full, false);
  const small = new Pieces();
  let count = 0;
  for (; !small.full; count++) small.push(Buffer.alloc(1));
  assert.ok(count > 100 && count < 1000, `${count} pieces of one byte`);
  small.clear();
  assert.deepEqual([small.empty, small.full], [true, false]);
});
