/** Connections of both faces as sources and sinks, in the manner of their face. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as blocking from '../../src/entry/blocking.ts';
import * as awaiting from '../../src/entry/index.ts';
import { filter, pump, sink, source } from '../../src/entry/ltn12.ts';
import { add, failureOf, joined } from './parts.ts';

const DATA = Buffer.alloc(100_000, 'over the wire, ');

describe('a client of the await face', () => {
  it('sends and receives until the peer closes, and is closed then', async () => {
    const [here, there] = awaiting.pair();
    const [list, chunks] = sink.table();
    const shift = (): ReturnType<typeof filter.cycle> => filter.cycle(add, 0, 3);
    const sending = pump.all(source.chain(source.string(DATA), shift()), sink.client(here, 'close-when-done'));
    await pump.all(source.client(there), list);
    await sending;
    const [plain, expected] = sink.table();
    pump.all(source.chain(source.string(DATA), filter.cycle(add, 0, 3)), plain);
    assert.equal(joined(chunks), joined(expected));
    for (const client of [here, there]) await assert.rejects(client.send('x'), { code: 'ERR_CLOSED' });
  });

  it('receives exactly so much, and stays open', async () => {
    const [here, there] = awaiting.pair();
    await pump.all(source.string('12345rest\n'), sink.client(here));
    const [list, chunks] = sink.table();
    await pump.all(source.client(there, 5), list);
    assert.equal(joined(chunks), '12345');
    assert.equal(await source.client(there, 0)(), null);
    assert.equal(await there.receive(), 'rest');
    here.close();
    await assert.rejects(async () => source.client(there, 1)(), { name: 'ClosedError', code: 'ERR_CLOSED' });
    there.close();
  });

  it('may be asked again after a timeout', async () => {
    const [here, there] = awaiting.pair();
    there.settimeout(0.005);
    const from = source.chain(source.client(there), (chunk) => chunk);
    await assert.rejects(async () => from(), { name: 'TimeoutError' });
    await here.send('late');
    assert.equal(String(await from()), 'late');
    here.close();
    assert.equal(await from(), null);
    assert.equal(await from(), null);
  });

  it('is closed when the other side fails, if its end was to be ours', async () => {
    const failure = new Error('other');
    const [here, there] = awaiting.pair();
    await here.send('x');
    assert.equal(await failureOf(() => pump.all(source.client(there), sink.error(failure))), failure);
    await assert.rejects(there.receive(), { code: 'ERR_CLOSED' });
    const [one, other] = awaiting.pair();
    await one.send('xy');
    assert.equal(await failureOf(() => pump.all(source.client(other, 1), sink.error(failure))), failure);
    assert.equal(String(await other.receive(1)), 'y');
    assert.throws(() => pump.all(source.error(failure), sink.client(one, 'close-when-done')), failure);
    await assert.rejects(other.receive(), { code: 'ERR_CLOSED' });
  });

  it('slows the source when its peer is slow', async () => {
    const [here, there] = awaiting.pair();
    let asked = 0;
    const moving = pump.all(() => (asked++ < 1000 ? Buffer.alloc(65_536) : null), sink.client(here, 'close-when-done'));
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(asked < 20, `${asked} chunks were asked for`);
    let count = 0;
    await pump.all(source.client(there), (chunk) => {
      count += chunk?.length ?? 0;
    });
    await moving;
    assert.equal(count, 65_536_000);
  });

  it('refuses what it does not know', () => {
    const [here] = awaiting.pair();
    assert.throws(() => sink.client(here, 'close' as 'keep-open'), { code: 'ERR_INVALID_ARGUMENT' });
    for (const length of [-1, 0.5, Number.NaN])
      assert.throws(() => source.client(here, length), { code: 'ERR_INVALID_ARGUMENT' });
  });
});

describe('a client of the blocking face', () => {
  it('makes no promise', () => {
    const [here, there] = blocking.pair();
    assert.equal(pump.all(source.string(DATA), sink.client(here, 'close-when-done')), undefined);
    const [list, chunks] = sink.table();
    assert.equal(pump.all(source.client(there), list), undefined);
    assert.ok(Buffer.concat(chunks).equals(DATA));
    assert.throws(() => there.receive(), { code: 'ERR_CLOSED' });
  });

  it('receives exactly so much', () => {
    const [here, there] = blocking.pair();
    pump.all(source.string('12345rest\n'), sink.client(here));
    const [list, chunks] = sink.table();
    pump.all(source.client(there, 5), list);
    assert.equal(joined(chunks), '12345');
    assert.equal(there.receive(), 'rest');
    here.close();
    there.close();
  });
});
