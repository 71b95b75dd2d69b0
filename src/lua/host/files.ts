/** Open files, as the machine's kernel has them: those of the host's disk, its standard streams, and functions of an embedder's. */
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { Failure, SocketError } from '../../core/errors.ts';
import { calling } from '../errors.ts';
// biome-ignore lint/correctness/useImportExtensions: it is JavaScript, and there is no TypeScript of it
import onDemand from '../on-demand.cjs';
import { SystemFailure } from './errno.ts';

/** Each throws an error with a system's `code`. */
export interface OpenFile {
  /** How many bytes; 0 is the end. */
  read(into: Uint8Array): number;
  write(bytes: Uint8Array): number;
  /** The new position; `whence` is 0 (from the beginning), 1 (from here) or 2 (from the end). */
  seek(offset: number, whence: number): number;
  close(): void;
  readonly isTerminal: boolean;
  /** Its descriptor, if the host has one. */
  readonly fd?: number;
}

/** Milliseconds between two looks at a descriptor that another process has set not to block. */
const LOOK_AGAIN = 2;
const NOBODY: Int32Array = new Int32Array(new SharedArrayBuffer(4));

/**
 * A file of the host's. Node has no lseek(2): where a regular file stands is counted here, and reads and writes name their
 * place. A file that another process or descriptor shares has a separate position there, which it would not have in C.
 */
export class HostFile implements OpenFile {
  readonly fd: number;
  readonly #append: boolean;
  /** The place of the next byte; null where there are no positions: pipes, terminals. */
  #position: number | null;

  constructor(fd: number, append: boolean) {
    this.fd = fd;
    this.#append = append;
    this.#position = fstatSync(fd).isFile() ? 0 : null;
  }

  /** `flags` and `mode` as open(2) has them. The path is bytes. */
  static open(path: Buffer, flags: number, mode: number): HostFile {
    return new HostFile(openSync(path, flags, mode), (flags & constants.O_APPEND) !== 0);
  }

  get isTerminal(): boolean {
    return isatty(this.fd);
  }

  read(into: Uint8Array): number {
    const length = patiently(() => readSync(this.fd, into, 0, into.length, this.#position));
    if (this.#position !== null) this.#position += length;
    return length;
  }

  write(bytes: Uint8Array): number {
    const length = patiently(() => writeSync(this.fd, bytes, 0, bytes.length, this.#append ? null : this.#position));
    if (this.#position !== null) this.#position = this.#append ? fstatSync(this.fd).size : this.#position + length;
    return length;
  }

  seek(offset: number, whence: number): number {
    if (this.#position === null) throw new SystemFailure('ESPIPE');
    const from = whence === 0 ? 0 : whence === 1 ? this.#position : fstatSync(this.fd).size;
    if (from + offset < 0) throw new SystemFailure('EINVAL');
    this.#position = from + offset;
    return this.#position;
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** A standard stream of the process. Its position is the system's, since other processes have it, too. */
export class StandardStream implements OpenFile {
  readonly fd: number;

  constructor(fd: number) {
    this.fd = fd;
  }

  get isTerminal(): boolean {
    return isatty(this.fd);
  }

  read(into: Uint8Array): number {
    return patiently(() => readSync(this.fd, into, 0, into.length, null));
  }

  write(bytes: Uint8Array): number {
    return patiently(() => writeSync(this.fd, bytes, 0, bytes.length, null));
  }

  seek(offset: number, whence: number): number {
    const place = cFiles()?.seekFile(this.fd, offset, whence) ?? new Failure('ESPIPE');
    if (place instanceof Failure) throw new SystemFailure(place.code);
    return place;
  }

  /** The process keeps it: a number that is free would be taken by the next thing opened. */
  close(): void {}
}

/** Input that an embedder gives to a script: bytes and then the end. */
export class InputBytes implements OpenFile {
  readonly isTerminal = false;
  #rest: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#rest = bytes;
  }

  read(into: Uint8Array): number {
    const piece = this.#rest.subarray(0, into.length);
    into.set(piece);
    this.#rest = this.#rest.subarray(piece.length);
    return piece.length;
  }

  write(): number {
    throw new SystemFailure('EBADF');
  }

  seek(): number {
    throw new SystemFailure('ESPIPE');
  }

  close(): void {}
}

/** Output of a script, handed to an embedder's function. */
export class OutputCallback implements OpenFile {
  readonly isTerminal = false;
  readonly #take: (bytes: Buffer) => void;

  constructor(take: (bytes: Buffer) => void) {
    this.#take = take;
  }

  read(): number {
    throw new SystemFailure('EBADF');
  }

  write(bytes: Uint8Array): number {
    const copy = Buffer.from(bytes); // the machine's memory is its own
    calling(() => this.#take(copy));
    return bytes.length;
  }

  seek(): number {
    throw new SystemFailure('ESPIPE');
  }

  close(): void {}
}

/** C's own functions for files, where the package koffi is installed. */
function cFiles(): ReturnType<typeof onDemand.cFiles> | undefined {
  try {
    return onDemand.cFiles();
  } catch (error) {
    if (error instanceof SocketError && error.code === 'ERR_UNSUPPORTED') return undefined;
    throw error;
  }
}

/** Makes a call on a descriptor block, even if another process that shares it has set O_NONBLOCK. */
function patiently(call: () => number): number {
  for (;;) {
    try {
      return call();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(NOBODY, 0, 0, LOOK_AGAIN);
    }
  }
}
