/**
 * The same over calls that block: whatever times out on the way, nothing is lost, doubled or reordered. The peer has a
 * process of its own and follows a plan, which is the first line that it gets; and so has this side, in case it hangs.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { type Client, ClosedError, connect, type Pattern, select, TimeoutError } from '../../src/entry/blocking.ts';
import { apart, type Scope } from '../reliability/harness.ts';
import { rawProcess } from '../reliability/raw.ts';
import { parameters, RUNS } from './schedule.ts';

/** Writes what the plan says, with its pauses; or reads with its pauses, and at the end tells what came. */
const PEER = `
  const { once } = require('events');
  const turns = async (count) => { for (let i = 0; i < count; i++) await new Promise((done) => setImmediate(done)); };
  (async () => {
    const head = [];
    do head.push((await once(peer, 'data'))[0]); while (!head.at(-1).includes('\\n'));
    const { pieces, pauses } = JSON.parse(Buffer.concat(head));
    if (pieces !== undefined) {
      for (const { text, pause } of pieces) {
        await turns(pause);
        if (!peer.write(text, 'latin1')) await once(peer, 'drain');
      }
      peer.end();
      return;
    }
    const hash = require('crypto').createHash('sha256');
    let length = 0;
    peer.on('data', async (piece) => {
      hash.update(piece);
      length += piece.length;
      peer.pause();
      await turns(pauses[length % pauses.length]);
      peer.resume();
    });
    peer.on('end', () => peer.end(length + ' ' + hash.digest('hex') + '\\n'));
    peer.write('go\\n');
  })();`;

/** Hardly any time and none, and a little; null is to wait. */
const timeout = fc.constantFrom(null, 0, 1e-9, 0.0003, 0.001);
const mode = fc.constantFrom('b' as const, 't' as const);

const text = fc
  .array(
    fc.constantFrom('a', 'aab', '\n', '\r\n', ':', '::', '\0', '\xe9', '\xff', 'x'.repeat(3000), '-'.repeat(70_000)),
    {
      maxLength: 40,
    },
  )
  .map((parts) => parts.join(''));

interface Reading {
  readonly what: 'line' | 'until' | 'count' | 'lines' | 'select';
  readonly count: number;
  readonly timeout: number | null;
  readonly mode: 'b' | 't';
}

const reading: fc.Arbitrary<Reading> = fc.record({
  what: fc.constantFrom('line', 'until', 'count', 'lines', 'select'),
  count: fc.oneof(fc.nat(20), fc.nat(5000), fc.nat(90_000)),
  timeout,
  mode,
});

async function peerOf(scope: Scope): Promise<(plan: object) => Client> {
  const { port } = await rawProcess(scope, PEER);
  return (plan) => {
    const client = connect('127.0.0.1', port, { timeout: 20 });
    client.send(`${JSON.stringify(plan)}\n`);
    return client;
  };
}

/** Follows the readings over a stream that is known, and checks each delivery and each failure against it. */
class Receiver {
  readonly #client: Client;
  readonly #data: Buffer;
  #at = 0;

  constructor(client: Client, data: Buffer) {
    this.#client = client;
    this.#data = data;
  }

  run(readings: readonly Reading[]): void {
    for (const reading of readings) {
      this.#client.settimeout(null, reading.mode === 'b' ? 't' : 'b');
      this.#client.settimeout(reading.timeout, reading.mode);
      try {
        this.#read(reading);
      } catch (error) {
        if (error instanceof ClosedError) assert.deepEqual(error.partial, this.#data.subarray(this.#at));
        else if (!(error instanceof TimeoutError)) throw error;
        const partial = error.partial as Buffer;
        assert.ok(partial.equals(this.#data.subarray(this.#at, this.#at + partial.length)), 'partial comes next');
      }
      assert.equal(this.#client.getstats().received, this.#at);
    }
    this.#client.settimeout(20);
    this.#client.settimeout(null, 't');
    if (this.#at < this.#data.length) this.#take('*a', this.#data.length - this.#at, 0);
    assert.throws(() => this.#client.receive('*a'), { code: 'ERR_CLOSED' });
    assert.equal(this.#client.getstats().received, this.#data.length);
  }

  #read({ what, count, timeout }: Reading): void {
    if (what === 'select') {
      select([this.#client], [], timeout ?? 0.001);
      return;
    }
    for (let i = what === 'lines' ? count % 7 : 1; i > 0; i--) {
      const end = this.#data.indexOf(what === 'until' ? '::' : '\n', this.#at) - this.#at;
      if (what === 'count') this.#take(count, count, 0);
      else if (what === 'until') this.#take({ until: '::' }, end, 2);
      else this.#take('*l', end, 1);
    }
  }

  /** Receives what is `length` bytes long, behind which `dropped` are consumed. */
  #take(pattern: Pattern, length: number, dropped: number): void {
    const got = this.#client.receive(pattern, { encoding: 'buffer' }) as Buffer;
    assert.ok(length >= 0, 'this was never sent');
    const expected = this.#data.subarray(this.#at, this.#at + length);
    const cr = pattern === '*l' && expected.at(-1) === 0x0d ? 1 : 0;
    assert.ok(got.equals(expected.subarray(0, length - cr)), `other bytes at ${this.#at}`);
    this.#at += length + dropped;
  }
}

apart('what is received is what was sent, whatever times out', { seconds: 60 }, async (scope) => {
  const open = await peerOf(scope);
  const piece = fc.record({ text, pause: fc.oneof(fc.constant(0), fc.nat(6)) });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.array(reading, { maxLength: 30 }), (pieces, readings) => {
      const client = open({ pieces });
      try {
        new Receiver(client, Buffer.from(pieces.map(({ text }) => text).join(''), 'latin1')).run(readings);
      } finally {
        client.close();
      }
    }),
    parameters(RUNS),
  );
});

/** Bytes that tell their place, as much as anybody sends. */
const SOURCE = Buffer.from(Uint32Array.from({ length: 2_500_000 }, (_, i) => Math.imul(i, 2_654_435_761)).buffer);

apart('what is sent is what the calls and the errors say', { seconds: 60 }, async (scope) => {
  const open = await peerOf(scope);
  const sending = fc.record({ size: fc.oneof(fc.nat(2000), fc.nat(900_000)), timeout, mode });
  const pauses = fc.array(fc.oneof(fc.constant(0), fc.nat(200)), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(sending, { maxLength: 10 }), pauses, (sendings, pauses) => {
      const client = open({ pauses });
      assert.equal(client.receive(), 'go'); // the plan is a piece of its own
      const before = client.getstats().sent;
      let at = 0;
      try {
        for (const { size, timeout, mode } of sendings) {
          client.settimeout(null, mode === 'b' ? 't' : 'b');
          client.settimeout(timeout, mode);
          const data = Buffer.from(SOURCE.subarray(at, at + size));
          try {
            assert.equal(client.send(data), size);
            at += size;
          } catch (error) {
            assert.ok(error instanceof TimeoutError, String(error));
            assert.ok((error.sent ?? -1) >= 0 && (error.sent ?? 0) < Math.max(1, size));
            at += error.sent as number;
          }
          data.fill(0xee); // the memory is the caller's again
          assert.equal(client.getstats().sent - before, at);
        }
        client.shutdown('send');
        client.settimeout(20);
        client.settimeout(null, 't');
        const hash = createHash('sha256').update(SOURCE.subarray(0, at)).digest('hex');
        assert.equal(client.receive(), `${at} ${hash}`);
      } finally {
        client.close();
      }
    }),
    parameters(RUNS / 4),
  );
});
