/**
 * Batches of datagrams for sendmmsg(2) and recvmmsg(2): the structures that name the memory of each.
 *
 *     mmsghdr (64 bytes)   msg_name(8) msg_namelen(4) pad(4) msg_iov(8) msg_iovlen(8) msg_control(8) msg_controllen(8)
 *                          msg_flags(4) pad(4) msg_len(4) pad(4)
 *     iovec (16 bytes)     iov_base(8) iov_len(8)
 *
 * glibc and musl have the same on 64 bits; musl splits the lengths into 4 bytes and a pad that is 0.
 */
import type { Endpoint } from '../../core/address.ts';
import { addressOf } from './functions.ts';
import type { Packed, SenderNames } from './sockaddr.ts';

const HEADER = 64;
const NAME_LENGTH_AT = 8;
const LENGTH_AT = 56;
const VECTOR = 16;
const VECTOR_LENGTH_AT = 8;
/** sizeof(struct sockaddr_in6). */
const NAME = 28;

/** Room for so many datagrams, of so many bytes each. */
export class Messages {
  readonly count: number;
  readonly size: number;
  /** What the calls take. */
  readonly headers: Buffer;
  readonly #vectors: Buffer;
  readonly #names: Buffer;
  readonly #data: Buffer;

  constructor(count: number, size: number) {
    this.count = count;
    this.size = size;
    this.headers = Buffer.alloc(count * HEADER);
    this.#vectors = Buffer.alloc(count * VECTOR);
    this.#names = Buffer.alloc(count * NAME);
    this.#data = Buffer.allocUnsafeSlow(Math.max(1, count * size));
    const [vectors, names, data] = [this.#vectors, this.#names, this.#data].map(addressOf) as [bigint, bigint, bigint];
    for (let i = 0; i < count; i++) {
      this.headers.writeBigUInt64LE(names + BigInt(i * NAME), i * HEADER);
      this.headers.writeBigUInt64LE(vectors + BigInt(i * VECTOR), i * HEADER + 16);
      this.headers.writeBigUInt64LE(1n, i * HEADER + 24);
      this.#vectors.writeBigUInt64LE(data + BigInt(i * size), i * VECTOR);
    }
  }

  /** Makes the first `count` ready to receive at most `size` bytes each. */
  expect(count: number, size: number): void {
    for (let i = 0; i < count; i++) {
      this.headers.writeUInt32LE(NAME, i * HEADER + NAME_LENGTH_AT);
      this.#vectors.writeUInt32LE(size, i * VECTOR + VECTOR_LENGTH_AT);
    }
  }

  /** Puts in a datagram to be sent: to the peer of the socket, if no name is given. */
  put(i: number, data: Uint8Array, name: Packed | undefined): void {
    this.#data.set(data, i * this.size);
    if (name !== undefined) this.#names.set(name.bytes, i * NAME);
    this.headers.writeUInt32LE(name?.length ?? 0, i * HEADER + NAME_LENGTH_AT);
    this.#vectors.writeUInt32LE(data.length, i * VECTOR + VECTOR_LENGTH_AT);
  }

  /** How long the datagram is that has come, or how much of it was sent. */
  lengthOf(i: number): number {
    return this.headers.readUInt32LE(i * HEADER + LENGTH_AT);
  }

  /** A copy of what has come. */
  dataOf(i: number, length: number): Buffer {
    const data = Buffer.allocUnsafe(length);
    this.#data.copy(data, 0, i * this.size, i * this.size + length);
    return data;
  }

  senderOf(i: number, names: SenderNames): Endpoint {
    return names.of(this.#names.subarray(i * NAME, (i + 1) * NAME));
  }
}
