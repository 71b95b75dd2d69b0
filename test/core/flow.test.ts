/** Flows wait only where there is nothing yet, and what goes wrong while they wait goes wrong inside them. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Flow, isPromise, type MaybePromise, runAsync, runMaybe, settle } from '../../src/core/flow.ts';
import { atOnce, counted, errorOf, SILENCE, scripted } from './scripted-io.ts';

it('isPromise knows what has to be waited for', () => {
  const withThen = (then: unknown): object => Object.fromEntries([['then', then]]);
  for (const value of [Promise.resolve(), withThen(() => {})]) assert.equal(isPromise(value), true);
  for (const value of [undefined, null, 0, '', 'then', {}, withThen(1), () => {}, Buffer.from('x')])
    assert.equal(isPromise(value), false);
});

describe('settle', () => {
  it('gives a value at once', () => {
    for (const value of [undefined, null, 0, 'x', Buffer.from('x')]) assert.equal(atOnce(settle(value)), value);
  });

  it('waits for a promise', async () => {
    assert.deepEqual(await counted(settle(Promise.resolve(5))), { value: 5, yields: 1 });
  });
});

describe('runAsync', () => {
  function* sum(...values: MaybePromise<number>[]): Flow<number> {
    let total = 0;
    for (const value of values) total += yield* settle(value);
    return total;
  }

  it('runs a flow to its end, awaiting what it waits for', async () => {
    assert.equal(await runAsync(sum()), 0);
    assert.equal(await runAsync(sum(1, Promise.resolve(2), 3, Promise.resolve(4))), 10);
    assert.equal((await counted(sum(1, Promise.resolve(2), 3, Promise.resolve(4)))).yields, 2);
  });

  it('throws inside the flow what a promise rejects with', async () => {
    const order: string[] = [];
    function* careful(): Flow<string> {
      try {
        yield* settle(Promise.reject(new Error('no')));
        return 'not here';
      } catch (error) {
        order.push((error as Error).message);
        return yield* settle(Promise.resolve('caught'));
      } finally {
        order.push('cleaned up');
      }
    }
    assert.equal(await runAsync(careful()), 'caught');
    assert.deepEqual(order, ['no', 'cleaned up']);
  });

  it('rejects with what the flow throws', async () => {
    function* careless(value: MaybePromise<number>): Flow<number> {
      yield* settle(value);
      throw new RangeError('mine');
    }
    assert.ok((await errorOf(() => runAsync(careless(1)))) instanceof RangeError);
    assert.ok((await errorOf(() => runAsync(careless(Promise.resolve(1))))) instanceof RangeError);
    assert.equal((await errorOf(() => runAsync(sum(Promise.reject(new Error('theirs')))))).message, 'theirs');
  });

  it('does not wait forever for what is there: it ends in one turn of microtasks', async () => {
    let done = false;
    const running = runAsync(sum(1, 2)).then(() => {
      done = true;
    });
    await Promise.resolve();
    await Promise.resolve();
    assert.equal(done, true);
    await running;
  });
});

describe('a receive', () => {
  it('makes no promise while data is there', async () => {
    const lines = Array.from({ length: 1000 }, (_, i) => `line ${i}\n`).join('');
    const stream = scripted(lines, 'x'.repeat(10), SILENCE);
    for (let i = 0; i < 1000; i++) {
      const { value, yields } = await counted(stream.receive());
      assert.deepEqual([value, yields], [`line ${i}`, 0]);
    }
    assert.equal((await counted(stream.receive(10))).yields, 0);
  });

  it('waits once for each piece that is not there yet', async () => {
    const stream = scripted({ later: 'ab' }, 'c', { later: 'd' }, { later: '\n12' });
    assert.deepEqual(await counted(stream.receive()), { value: 'abcd', yields: 3 });
    assert.equal((await counted(stream.receive(2))).yields, 0);
    assert.equal((await counted(stream.receiveSome(1))).yields, 0);
  });

  it('is over when its transport throws: the next one may begin', async () => {
    const stream = scripted({ later: 'a' }, { later: 'b\n' });
    const { io } = stream;
    const recv = io.recv.bind(io);
    io.recv = () => {
      throw new Error('a transport that breaks its contract');
    };
    await errorOf(() => runAsync(stream.receive()));
    io.recv = recv;
    assert.equal(await runAsync(stream.receive()), 'ab');
  });
});

describe('runMaybe', () => {
  function* sum(...values: MaybePromise<number>[]): Flow<number> {
    let total = 0;
    for (const value of values) total += yield* settle(value);
    return total;
  }

  it('gives the value at once, or throws at once, where nothing waits', () => {
    assert.equal(runMaybe(sum(1, 2)), 3);
    assert.throws(() => runMaybe(sum(...(null as unknown as number[]))), TypeError);
  });

  it('gives a promise where something waits', async () => {
    const promise = runMaybe(sum(1, Promise.resolve(2)));
    assert.ok(promise instanceof Promise);
    assert.equal(await promise, 3);
    await assert.rejects(async () => runMaybe(sum(1, Promise.reject(new RangeError('no')))), RangeError);
  });

  it('lets timers run between promises that have their values already', async () => {
    let over = false;
    setTimeout(() => {
      over = true;
    }, 1);
    function* busy(): Flow<void> {
      while (!over) yield* settle(Promise.resolve());
    }
    await runMaybe(busy());
  });
});
