/**
 * gzip, deflate, br and zstd decoded without waiting, a bounded piece at a time: what both faces need, and what no
 * public call of `node:zlib` does.
 *
 * Its streams are decoded by threads, whose results come through an event loop, and there is none to turn while a call
 * of the blocking face runs. Its `…Sync` functions want all of the input, and give all of the output: gigabytes, for a
 * few kilobytes of br. What is used here is what both are made of, the handle of a stream, which Node, Bun and Deno
 * have alike. Whether it keeps its promises is asked of the runtime itself: {@link soundCodings}.
 */
import * as zlib from 'node:zlib';
import { Failure, LimitError, ProtocolError } from '../../../core/errors.ts';
import { INFLATE_PIECE, INFLATE_RATIO_LIMIT } from '../../../core/limits.ts';
import { type Chunk, EMPTY, type SyncFilter } from '../../../ltn12/protocol.ts';

export type Coding = 'gzip' | 'deflate' | 'br' | 'zstd';

/** What a stream of `node:zlib` writes through. */
interface Handle {
  writeSync(
    flush: number,
    input: Uint8Array,
    at: number,
    size: number,
    out: Uint8Array,
    to: number,
    room: number,
  ): void;
  /** Is called before `writeSync` returns. */
  onerror: (message: string, errno: number, code?: string) => void;
  close(): void;
}

interface Internals {
  readonly _handle: Handle;
  /** What the last write has left: room in the output, bytes of the input. */
  readonly _writeState: Uint32Array;
}

/** How many bytes the filters of one body may give, each of them: it grows with what comes over the wire. */
export interface Allowance {
  bytes: number;
}

const { Z_NO_FLUSH, Z_FINISH, BROTLI_OPERATION_PROCESS, BROTLI_OPERATION_FINISH } = zlib.constants;

/** RFC 9659: a sender of zstd over HTTP may not need a window above 8 MiB. */
const ZSTD_WINDOW_LOG = 23;

/** The machine of each coding, by the first byte of what it will read. The default output buffer is not used. */
const MACHINES: Readonly<Record<Coding, ((first: number) => unknown) | undefined>> = {
  gzip: () => zlib.createGunzip({ chunkSize: 64 }),
  // RFC 9110, section 8.4.1.2: some send "deflate" without the zlib wrapper, whose first byte says method 8.
  deflate: (first) => ((first & 15) === 8 ? zlib.createInflate : zlib.createInflateRaw)({ chunkSize: 64 }),
  br: () => zlib.createBrotliDecompress({ chunkSize: 64 }),
  zstd:
    typeof zlib.createZstdDecompress !== 'function'
      ? undefined
      : () =>
          zlib.createZstdDecompress({
            chunkSize: 64,
            params: { [zlib.constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG },
          }),
};

/** Where every machine writes: nothing else runs until what it wrote is copied. */
const scratch = Buffer.allocUnsafeSlow(INFLATE_PIECE);

/**
 * A filter that decodes. Several members of gzip, and frames of zstd, are one body; what else is behind the end is
 * ignored, except that gzip takes anything but zeros for another member.
 *
 * @throws ProtocolError `ERR_HTTP_CODING` for what is broken or cut off, with zlib's error as its cause; LimitError
 */
export function inflating(coding: Coding, allowance: Allowance): SyncFilter {
  let machine: Decoder | undefined;
  let input: Uint8Array = EMPTY;
  let given = 0;
  let ended = false;

  const close = (): void => {
    ended = true;
    machine?.close();
    machine = undefined;
  };

  const next = (ending: boolean): Buffer | undefined => {
    while (machine !== undefined && !ended) {
      const { used, out } = machine.write(input, ending);
      // With bytes at hand, and room, a machine that moves nothing has come to its end.
      ended = input.length > 0 && used === 0 && out.length === 0;
      input = input.subarray(used);
      given += out.length;
      if (given > allowance.bytes) throw tooDense(coding);
      if (out.length > 0) return out;
      if (input.length === 0) break;
    }
    return undefined;
  };

  const filter: SyncFilter = (chunk: Chunk): Chunk => {
    if (chunk !== null && chunk.length > 0) {
      // A body of no bytes at all is an empty one, in any coding.
      if (!ended) machine ??= new Decoder(coding, chunk[0]!);
      input = chunk;
    }
    const out = next(chunk === null);
    if (out !== undefined) return out;
    if (chunk !== null) return EMPTY;
    close();
    return null;
  };
  filter.close = close;
  return filter;
}

class Decoder {
  readonly #coding: Coding;
  readonly #stream: Internals;
  #error: Error | undefined;

  constructor(coding: Coding, first: number) {
    this.#coding = coding;
    this.#stream = MACHINES[coding]!(first) as Internals;
    this.#stream._handle.onerror = (message, errno, code) => {
      this.#error = Object.assign(new Error(message), { errno, code });
    };
  }

  write(input: Uint8Array, ending: boolean): { readonly used: number; readonly out: Buffer } {
    const { _handle: handle, _writeState: left } = this.#stream;
    try {
      handle.writeSync(flushOf(this.#coding, ending), input, 0, input.length, scratch, 0, scratch.length);
    } catch (error) {
      this.#error = error as Error; // Deno's zstd
    }
    if (this.#error !== undefined) throw broken(this.#coding, this.#error);
    return { used: input.length - left[1]!, out: Buffer.from(scratch.subarray(0, scratch.length - left[0]!)) };
  }

  /** Gives the memory back now: the stream's own `close` leaves work for a later turn of the event loop. */
  close(): void {
    this.#stream._handle.close();
  }
}

function flushOf(coding: Coding, ending: boolean): number {
  if (coding === 'gzip' || coding === 'deflate') return ending ? Z_FINISH : Z_NO_FLUSH;
  if (coding === 'br') return ending ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_PROCESS;
  return ending ? zlib.constants.ZSTD_e_end : zlib.constants.ZSTD_e_continue;
}

/** The letter a, in the order in which codings are offered. */
const SAMPLES: Readonly<Record<Coding, string>> = {
  gzip: '1f8b08000000000000034b040043beb7e801000000',
  deflate: '789c4b040000620062',
  br: '0b00806103',
  zstd: '28b52ffd200109000061',
};

let sound: readonly Coding[] | undefined;

/**
 * The codings that this runtime decodes, and whose cut off ends it notices: Node 22 and Bun do not with zstd, nor Deno
 * with zstd and br. A body that is silently short is worse than one that was longer on its way.
 */
export function soundCodings(): readonly Coding[] {
  sound ??= (Object.keys(SAMPLES) as Coding[]).filter((coding) => {
    if (MACHINES[coding] === undefined) return false;
    const sample = Buffer.from(SAMPLES[coding], 'hex');
    return decoded(coding, sample) === 'a' && decoded(coding, sample.subarray(0, -1)) === undefined;
  });
  return sound;
}

/** What a sample becomes; undefined where that is an error. */
function decoded(coding: Coding, sample: Buffer): string | undefined {
  const filter = inflating(coding, { bytes: 1 });
  try {
    const out = [filter(sample), filter(EMPTY), filter(null) ?? EMPTY];
    return Buffer.concat(out as Uint8Array[]).toString();
  } catch {
    return undefined;
  } finally {
    filter.close?.();
  }
}

function broken(coding: Coding, cause: Error): ProtocolError {
  return new ProtocolError(
    'ERR_HTTP_CODING',
    `the body is not the ${coding} that its Content-Encoding says: ${cause.message}`,
    {},
    new Failure('ERR_HTTP_CODING', cause),
  );
}

function tooDense(coding: Coding): LimitError {
  return new LimitError(
    'ERR_LIMIT',
    `the body, in ${coding}, becomes more than ${INFLATE_RATIO_LIMIT} times as long when it is decoded`,
  );
}
