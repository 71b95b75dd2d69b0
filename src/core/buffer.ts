/**
 * The bytes that have arrived and were not received yet, and how to take lines, counts and all of them.
 *
 * Nothing here waits: a question that needs more bytes says so, and consumes nothing. Plain lines are decoded by the
 * batch, one native call for some seventy of them.
 */
import { lengthOf, viewOf } from './data.ts';
import { type Delimiter, LINE_FEED } from './delimiter.ts';
import type { Outcome } from './errors.ts';
import type { Io } from './io.ts';
import type { Deadline } from './timeout.ts';

/** Text is decoded in batches of this many bytes, so that a line that a program keeps holds no more memory than this. */
const TEXT_BATCH = 4096;
/** Pieces smaller than this are gathered into blocks: a peer that sends single bytes costs no object for each. */
const SMALL_PIECE = 512;
const BLOCK = 8192;
/** A piece below this part of a large count says that the peer is slow: memory for all of it may never be filled. */
const SCARCE = 16;

const LF = 0x0a;
const CR = 0x0d;

/** A transport that reads into memory of its caller's. */
export type Filling = Required<Pick<Io, 'recvInto'>>;

/** What a transport gave: bytes, or how many of them it has read into the buffer itself. */
export type Piece = Outcome<Uint8Array | number>;

export class ReceiveBuffer {
  #size = 0;
  #taken = 0;
  #chunks: Buffer[] = [];
  /** The place in the first chunk at which the bytes at hand begin. */
  #at = 0;
  /** The memory that the last chunk is the beginning of, where that is a block of our own. */
  #block: Buffer | undefined;

  /**
   * Whole lines, decoded from the first chunk at `#at` on, one UTF-16 unit for each byte; '' where there are none.
   * Those before `#textAt` are taken, and counted when something else than a line is asked for.
   */
  #text = '';
  #textAt = 0;
  #textEncoding: 'utf8' | 'latin1' = 'utf8';
  /** Up to here in the first chunk, text has units of several bytes, and lines are decoded one by one. */
  #wideUntil = 0;

  /** How far the search for `#sought` has come, so that it reads no byte twice. */
  #sought: Delimiter = LINE_FEED;
  #searched = 0;
  #matched = 0;
  /** The chunk that it is in, and where that begins, counted from the first byte at hand. */
  #searchChunk = 0;
  #searchBegin = 0;

  /** Bytes at hand. */
  get size(): number {
    return this.#size - this.#textAt;
  }

  /** Bytes taken since the beginning. */
  get taken(): number {
    return this.#taken + this.#textAt;
  }

  /** Adds bytes, which belong to the buffer from now on. */
  push(bytes: Uint8Array): void {
    const chunk = Buffer.isBuffer(bytes) && bytes.length === lengthOf(bytes) ? bytes : viewOf(bytes);
    this.#size += chunk.length;
    const last = this.#chunks.length - 1;
    if (this.#block !== undefined) {
      // A larger piece too, if it fits: a peer that sends small and large pieces in turn gets no block for each.
      const used = (this.#chunks[last] as Buffer).length;
      if (used + chunk.length <= this.#block.length) {
        this.#block.set(chunk, used);
        this.#chunks[last] = this.#block.subarray(0, used + chunk.length);
        return;
      }
      this.leaveBlock();
    }
    if (chunk.length >= SMALL_PIECE || last < 0) {
      this.#chunks.push(chunk);
      this.#block = undefined;
      return;
    }
    this.#block = Buffer.allocUnsafeSlow(BLOCK);
    this.#block.set(chunk);
    this.#chunks.push(this.#block.subarray(0, chunk.length));
  }

  /**
   * Reads behind the bytes at hand, so that there are `count` of them at most: how many came, or why none did. All of them
   * are then taken in the very memory that they were read into.
   */
  fill(count: number, io: Filling, deadline: Deadline): Outcome<number> {
    this.#countLines();
    const block = this.#blockFor(count);
    const at = block === this.#block ? (this.#chunks[0] as Buffer).length : this.#size;
    const memory = at === 0 ? block : block.subarray(at, at + count - this.#size);
    const length = io.recvInto(memory, deadline);
    if (typeof length === 'number') this.#grow(block, at, length);
    return length;
  }

  /** Adds bytes that belong to a large count, put together as they come: they are still in the processor's cache. 0 is none. */
  gather(count: number, bytes: Uint8Array): void {
    const missing = count - this.size;
    if (count === 0 || bytes.length * SCARCE < count || (this.size === 0 && bytes.length >= missing)) {
      this.push(bytes);
      return;
    }
    this.#countLines();
    const block = this.#blockFor(count);
    const at = block === this.#block ? (this.#chunks[0] as Buffer).length : this.#size;
    const length = Math.min(missing, bytes.length);
    block.set(length === bytes.length ? bytes : bytes.subarray(0, length), at);
    this.#grow(block, at, length);
    if (length < bytes.length) this.push(bytes.subarray(length));
  }

  /** Memory for `count` bytes: the block that those at hand are in, or a new one. */
  #blockFor(count: number): Buffer {
    const goesOn = this.#block !== undefined && this.#chunks.length === 1;
    const used = goesOn ? (this.#chunks[0] as Buffer).length : 0;
    if (goesOn && (this.#block as Buffer).length - used >= count - this.#size) return this.#block as Buffer;
    return Buffer.allocUnsafeSlow(count);
  }

  /** In `block`, `length` bytes have come at `at`; where it is a new one, those at hand go to its beginning. */
  #grow(block: Buffer, at: number, length: number): void {
    if (block !== this.#block) {
      let moved = 0;
      for (const chunk of this.#chunks) moved += chunk.copy(block, moved, moved === 0 ? this.#at : 0);
      this.#at = 0;
      this.#wideUntil = 0;
      this.#restartSearch();
      this.#chunks.length = 0;
      this.#block = block;
    }
    this.#size += length;
    this.#chunks[0] = at + length === block.length ? block : block.subarray(0, at + length);
  }

  /** Gives up the room of a large block. */
  leaveBlock(): void {
    const last = this.#chunks.length - 1;
    const chunk = this.#chunks[last];
    if (this.#block === undefined || chunk === undefined || this.#block.length <= BLOCK) return;
    if (chunk.length * 4 < this.#block.length) this.#chunks[last] = Buffer.from(chunk);
    this.#block = undefined;
  }

  /** How many bytes stand before the delimiter, or -1 if it has not arrived. */
  find(delimiter: Delimiter): number {
    this.#countLines();
    if (!this.#sought.equals(delimiter)) {
      this.#sought = delimiter;
      this.#restartSearch();
    }
    for (let chunk = this.#chunks[this.#searchChunk]; chunk !== undefined; ) {
      const begin = this.#searchBegin;
      const { end, matched } = delimiter.search(chunk, this.#searched - begin, this.#matched);
      if (end >= 0) return begin + end - delimiter.bytes.length;
      this.#searched = begin + chunk.length;
      this.#matched = matched;
      chunk = this.#chunks[this.#searchChunk + 1];
      // The last chunk may still grow.
      if (chunk !== undefined) {
        this.#searchChunk++;
        this.#searchBegin = this.#searched;
      }
    }
    return -1;
  }

  /**
   * The next line as text, without its LF or CRLF, if it can be cut from a batch that is decoded at once;
   * undefined says nothing about whether a line is there. `encoding` gives one unit for each ASCII byte.
   */
  takeTextLine(encoding: 'utf8' | 'latin1'): string | undefined {
    const decoded = this.#textAt < this.#text.length && this.#textEncoding === encoding;
    if (!decoded && !this.#decodeBatch(encoding)) return undefined;
    const begin = this.#textAt;
    const end = this.#text.indexOf('\n', begin);
    this.#textAt = end + 1;
    return this.#text.slice(begin, end > begin && this.#text.charCodeAt(end - 1) === CR ? end - 1 : end);
  }

  /** The line that ends `length` bytes ahead, without its CR; its LF is dropped. */
  takeLine(length: number): Buffer {
    const line = this.take(length, 1);
    return line[length - 1] === CR ? line.subarray(0, -1) : line;
  }

  /** The next `length` bytes; the `dropped` bytes behind them are forgotten. All of them must be there. */
  take(length: number, dropped = 0): Buffer {
    this.#countLines();
    const bytes = this.#peek(length);
    this.#advance(length + dropped);
    return bytes;
  }

  /** The first bytes at hand, at most `limit` and as many as lie together; they stay, and are to be read at once. */
  front(limit: number): Buffer {
    this.#countLines();
    return (this.#chunks[0] as Buffer).subarray(this.#at, this.#at + limit);
  }

  /** Takes this many bytes, which are dropped. */
  skip(length: number): void {
    this.#countLines();
    this.#advance(length);
  }

  /** The bytes at hand, put together when called; they stay. */
  snapshot(): () => Buffer {
    this.#countLines();
    const chunks = this.#chunks.slice();
    const at = this.#at;
    return () => Buffer.concat(chunks).subarray(at);
  }

  #peek(length: number): Buffer {
    const first = this.#chunks[0];
    if (first === undefined || length === 0) return Buffer.alloc(0);
    const memory = this.#block !== undefined && this.#chunks.length === 1 ? this.#block : first;
    if (this.#at + length <= first.length) {
      const bytes = length === first.length ? first : first.subarray(this.#at, this.#at + length);
      // A view of a large piece of memory would hold all of it for as long as the caller holds a small one.
      return length * 4 >= memory.length ? bytes : Buffer.from(bytes);
    }
    const bytes = Buffer.allocUnsafeSlow(length);
    let filled = first.copy(bytes, 0, this.#at);
    for (let i = 1; filled < length; i++) filled += (this.#chunks[i] as Buffer).copy(bytes, filled);
    return bytes;
  }

  /** Leaves the decoded lines: those that were taken count as taken, the rest is bytes again. */
  #countLines(): void {
    const length = this.#textAt;
    this.#text = '';
    this.#textAt = 0;
    if (length > 0) this.#advance(length);
  }

  #advance(length: number): void {
    this.#size -= length;
    this.#taken += length;
    let at = this.#at + length;
    let spent = 0;
    for (let first = this.#chunks[0]; first !== undefined && at >= first.length; first = this.#chunks[spent]) {
      at -= first.length;
      spent++;
    }
    this.#at = at;
    this.#restartSearch();
    if (spent > 0) {
      if (spent === 1) this.#chunks.shift();
      else this.#chunks.splice(0, spent);
      if (this.#chunks.length === 0) this.#block = undefined;
      this.#wideUntil = 0;
    }
  }

  #restartSearch(): void {
    this.#searched = 0;
    this.#matched = 0;
    this.#searchChunk = 0;
    this.#searchBegin = -this.#at;
  }

  #decodeBatch(encoding: 'utf8' | 'latin1'): boolean {
    this.#countLines();
    const first = this.#chunks[0];
    if (first === undefined || this.#at < this.#wideUntil) return false;
    const lastLine = first.subarray(this.#at, this.#at + TEXT_BATCH).lastIndexOf(LF);
    if (lastLine < 0) return false;
    const end = this.#at + lastLine + 1;
    const text = first.toString(encoding, this.#at, end);
    if (text.length !== end - this.#at) {
      this.#wideUntil = end;
      return false;
    }
    this.#text = text;
    this.#textAt = 0;
    this.#textEncoding = encoding;
    return true;
  }
}
