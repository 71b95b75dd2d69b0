/** LuaSocket's own ltn12 makes the same of the same pipelines, chunk by chunk, a thousand of them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { it } from 'node:test';
import fc from 'fast-check';
import { type Filter, filter, pump, type Sink, type Source, sink, source } from '../../src/entry/ltn12.ts';
import { needs } from '../peers/tools.ts';
import { add, drop, group, hoard, trickle, waiting } from './parts.ts';

const NONE = Buffer.alloc(0);
const SCRIPT = join(process.cwd(), 'test', 'ltn12', 'pipelines.lua');
/** No chunk of a sink has this number. */
const NEVER = 1_000_000;

interface Part {
  readonly kind: 't' | 's' | 'r' | 'e';
  readonly chunks: readonly Uint8Array[];
}
interface Stage {
  readonly name: 'add' | 'group' | 'trickle' | 'drop' | 'hoard';
  readonly size: number;
}
interface Pipeline {
  readonly parts: readonly Part[];
  readonly before: readonly Stage[];
  readonly after: readonly Stage[];
  readonly limit: number;
}

const chunk = fc.oneof(
  { weight: 100, arbitrary: fc.uint8Array({ maxLength: 12 }) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 2040, maxLength: 4200 }) },
);
const part: fc.Arbitrary<Part> = fc.record({
  kind: fc.constantFrom('t', 't', 't', 's', 's', 'r', 'r', 'e'),
  chunks: fc.array(chunk, { maxLength: 6 }),
});
const stages: fc.Arbitrary<Stage[]> = fc.array(
  fc.record({
    name: fc.constantFrom('add', 'group', 'trickle', 'drop', 'hoard'),
    size: fc.integer({ min: 1, max: 5 }),
  }),
  { maxLength: 3 },
);
const pipeline: fc.Arbitrary<Pipeline> = fc.record({
  parts: fc.array(part, { minLength: 1, maxLength: 4 }),
  before: stages,
  after: stages,
  limit: fc.oneof({ weight: 4, arbitrary: fc.constant(NEVER) }, { weight: 1, arbitrary: fc.nat({ max: 8 }) }),
});

function lineOf({ parts, before, after, limit }: Pipeline): string {
  const hex = (bytes: Uint8Array): string => (bytes.length === 0 ? '-' : Buffer.from(bytes).toString('hex'));
  const from = parts.map(({ kind, chunks }) => kind + chunks.map(hex).join(',')).join(';');
  const names = (list: readonly Stage[]): string => list.map(({ name, size }) => name + size).join(',') || '-';
  return `${from} ${names(before)} ${names(after)} ${limit}`;
}

type Wrap = <P extends Source | Filter | Sink>(part: P, at: number) => P;

function sourceOf({ kind, chunks }: Part): Source {
  if (kind === 'e') return source.error(new Error('source'));
  if (kind === 's') return source.string(Buffer.concat(chunks));
  if (kind === 't') return source.table(chunks);
  const back = source.rewind(source.empty());
  for (const one of [...chunks].reverse()) back(one);
  return back;
}

function filterOf({ name, size }: Stage): Filter {
  if (name === 'add') return filter.cycle(add, 0, size);
  if (name === 'drop') return filter.cycle(drop, undefined, size);
  return filter.cycle({ group, trickle, hoard }[name], NONE, size);
}

/** Starts a pipeline; what came of it when it is over. */
function run({ parts, before, after, limit }: Pipeline, wrap: Wrap): { moving: unknown; result(): string } {
  const taken: string[] = [];
  const last: Sink = (piece) => {
    if (piece === null || piece.length === 0) return;
    if (taken.length === limit) throw new Error('sink');
    taken.push(Buffer.from(piece).toString('hex'));
  };
  let from: Source = source.cat(...parts.map((one, i) => wrap(sourceOf(one), i)));
  const [first, ...more] = before.map((stage, i) => wrap(filterOf(stage), i + 1));
  if (first !== undefined) from = source.chain(from, first, ...more);
  const [head, ...tail] = after.map((stage, i) => wrap(filterOf(stage), i));
  const into = head === undefined ? last : sink.chain(head, ...tail, wrap(last, 2));
  let outcome = 'ok';
  const failed = (error: unknown): void => {
    outcome = (error as Error).message;
  };
  const result = (): string => `${outcome} ${taken.join(',')}`;
  try {
    const moving = pump.all(from, into);
    return { moving: moving?.then(undefined, failed), result };
  } catch (error) {
    failed(error);
    return { moving: undefined, result };
  }
}

it('a thousand pipelines come out as LuaSocket has them', needs('lua5.4', 'luasocket'), async () => {
  const pipelines = fc.sample(pipeline, { numRuns: 1000, seed: 12 });
  const lua = spawnSync('lua5.4', [SCRIPT], {
    input: pipelines.map((one) => `${lineOf(one)}\n`).join(''),
    encoding: 'latin1',
    timeout: 60_000,
    maxBuffer: 1e9,
  });
  assert.equal(lua.stderr, '');
  const expected = lua.stdout.trimEnd().split('\n');
  assert.equal(expected.length, pipelines.length);
  const outcomes = new Map<string, number>();
  for (const [i, one] of pipelines.entries()) {
    const what = expected[i]!.slice(0, expected[i]!.indexOf(' '));
    outcomes.set(what, (outcomes.get(what) ?? 0) + 1);
    const atOnce = run(one, (same) => same);
    assert.equal(atOnce.moving, undefined);
    assert.equal(atOnce.result(), expected[i], lineOf(one));
    const mixed = run(one, (same, at) => ((i + at) % 3 === 0 ? (waiting(same) as unknown as typeof same) : same));
    await mixed.moving;
    assert.equal(mixed.result(), expected[i], `${lineOf(one)}, some of it waiting`);
  }
  for (const what of ['ok', 'source', 'sink']) assert.ok(outcomes.get(what)! > 50, `${what}: ${outcomes.get(what)}`);
});
