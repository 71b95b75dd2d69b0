/** 100 MB go through chains in time that grows with them, and in memory that does not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { filter, pump, type Source, type SyncFilter, sink, source } from '../../src/entry/ltn12.ts';
import { memoryInUse } from '../core/memory.ts';

const MB = 1_000_000;
const NONE = Buffer.alloc(0);

/** Holds back what is no whole group of 1021 bytes, and gives 64 KiB at most, so that it has to be drained. */
function regroup(): SyncFilter {
  return filter.cycle<Uint8Array, []>((kept, chunk) => {
    if (chunk === null) return [kept.length > 0 ? kept : null, NONE];
    const all = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
    const whole = Math.min(65_536, all.length - (all.length % 1021));
    return [all.subarray(0, whole), all.subarray(whole)];
  }, NONE);
}

function zeros(size: number, chunk: number): () => Uint8Array | null {
  return () => {
    if (size <= 0) return null;
    const length = Math.min(size, chunk);
    size -= length;
    return Buffer.alloc(length);
  };
}

interface Way {
  readonly name: string;
  readonly chunk: number;
  run(from: () => Uint8Array | null, into: (chunk: Uint8Array | null) => void): unknown;
}

const ways: Way[] = [
  {
    name: 'at once, by 2 KiB',
    chunk: 2048,
    run: (from, into) => pump.all(source.chain(from, regroup(), regroup()), sink.chain(regroup(), regroup(), into)),
  },
  {
    name: 'at once, by 1 MB',
    chunk: MB,
    run: (from, into) => pump.all(source.chain(from, regroup(), regroup()), sink.chain(regroup(), into)),
  },
  {
    name: 'awaited, by 16 KiB',
    chunk: 16_384,
    run: (from, into) =>
      pump.all(
        source.chain((async () => from()) as Source, regroup()),
        sink.chain(regroup(), async (c) => into(c)),
      ),
  },
  {
    name: 'through web streams, by 64 KiB',
    chunk: 65_536,
    run: (from, into) =>
      source
        .toReadable(from)
        .pipeThrough(filter.toTransform(regroup()))
        .pipeTo(sink.toWritable(sink.chain(filter.transform(new TransformStream()), into))),
  },
];

describe('100 MB', () => {
  for (const { name, chunk, run } of ways) {
    it(name, async () => {
      let most = 0;
      const move = async (size: number, look: boolean): Promise<number> => {
        let count = 0;
        let next = 0;
        const start = performance.now();
        await run(zeros(size, chunk), (piece) => {
          count += piece?.length ?? 0;
          if (look && count >= next) {
            next += 10 * MB;
            globalThis.gc?.();
            most = Math.max(most, process.memoryUsage().heapUsed);
          }
        });
        assert.equal(count, size);
        return performance.now() - start;
      };
      await move(5 * MB, false);
      const before = await memoryInUse(true);
      await move(100 * MB, true);
      assert.ok(most - before < 20 * MB, `${most - before} bytes while it went through`);
      const after = (await memoryInUse(true)) - before;
      assert.ok(after < 2 * MB, `${after} bytes more afterwards`);
      let ratio = Number.POSITIVE_INFINITY;
      // A machine that is busy with something else disturbs a measurement, but not all of them.
      for (let i = 0; i < 4 && ratio > 8; i++) {
        const short = Math.min(await move(5 * MB, false), await move(5 * MB, false));
        ratio = (await move(20 * MB, false)) / short;
      }
      assert.ok(ratio <= 8, `four times the bytes take ${ratio.toFixed(1)} times as long`);
    });
  }
});
