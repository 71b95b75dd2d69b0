/** Parts of chains for tests: low-level filters that buffer in every way, and parts that count, wait and fail. */
import type { Chunk, Filter, LowLevelFilter, Sink, Source, SyncLowLevelFilter } from '../../src/entry/ltn12.ts';

export function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

export function joined(chunks: Iterable<Uint8Array>): string {
  return Buffer.concat([...chunks]).toString('latin1');
}

const NONE: Buffer = Buffer.alloc(0);

/** Adds a count of the bytes before it, and `key`, to each byte. */
export const add: SyncLowLevelFilter<number, [key: number]> = (before, chunk, key) => {
  if (chunk === null) return [null, before];
  return [chunk.map((byte, i) => (byte + before + i + key) & 0xff), before + chunk.length];
};

/** Puts a bar after each group of `size` bytes; keeps what is no whole group. */
export const group: SyncLowLevelFilter<Buffer, [size: number]> = (kept, chunk, size) => {
  if (chunk === null) return [kept.length > 0 ? kept : null, NONE];
  const all = Buffer.concat([kept, chunk]);
  const parts: Buffer[] = [];
  let at = 0;
  for (; at + size <= all.length; at += size) parts.push(all.subarray(at, at + size), bytes('|'));
  return [Buffer.concat(parts), all.subarray(at)];
};

/** Gives at most `size` bytes at a time, so that it has to be drained. */
export const trickle: SyncLowLevelFilter<Buffer, [size: number]> = (kept, chunk, size) => {
  const all = chunk === null ? kept : Buffer.concat([kept, chunk]);
  return [chunk === null && all.length === 0 ? null : all.subarray(0, size), all.subarray(size)];
};

/** Drops the bytes that `size` divides; often nothing is left. */
export const drop: SyncLowLevelFilter<undefined, [size: number]> = (_, chunk, size) => [
  chunk?.filter((byte) => byte % size !== 0) ?? null,
  undefined,
];

/** Gives everything at the end, backwards. */
export const hoard: SyncLowLevelFilter<Buffer, [size: number]> = (kept, chunk) => {
  if (chunk !== null) return [NONE, Buffer.concat([kept, chunk])];
  return [kept.length > 0 ? Buffer.from(kept).reverse() : null, NONE];
};

/** The same low-level filter, waiting. */
export function later<C, X extends readonly unknown[]>(low: SyncLowLevelFilter<C, X>): LowLevelFilter<C, X> {
  return async (context, chunk, ...extra) => {
    await null;
    return low(context, chunk, ...extra);
  };
}

/** A part that answers with a promise. */
export function waiting<P extends Source | Filter | Sink>(
  part: P,
): (...args: Parameters<P>) => Promise<Awaited<ReturnType<P>>> {
  const slow = async (...args: Parameters<P>): Promise<Awaited<ReturnType<P>>> => {
    await null;
    return (await Reflect.apply(part, undefined, args)) as Awaited<ReturnType<P>>;
  };
  return Object.assign(slow, { ...part });
}

/** What a part of a chain was told of the end. */
export interface Ends {
  closed: unknown[];
  told: unknown[];
}

/** A source of these chunks that notes who closes it. */
export function watchedSource(chunks: readonly string[], ends: Ends, failure?: Error): Source {
  let at = 0;
  const source: Source = () => {
    const chunk = chunks[at++];
    if (chunk !== undefined) return bytes(chunk);
    if (failure !== undefined) throw failure;
    return null;
  };
  source.close = (error) => {
    ends.closed.push(error);
  };
  return source;
}

/** A sink that notes its end, and fails at the chunk of this number. */
export function watchedSink(ends: Ends, taken: Uint8Array[] = [], failAt = -1, failure = new Error('sink')): Sink {
  return (chunk: Chunk, error?: unknown) => {
    if (chunk === null) ends.told.push(error);
    else if (taken.length === failAt) throw failure;
    else taken.push(chunk);
  };
}

/** What a call throws, or its promise rejects with. */
export async function failureOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
