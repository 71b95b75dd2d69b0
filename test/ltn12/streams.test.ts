/** Web streams and Node's, from and to sources, sinks and filters: everything passes, nothing is read ahead, errors cross. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { PassThrough, Transform, Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { filter, pump, type Source, sink, source } from '../../src/entry/ltn12.ts';
import {
  add,
  bytes,
  type Ends,
  failureOf,
  group,
  joined,
  trickle,
  waiting,
  watchedSink,
  watchedSource,
} from './parts.ts';

const NONE = Buffer.alloc(0);
const failure = new Error('it');
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('web streams', () => {
  it('are sources', async () => {
    const [list, chunks] = sink.table();
    await pump.all(source.iterable(new Response('x'.repeat(100_000)).body!), list);
    assert.equal(joined(chunks), 'x'.repeat(100_000));
    const reasons: unknown[] = [];
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(bytes('x')),
      cancel: (reason) => void reasons.push(reason),
    });
    assert.equal(await failureOf(() => pump.all(source.iterable(endless), sink.error(failure))), failure);
    assert.deepEqual(reasons, [failure]);
  });

  it('are made of sources, which they ask for nothing ahead', async () => {
    for (const wait of [false, true]) {
      const ends: Ends = { closed: [], told: [] };
      let asked = 0;
      const inner = watchedSource(['a', '', 'b', 'c'], ends);
      const counting: Source = () => {
        asked++;
        return inner();
      };
      counting.close = (error) => inner.close?.(error);
      const from: Source = wait ? waiting(counting) : counting;
      const reader = source.toReadable(from).getReader();
      await turn();
      assert.equal(asked, 0);
      assert.equal(String((await reader.read()).value), 'a');
      assert.equal(String((await reader.read()).value), 'b');
      assert.equal(asked, 3);
      await reader.cancel('enough');
      assert.deepEqual(ends.closed, ['enough']);
      const failing = source.toReadable(watchedSource(['a'], ends, failure));
      assert.equal(await failureOf(() => new Response(failing).text()), failure);
      assert.deepEqual(ends.closed, ['enough', failure]);
    }
    assert.equal(await new Response(source.toReadable(source.string('whole'))).text(), 'whole');
  });

  it('are sinks, whose room is waited for', async () => {
    const taken: string[] = [];
    let writing = 0;
    const slow = new WritableStream<Uint8Array>({
      async write(chunk) {
        assert.equal(writing++, 0);
        await turn();
        writing--;
        taken.push(String(chunk));
      },
      close: () => void taken.push('closed'),
    });
    await pump.all(source.table(['a', 'b']), sink.writable(slow));
    assert.deepEqual(taken, ['a', 'b', 'closed']);
  });

  it('are told of errors, and tell theirs', async () => {
    const reasons: unknown[] = [];
    const aborted = new WritableStream<Uint8Array>({ abort: (reason) => void reasons.push(reason) });
    assert.equal(await failureOf(() => pump.all(source.error(failure), sink.writable(aborted))), failure);
    assert.deepEqual(reasons, [failure]);
    const ends: Ends = { closed: [], told: [] };
    const failing = new WritableStream<Uint8Array>({
      write() {
        throw failure;
      },
    });
    assert.equal(await failureOf(() => pump.all(watchedSource(['a', 'b'], ends), sink.writable(failing))), failure);
    assert.deepEqual(ends.closed, [failure]);
  });

  it('are made of sinks', async () => {
    for (const wait of [false, true]) {
      const ends: Ends = { closed: [], told: [] };
      const chunks: Uint8Array[] = [];
      const into = watchedSink(ends, chunks);
      const stream = sink.toWritable(wait ? waiting(into) : into);
      const writer = stream.getWriter();
      await writer.write('text ');
      await writer.write(bytes('and bytes'));
      await writer.close();
      assert.equal(joined(chunks), 'text and bytes');
      assert.deepEqual(ends.told, [undefined]);
      await sink.toWritable(into).abort(failure);
      assert.deepEqual(ends.told, [undefined, failure]);
      await sink.toWritable(into).abort();
      assert.match(String(ends.told.at(-1)), /AbortError/);
      const failing = sink.toWritable(watchedSink(ends, [], 0, failure));
      assert.equal(await failureOf(() => failing.getWriter().write('x')), failure);
    }
  });

  it('are made of filters', async () => {
    for (const wait of [false, true]) {
      const stages = [filter.cycle(group, NONE, 3), filter.cycle(trickle, NONE, 2), filter.cycle(add, 0, 0)] as const;
      const [one, two, three] = stages.map((stage) => (wait ? waiting(stage) : stage));
      const stream = source
        .toReadable(source.table(['ab', 'cdefgh', 'i', 'jk']))
        .pipeThrough(filter.toTransform(filter.chain(one!, two!, three!)));
      const [list, chunks] = sink.table();
      pump.all(source.string('abc|def|ghi|jk'), sink.chain(filter.cycle(add, 0, 0), list));
      assert.equal(joined([Buffer.from(await new Response(stream).arrayBuffer())]), joined(chunks));
    }
    const broken = filter.toTransform(() => {
      throw failure;
    });
    const stream = source.toReadable(source.string('x')).pipeThrough(broken);
    assert.equal(await failureOf(() => new Response(stream).text()), failure);
  });
});

describe('a web transform as a filter', () => {
  const identity = (): TransformStream<Uint8Array, Uint8Array> => new TransformStream();

  it('gives everything, however it holds back', async () => {
    const data = Buffer.alloc(300_000, 'something to compress, ');
    const zipped = gzipSync(data);
    for (const side of ['source', 'sink']) {
      for (const size of [1000, 7, 300_000]) {
        const pieces: Uint8Array[] = [];
        for (let at = 0; at < zipped.length; at += size) pieces.push(zipped.subarray(at, at + size));
        const [list, chunks] = sink.table();
        const unzip = filter.transform(new DecompressionStream('gzip'));
        const from = source.table(pieces);
        if (side === 'source') await pump.all(source.chain(from, filter.transform(identity()), unzip), list);
        else await pump.all(from, sink.chain(unzip, filter.transform(identity()), list));
        assert.ok(Buffer.concat(chunks).equals(data));
      }
    }
    const [list, chunks] = sink.table();
    await pump.all(source.string(data), sink.chain(filter.transform(new CompressionStream('gzip')), list));
    assert.ok(gunzipSync(Buffer.concat(chunks)).equals(data));
  });

  it('gives what there is for a chunk, and asks for more then', async () => {
    const twice = filter.transform(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          if (chunk.length === 1) return;
          controller.enqueue(chunk);
          controller.enqueue(NONE);
          controller.enqueue(chunk);
        },
        flush: (controller) => controller.enqueue(bytes('end')),
      }),
    );
    const answers: string[] = [];
    for (const input of ['ab', '', '', 'c', 'de', '', '']) answers.push(String(await twice(bytes(input))));
    assert.deepEqual(answers, ['ab', 'ab', '', '', 'de', 'de', '']);
    assert.equal(String(await twice(null)), 'end');
    assert.equal(await twice(null), null);
  });

  it('passes its errors on, and is aborted when the chain is given up', async () => {
    const ends: Ends = { closed: [], told: [] };
    const broken = filter.transform(new DecompressionStream('gzip'));
    await failureOf(() => pump.all(watchedSource(['this is no gzip'], ends), sink.chain(broken, watchedSink(ends))));
    assert.deepEqual([ends.closed.length, ends.told.length], [0, 1]);

    const reasons: unknown[] = [];
    const writable = new WritableStream<Uint8Array>({ abort: (reason) => void reasons.push(reason) });
    const readable = new ReadableStream<Uint8Array>({ cancel: (reason) => void reasons.push(reason) });
    const held = filter.transform({ writable, readable });
    assert.equal(await failureOf(() => pump.all(source.error(failure), sink.chain(held, sink.null()))), failure);
    assert.deepEqual(reasons, [failure, failure]);
  });
});

describe("Node's writable streams", () => {
  it('are sinks, whose room is waited for', async () => {
    const taken: Buffer[] = [];
    let most = 0;
    const slow = new Writable({
      highWaterMark: 10,
      write(chunk, _, done) {
        most = Math.max(most, slow.writableLength);
        taken.push(chunk);
        setImmediate(done);
      },
    });
    await pump.all(source.table(Array(20).fill('12345678')), sink.writable(slow));
    assert.equal(joined(taken), '12345678'.repeat(20));
    assert.ok(most <= 16, `${most} bytes were waiting`);
    assert.equal(slow.writableFinished, true);
  });

  it('are at their end when they have said so, though process.stdout forgets it at once', () => {
    const into = new URL('../../src/entry/ltn12.js', import.meta.url);
    const program = `
      import { pump, sink, source } from ${JSON.stringify(into)};
      await pump.all(source.string('all'), sink.writable(process.stdout));`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program]);
    assert.deepEqual([String(stdout), String(stderr)], ['all', '']);
  });

  it('do not wait while there is room', () => {
    const through = new PassThrough();
    const into = sink.writable(through);
    assert.equal(into(bytes('x')), undefined);
    assert.equal(String(through.read()), 'x');
    through.destroy();
  });

  it('that fail end the pump, and close the source', async () => {
    for (const at of ['write', 'final', 'destroyed before', 'destroyed']) {
      const ends: Ends = { closed: [], told: [] };
      const failing: Writable = new Writable({
        highWaterMark: 1,
        write(_chunk, _encoding, done) {
          if (at === 'destroyed') failing.destroy();
          else setImmediate(done, at === 'write' ? failure : null);
        },
        final: (done) => done(failure),
      });
      if (at === 'destroyed before') failing.destroy();
      const error = await failureOf(() => pump.all(watchedSource(['a', 'b'], ends), sink.writable(failing)));
      if (at.startsWith('destroyed')) assert.equal((error as { code: string }).code, 'ERR_CLOSED');
      else assert.equal(error, failure);
      assert.equal(ends.closed.length, at === 'final' ? 0 : 1, at);
    }
  });

  it('are destroyed when the source fails', async () => {
    const through = new PassThrough();
    const errors: unknown[] = [];
    through.on('error', (error) => errors.push(error));
    assert.throws(() => pump.all(source.error(failure), sink.writable(through)), failure);
    await turn();
    assert.deepEqual(errors, [failure]);
    assert.equal(through.destroyed, true);
  });

  it('and their transforms stand between two pumps', async () => {
    const upper = new Transform({
      transform: (chunk, _, done) => done(null, String(chunk).toUpperCase()),
    });
    const [list, chunks] = sink.table();
    await Promise.all([
      pump.all(source.string('loud'.repeat(50_000)), sink.writable(upper)),
      pump.all(source.iterable(upper), list),
    ]);
    assert.equal(joined(chunks), 'LOUD'.repeat(50_000));
  });

  it('are known by their shape', () => {
    for (const bad of [{}, { write() {} }]) {
      assert.throws(() => sink.writable(bad as unknown as Writable), { code: 'ERR_INVALID_ARGUMENT' });
    }
  });
});
