/** Large counts are read where they are given, and a timeout in the middle loses nothing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ENDED, type Outcome, TIMED_OUT } from '../../src/core/errors.ts';
import type { Io } from '../../src/core/io.ts';
import { type Client, stream } from '../../src/entry/blocking.ts';
import { refused } from './support.ts';

/** Gives `'wait'` as a timeout, and takes down how it was asked. */
class Scripted implements Io {
  readonly asked: (number | 'any')[] = [];
  readonly #script: (Buffer | 'wait')[];

  constructor(...script: (Buffer | 'wait')[]) {
    this.#script = script;
  }

  recv(): Outcome<Uint8Array> {
    this.asked.push('any');
    const next = this.#script.shift();
    return next === undefined ? ENDED : next === 'wait' ? TIMED_OUT : next;
  }

  recvInto(memory: Uint8Array): Outcome<number> {
    this.asked.push(memory.length);
    const next = this.#script.shift();
    if (next === undefined || next === 'wait') return next === undefined ? ENDED : TIMED_OUT;
    const length = next.copy(memory);
    if (length < next.length) this.#script.unshift(next.subarray(length));
    return length;
  }

  send(): Outcome<number> {
    return TIMED_OUT;
  }

  shutdown(): void {}

  close(): void {}

  getfd(): number {
    return -1;
  }
}

function over(...script: (Buffer | 'wait')[]): { client: Client; asked: (number | 'any')[] } {
  const io = new Scripted(...script);
  return { client: stream(io), asked: io.asked };
}

const all: Buffer = Buffer.from(Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff));

describe('a large count', () => {
  it('is read into its own memory, of just that size', () => {
    const { client, asked } = over(all.subarray(0, 30_000), all.subarray(30_000));
    const first = client.receive(65_536);
    assert.deepEqual(asked, [65_536, 35_536]);
    assert.equal(first.buffer.byteLength, 65_536);
    const rest = client.receive(134_464);
    assert.deepEqual(Buffer.concat([first, rest]), all);
  });

  it('keeps what has come before a timeout, for other patterns too', () => {
    const { client } = over(
      all.subarray(0, 10_000),
      'wait',
      all.subarray(10_000, 90_000),
      'wait',
      all.subarray(90_000),
    );
    const error = refused(() => client.receive(100_000), 'ETIMEDOUT');
    assert.deepEqual(error.partial, all.subarray(0, 10_000));
    const head = client.receive(100);
    refused(() => client.receive(100_000), 'ETIMEDOUT');
    assert.deepEqual(Buffer.concat([head, client.receive(100_000), client.receive('*a')]), all);
  });

  it('that the end cuts off is what has come, in partial', () => {
    const { client } = over(all.subarray(0, 40_000));
    assert.deepEqual(refused(() => client.receive(65_536), 'ERR_CLOSED').partial, all.subarray(0, 40_000));
  });

  it('takes what was read ahead, and one beyond a MiB takes what comes', () => {
    const { client, asked } = over(Buffer.from('line\n123'), all.subarray(0, 40_000), all);
    assert.equal(client.receive(), 'line');
    assert.equal(client.receive(40_003).length, 40_003);
    assert.deepEqual(asked, ['any', 40_000]);
    refused(() => client.receive(2_000_000), 'ERR_CLOSED');
    assert.deepEqual(asked, ['any', 40_000, 'any', 'any']);
  });
});
