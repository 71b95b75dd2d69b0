/** Node's stream over any transport: nothing of what is written is lost, no failure is taken for an end, and all is closed. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { it } from 'node:test';
import { IoDuplex, IoError } from '../../src/async/io-duplex.ts';
import { Failure } from '../../src/core/errors.ts';
import { FIRST_BYTES } from '../../src/core/limits.ts';
import { ScriptedIo } from '../core/scripted-io.ts';

it('a transport that takes a part, at once or later, gets the rest', async () => {
  const io = new ScriptedIo([], [3, { later: 2 }, 1, { later: 4 }]);
  const duplex = new IoDuplex(io, undefined);
  duplex.write('one and ');
  duplex.end('two and three');
  await once(duplex, 'finish');
  assert.equal(Buffer.concat(io.written).toString(), 'one and two and three');
  assert.deepEqual(io.calls, ['shutdown send']);
});

for (const [title, take] of [
  ['at once', new Failure('EPIPE')],
  ['later', { later: new Failure('EPIPE') }],
] as const) {
  it(`a send that fails ${title} fails the stream, and closes the transport`, async () => {
    const io = new ScriptedIo([], [2, take]);
    const duplex = new IoDuplex(io, undefined);
    duplex.write('abcd');
    const [error] = (await once(duplex, 'error')) as [IoError];
    assert.deepEqual([error.failure.code, io.calls], ['EPIPE', ['close']]);
  });
}

for (const [title, step] of [
  ['at once', new Failure('ECONNRESET')],
  ['later', { later: new Failure('ECONNRESET') }],
] as const) {
  it(`a receive that fails ${title} is no end`, async () => {
    const io = new ScriptedIo(['said before', step]);
    const duplex = new IoDuplex(io, undefined);
    let ended = false;
    duplex
      .on('data', () => {})
      .on('end', () => {
        ended = true;
      });
    const [error] = (await once(duplex, 'error')) as [IoError];
    assert.ok(error instanceof IoError);
    assert.deepEqual([error.failure.code, ended, io.calls], ['ECONNRESET', false, ['close']]);
  });
}

it('what was read before comes first, then the rest and the end; of all that the first bytes are remembered', async () => {
  const unread = Buffer.from('x'.repeat(10_000));
  const duplex = new IoDuplex(new ScriptedIo(['y', { later: 'z' }]), unread);
  const parts: Buffer[] = [];
  duplex.on('data', (part: Buffer) => parts.push(part));
  await once(duplex, 'end');
  assert.equal(Buffer.concat(parts).toString(), `${'x'.repeat(10_000)}yz`);
  assert.deepEqual(duplex.first, unread.subarray(0, FIRST_BYTES));
});
