/** Nothing is lost, doubled or reordered, whatever times out or is aborted on the way: on either side of a connection. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { WRITE_SLICE } from '../../src/core/limits.ts';
import {
  AbortError,
  type Client,
  ClosedError,
  type Pattern,
  type ReceiveOptions,
  SocketError,
  select,
  TimeoutError,
} from '../../src/entry/index.ts';
import { abortAfter, aborting, parameters, pause, RUNS, TRANSPORTS, timeout, turns } from './schedule.ts';

const DELIMITERS = ['\n', '\r\n', 'aab', 'ab', '::', '\r\n\r\n', '\0', 'é'];
const ENCODINGS = [undefined, 'buffer', 'latin1', 'utf8'] as const;
/** After so many failures in a row, the receiver waits: the schedule shall end. */
const PATIENCE = 40;

interface Operation {
  readonly kind: 'line' | 'count' | 'until' | 'lines' | 'some' | 'select';
  readonly count: number;
  readonly delimiter: string;
  readonly encoding: (typeof ENCODINGS)[number];
  readonly timeout: number | null;
  readonly mode: 'b' | 't';
  readonly abortAfter: number | undefined;
  readonly pause: number;
  /** Whether to try again after a failure, or to go on with the next operation. */
  readonly retry: boolean;
}

const operation: fc.Arbitrary<Operation> = fc.record({
  kind: fc.constantFrom('line', 'line', 'count', 'until', 'lines', 'some', 'select'),
  count: fc.oneof(fc.nat(20), fc.nat(3000)),
  delimiter: fc.constantFrom(...DELIMITERS),
  encoding: fc.constantFrom(...ENCODINGS),
  timeout,
  mode: fc.constantFrom('b', 't'),
  abortAfter,
  pause,
  retry: fc.boolean(),
});

/** Few values, so that delimiters come about; and pages of them, for what is longer than a buffer. */
const stretch = fc.array(fc.constantFrom(...Buffer.from('aaab:\r\n\r\n\0é\xff', 'latin1'), 0xc3, 0xa9), {
  minLength: 1,
  maxLength: 60,
});
const payload = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: stretch },
      {
        weight: 1,
        arbitrary: fc
          .tuple(stretch, fc.integer({ min: 1, max: 2500 }))
          .map(([page, times]) => Array.from({ length: times }, () => page).flat()),
      },
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.from(parts.flat()));

const chunk = fc.record({ size: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 20_000 })), pause });

/** Sends all of `data` in chunks of the sizes given, in turn, and ends the stream. */
async function sendAll(
  client: Client,
  data: Buffer,
  chunks: readonly { size: number; pause: number }[],
): Promise<void> {
  let at = 0;
  for (let i = 0; at < data.length; i++) {
    // A stream of thousands of single bytes is another test.
    const { size, pause } = i < 200 ? chunks[i % chunks.length]! : { size: 50_000, pause: 0 };
    at += await client.send(data, at, Math.min(data.length, at + size));
    if (pause > 0) await turns(pause);
  }
  client.shutdown('send');
}

/** Receives from a stream whose bytes it knows, and checks every delivery and every failure against them. */
class Receiver {
  readonly #client: Client;
  readonly #data: Buffer;
  #at = 0;
  #failures = 0;
  /** What the last failure showed: at least that much is there next time. */
  #shown = 0;

  constructor(client: Client, data: Buffer) {
    this.#client = client;
    this.#data = data;
  }

  async run(operations: readonly Operation[]): Promise<void> {
    for (const operation of operations) {
      for (;;) {
        const done = await this.#attempt(operation);
        assert.equal(this.#client.getstats().received, this.#at);
        if (operation.pause > 0) await turns(operation.pause);
        if (done || !operation.retry) break;
      }
      if (this.#client.stream.closed) return;
    }
    this.#client.settimeout(null);
    this.#client.settimeout(null, 't');
    try {
      this.#delivered(await this.#client.receive('*a'), this.#data.length - this.#at, 0, 'buffer');
    } catch (error) {
      this.#atEnd(error); // nothing was left
    }
    assert.equal(this.#at, this.#data.length);
    assert.equal(this.#client.getstats().received, this.#data.length);
  }

  /** Whether the operation is done with; a timeout or an abort may be retried. */
  async #attempt(operation: Operation): Promise<boolean> {
    const patient = this.#failures >= PATIENCE;
    this.#client.settimeout(null, operation.mode === 'b' ? 't' : 'b');
    this.#client.settimeout(patient ? null : operation.timeout, operation.mode);
    const { signal, stop } = aborting(patient ? undefined : operation.abortAfter);
    try {
      await this.#perform(operation, signal);
      this.#failures = 0;
      return true;
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
      if (!(error instanceof TimeoutError || error instanceof AbortError)) {
        this.#atEnd(error);
        return true;
      }
      this.#failures++;
      const { partial } = error;
      if (partial !== undefined) {
        assert.ok(partial.equals(this.#data.subarray(this.#at, this.#at + partial.length)), 'partial comes next');
        assert.ok(partial.length >= this.#shown, 'what was shown is still there');
        this.#shown = partial.length;
      }
      return false;
    } finally {
      stop();
    }
  }

  async #perform(operation: Operation, signal: AbortSignal | undefined): Promise<void> {
    const { kind, count, encoding } = operation;
    const options: ReceiveOptions = { encoding, signal };
    switch (kind) {
      case 'line':
        // Without options the line may come without a flow.
        return this.#line(await this.#receive('*l', encoding === undefined && !signal ? undefined : options), encoding);
      case 'lines': {
        const lines = this.#client.lines();
        for (let i = 0; i < Math.min(count, 20); i++) {
          const { done, value } = await lines.next();
          if (done === true) {
            assert.equal(this.#at, this.#data.length, 'lines end with the stream');
            return;
          }
          this.#line(value, undefined);
        }
        return;
      }
      case 'count':
        return this.#delivered(await this.#receive(count, options), count, 0, encoding ?? 'buffer');
      case 'until': {
        const until = Buffer.from(operation.delimiter);
        const length = this.#data.indexOf(until, this.#at) - this.#at;
        return this.#delivered(await this.#receive({ until }, options), length, until.length, encoding ?? 'utf8');
      }
      case 'some':
        return await this.#some();
      case 'select':
        await select([this.#client], null, operation.timeout ?? 0.001);
    }
  }

  #receive(pattern: Pattern, options: ReceiveOptions | undefined): Promise<string | Buffer> {
    return this.#client.receive(pattern, options);
  }

  async #some(): Promise<void> {
    const reader = this.#client.readable.getReader();
    try {
      const { done, value } = await reader.read();
      if (done) assert.equal(this.#at, this.#data.length, 'a web stream ends with the stream');
      else this.#delivered(Buffer.from(value), value.length, 0, 'buffer');
    } finally {
      reader.releaseLock();
    }
  }

  #line(line: string | Buffer, encoding: Operation['encoding']): void {
    const end = this.#data.indexOf('\n', this.#at);
    assert.ok(end >= 0, 'there was no line');
    const length = end - this.#at;
    const cr = length > 0 && this.#data[end - 1] === 0x0d ? 1 : 0;
    this.#delivered(line, length - cr, 1 + cr, encoding ?? 'utf8');
  }

  /** `length` bytes came, and `dropped` bytes behind them were consumed. */
  #delivered(got: string | Buffer, length: number, dropped: number, encoding: BufferEncoding | 'buffer'): void {
    assert.ok(length >= 0, 'this was never sent');
    const expected = this.#data.subarray(this.#at, this.#at + length);
    if (typeof got === 'string') assert.equal(got, expected.toString(encoding as BufferEncoding));
    else assert.ok(got.equals(expected), `other bytes at ${this.#at}`);
    this.#at += length + dropped;
    this.#shown = 0;
  }

  /** The peer has ended the stream, and the error shows all that is left. */
  #atEnd(error: unknown): void {
    assert.ok(error instanceof ClosedError, String(error));
    assert.equal(error.code, 'ERR_CLOSED');
    if (error.partial !== undefined) assert.ok(error.partial.equals(this.#data.subarray(this.#at)), 'all that is left');
  }
}

for (const { name, start } of TRANSPORTS) {
  it(`what is received over ${name} is what was sent`, async () => {
    const transport = await start();
    try {
      await fc.assert(
        fc.asyncProperty(
          payload,
          fc.array(chunk, { minLength: 1, maxLength: 10 }),
          fc.array(operation, { maxLength: 25 }),
          fc.boolean(),
          async (data, chunks, operations, acceptedSends) => {
            const ends = await transport.open();
            const [receiving, sending] = acceptedSends ? ends : ends.reverse();
            try {
              await Promise.all([sendAll(sending!, data, chunks), new Receiver(receiving!, data).run(operations)]);
            } finally {
              for (const end of ends) end.close();
            }
          },
        ),
        parameters(RUNS),
      );
    } finally {
      transport.close();
    }
  });
}

/** Bytes that tell their place, as much as anybody sends. */
const SOURCE = Buffer.from(Uint32Array.from({ length: 2_500_000 }, (_, i) => Math.imul(i, 2_654_435_761)).buffer);

interface Sending {
  readonly size: number;
  readonly timeout: number | null;
  readonly mode: 'b' | 't';
  readonly abortAfter: number | undefined;
  readonly pause: number;
}

/** Sends one after the other, and returns how many bytes were taken, by what the calls and the errors say. */
async function sendSome(client: Client, sendings: readonly Sending[], end: 'shutdown' | 'close'): Promise<number> {
  let at = 0;
  for (const sending of sendings) {
    client.settimeout(null, sending.mode === 'b' ? 't' : 'b');
    client.settimeout(sending.timeout, sending.mode);
    const { signal, stop } = aborting(sending.abortAfter);
    const data = Buffer.from(SOURCE.subarray(at, at + sending.size));
    let taken: number | undefined;
    try {
      taken = await client.send(data, undefined, undefined, { signal });
      assert.equal(taken, data.length);
    } catch (error) {
      if (!(error instanceof TimeoutError || error instanceof AbortError)) throw error;
      taken = error.sent;
      assert.ok(
        taken !== undefined && taken >= 0 && taken < Math.max(1, data.length),
        `sent ${taken} of ${data.length}`,
      );
    } finally {
      stop();
    }
    data.fill(0xee); // the memory is the caller's again
    at += taken;
    assert.equal(client.getstats().sent, at);
    if (sending.pause > 0) await turns(sending.pause);
  }
  if (end === 'close') client.close();
  else client.shutdown('send');
  return at;
}

async function receiveSlowly(client: Client, readings: readonly { size: number; pause: number }[]): Promise<Buffer> {
  const pieces: Buffer[] = [];
  try {
    for (const { size, pause } of readings) {
      await turns(pause);
      pieces.push(await client.receive(size));
    }
    pieces.push(await client.receive('*a', { limit: SOURCE.length }));
  } catch (error) {
    assert.ok(error instanceof ClosedError, String(error));
    pieces.push(error.partial!);
  }
  return Buffer.concat(pieces);
}

for (const { name, start } of TRANSPORTS) {
  // The system holds megabytes for a TCP connection, and some hundred kilobytes for the others, before a sender waits.
  const largest = name === 'TCP' ? 900_000 : 150_000;
  const sending: fc.Arbitrary<Sending> = fc.record({
    size: fc.oneof(fc.nat(2000), fc.nat(largest), fc.integer({ min: largest / 2, max: largest })),
    timeout,
    mode: fc.constantFrom('b', 't'),
    abortAfter,
    pause,
  });
  const reading = fc.record({ size: fc.nat(largest), pause: fc.nat(30) });

  it(`what is sent over ${name} is what the calls and the errors say`, async () => {
    const transport = await start();
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.array(sending, { minLength: 1, maxLength: 10 }),
          fc.array(reading, { minLength: 1, maxLength: 6 }),
          fc.constantFrom('shutdown', 'close'),
          fc.boolean(),
          async (sendings, readings, end, acceptedSends) => {
            const ends = await transport.open();
            const [receiving, sender] = acceptedSends ? ends : ends.reverse();
            try {
              const [taken, got] = await Promise.all([
                sendSome(sender!, sendings, end),
                receiveSlowly(receiving!, readings),
              ]);
              // Node takes no write back: what was not counted of the last slice may follow.
              const mayFollow = WRITE_SLICE;
              assert.ok(
                got.length >= taken && got.length <= taken + mayFollow,
                `${got.length} came, ${taken} were sent`,
              );
              assert.ok(got.equals(SOURCE.subarray(0, got.length)));
            } finally {
              for (const each of ends) each.close();
            }
          },
        ),
        parameters(RUNS / (name === 'TCP' ? 4 : 2)),
      );
    } finally {
      transport.close();
    }
  });
}
