/** Files are read and written in both manners, and closed once: at the end, on errors, and when they are given up. */
import assert from 'node:assert/strict';
import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { pump, type ReadableFile, sink, source, type WritableFile } from '../../src/entry/ltn12.ts';
import { bytes, failureOf, joined } from './parts.ts';

const folder = mkdtempSync(join(tmpdir(), 'moonsocket-ltn12-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const INPUT = join(folder, 'input');
const OUTPUT = join(folder, 'output');
const DATA = Buffer.alloc(200_001, 'some bytes, ');
writeFileSync(INPUT, DATA);

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

describe('a descriptor', () => {
  it('is copied at once, and closed', () => {
    const [from, to] = [openSync(INPUT, 'r'), openSync(OUTPUT, 'w')];
    assert.equal(pump.all(source.file(from), sink.file(to)), undefined);
    assert.deepEqual([isOpen(from), isOpen(to)], [false, false]);
    assert.ok(readFileSync(OUTPUT).equals(DATA));
  });

  it('gives chunks that the next read leaves alone', () => {
    const chunks = [...source.iterate(source.file(openSync(INPUT, 'r')))];
    assert.equal(chunks.length, 4);
    assert.ok(Buffer.concat(chunks).equals(DATA));
  });

  it('is closed when the other side fails', () => {
    const failure = new Error('other');
    const from = openSync(INPUT, 'r');
    assert.throws(() => pump.all(source.file(from), sink.error(failure)), failure);
    assert.equal(isOpen(from), false);
    const to = openSync(OUTPUT, 'w');
    assert.throws(() => pump.all(source.error(failure), sink.file(to)), failure);
    assert.equal(isOpen(to), false);
  });

  it('is closed when it fails itself, and stays failed', () => {
    const directory = openSync(folder, 'r');
    const from = source.file(directory);
    for (let i = 0; i < 2; i++) assert.throws(from, { code: 'EISDIR' });
    assert.equal(isOpen(directory), false);
    const to = openSync(INPUT, 'r');
    const into = sink.file(to);
    assert.throws(() => into(bytes('x')), { code: 'EBADF' });
    assert.equal(isOpen(to), false);
    assert.throws(() => into(bytes('x')), { code: 'ERR_CLOSED' });
    into(null);
  });

  it('is not touched after its end, when it may be that of another file', () => {
    const fd = openSync(INPUT, 'r');
    const from = source.file(fd);
    while (from() !== null);
    const another = openSync(INPUT, 'r');
    assert.equal(another, fd);
    assert.equal(from(), null);
    from.close?.();
    assert.equal(isOpen(another), true);
    closeSync(another);
  });

  it('that is none is refused', () => {
    for (const bad of [-1, 1.5, Number.NaN]) {
      assert.throws(() => source.file(bad), { code: 'ERR_INVALID_ARGUMENT' });
      assert.throws(() => sink.file(bad), { code: 'ERR_INVALID_ARGUMENT' });
    }
  });
});

describe('a FileHandle', () => {
  const isGone = (handle: FileHandle): boolean => handle.fd === -1;

  it('is copied, and closed', async () => {
    const [from, to] = [await open(INPUT), await open(OUTPUT, 'w')];
    const moving = pump.all(source.file(from), sink.file(to));
    assert.ok(moving instanceof Promise);
    await moving;
    assert.deepEqual([isGone(from), isGone(to)], [true, true]);
    assert.ok(readFileSync(OUTPUT).equals(DATA));
  });

  it('goes with a descriptor', async () => {
    const from = await open(INPUT);
    await pump.all(source.file(from), sink.file(openSync(OUTPUT, 'w')));
    assert.ok(readFileSync(OUTPUT).equals(DATA));
  });

  it('is closed on errors of either side', async () => {
    const failure = new Error('other');
    const [from, to] = [await open(INPUT), await open(OUTPUT, 'w')];
    assert.equal(await failureOf(() => pump.all(source.file(from), sink.error(failure))), failure);
    assert.equal(await failureOf(() => pump.all(source.error(failure), sink.file(to))), failure);
    assert.deepEqual([isGone(from), isGone(to)], [true, true]);
    const directory = await open(folder);
    assert.equal(((await failureOf(source.file(directory))) as { code: string }).code, 'EISDIR');
    assert.equal(isGone(directory), true);
  });

  it('left in the middle of a loop is closed', async () => {
    const from = await open(INPUT);
    for await (const chunk of source.iterate(source.file(from))) {
      assert.equal(chunk.length, 65_536);
      break;
    }
    assert.equal(isGone(from), true);
  });
});

describe('anything like a file', () => {
  it('may read and write less than it was asked for', async () => {
    for (const wait of [false, true]) {
      const give = <T>(value: T): T | Promise<T> => (wait ? Promise.resolve(value) : value);
      let at = 0;
      let closed = 0;
      const written: Buffer[] = [];
      const file: ReadableFile & WritableFile = {
        read(buffer, offset) {
          const bytesRead = at < 10 ? 1 : 0;
          buffer[offset] = at++;
          return give({ bytesRead });
        },
        write(buffer, offset) {
          written.push(Buffer.from(buffer.subarray(offset, offset + 1)));
          return give({ bytesWritten: 1 });
        },
        close() {
          closed++;
          return give(undefined);
        },
      };
      const [list, chunks] = sink.table();
      const reading = pump.all(source.file(file), list);
      assert.equal(reading instanceof Promise, wait);
      await reading;
      assert.equal(joined(chunks), '\0\x01\x02\x03\x04\x05\x06\x07\b\t');
      // Small chunks that are kept do not each keep a whole block.
      assert.ok(new Set(chunks.map((chunk) => chunk.buffer)).size <= 2);
      await pump.all(source.string('abc'), sink.file(file));
      assert.deepEqual(written.map(String), ['a', 'b', 'c']);
      assert.equal(closed, 2);
    }
  });

  it('says when its closing fails, unless something else failed before', () => {
    const full = new Error('close');
    const file = (bytesWritten: () => number): WritableFile => ({
      write: () => ({ bytesWritten: bytesWritten() }),
      close() {
        throw full;
      },
    });
    assert.throws(() => pump.all(source.string('x'), sink.file(file(() => 1))), full);
    const failure = new Error('write');
    const failing = file(() => {
      throw failure;
    });
    assert.throws(() => pump.all(source.string('x'), sink.file(failing)), failure);
  });
});
