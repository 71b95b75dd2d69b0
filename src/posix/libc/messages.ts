/**
 * Batches of datagrams for sendmmsg(2) and recvmmsg(2): the structures that name the memory of each.
 *
 *     mmsghdr (64 bytes)   msg_name(8) msg_namelen(4) pad(4) msg_iov(8) msg_iovlen(8) msg_control(8) msg_controllen(8)
 *                          msg_flags(4) pad(4) msg_len(4) pad(4)
 *     iovec (16 bytes)     iov_base(8) iov_len(8)
 *
 * glibc and musl have the same on 64 bits; musl splits the lengths into 4 bytes and a pad that is 0. Everything is
 * written in words of 4 bytes, low word first.
 */
import type { Endpoint } from '../../core/address.ts';
import { addressOf } from './functions.ts';
import type { Packed, SenderNames } from './sockaddr.ts';

/** Words of an mmsghdr, and the places in it. */
const HEADER = 16;
const NAME_LENGTH_AT = 2;
const VECTOR_AT = 4;
const VECTORS_AT = 6;
const LENGTH_AT = 14;
/** Words of an iovec, and where its length is. */
const VECTOR = 4;
const VECTOR_LENGTH_AT = 2;
/** Words, and bytes, of a sockaddr_in6, the longest name. */
const NAME = 7;
const NAME_BYTES = 28;

/** Room for `count` datagrams of `size` bytes each. */
export class Messages {
  readonly count: number;
  readonly size: number;
  /** The argument of the calls. */
  readonly headers: Int32Array;
  readonly #vectors: Int32Array;
  readonly #names: Int32Array;
  readonly #nameBytes: Uint8Array;
  readonly #data: Buffer;

  constructor(count: number, size: number) {
    this.count = count;
    this.size = size;
    this.headers = new Int32Array(count * HEADER);
    this.#vectors = new Int32Array(count * VECTOR);
    this.#names = new Int32Array(count * NAME);
    this.#nameBytes = new Uint8Array(this.#names.buffer);
    this.#data = Buffer.allocUnsafeSlow(Math.max(1, count * size));
    for (let i = 0; i < count; i++) {
      point(this.headers, i * HEADER, this.#names, i * NAME_BYTES);
      point(this.headers, i * HEADER + VECTOR_AT, this.#vectors, i * VECTOR * 4);
      this.headers[i * HEADER + VECTORS_AT] = 1;
      point(this.#vectors, i * VECTOR, this.#data, i * size);
    }
  }

  /** Makes the first `count` ready to receive at most `size` bytes each. */
  expect(count: number, size: number): void {
    for (let i = 0; i < count; i++) {
      this.headers[i * HEADER + NAME_LENGTH_AT] = NAME_BYTES;
      this.#vectors[i * VECTOR + VECTOR_LENGTH_AT] = size;
    }
  }

  /** Puts in a datagram to be sent: to the peer of the socket, if no name is given. */
  put(i: number, data: Uint8Array, name: Packed | undefined): void {
    this.#data.set(data, i * this.size);
    if (name !== undefined) this.#nameBytes.set(name.bytes, i * NAME_BYTES);
    this.headers[i * HEADER + NAME_LENGTH_AT] = name?.length ?? 0;
    this.#vectors[i * VECTOR + VECTOR_LENGTH_AT] = data.length;
  }

  /** How long the datagram is that has come. */
  lengthOf(i: number): number {
    return this.headers[i * HEADER + LENGTH_AT] as number;
  }

  /** A copy of what has come. */
  dataOf(i: number, length: number): Buffer {
    const data = Buffer.allocUnsafe(length);
    this.#data.copy(data, 0, i * this.size, i * this.size + length);
    return data;
  }

  senderOf(i: number, names: SenderNames): Endpoint {
    return names.of(this.#names, i * NAME);
  }
}

/** Writes a pointer to a byte of that memory. */
function point(words: Int32Array, at: number, memory: Uint8Array | Int32Array, byte: number): void {
  const pointer = addressOf(memory) + BigInt(byte);
  words[at] = Number(BigInt.asIntN(32, pointer));
  words[at + 1] = Number(pointer >> 32n);
}
