/** Lines of text on the way (RFC 959, section 3.1.1.1): CRLF there, LF here. A CR alone stays, on both sides. */
import type { Chunk, SyncFilter } from '../../ltn12/protocol.ts';

const CR = 0x0d;
const LF = 0x0a;
const EMPTY = Buffer.alloc(0);
const ONE_CR = Buffer.of(CR);

/** A filter for what comes: each CRLF becomes an LF. */
export function fromNetwork(): SyncFilter {
  let held = false; // a CR at the end of a chunk, whose LF may follow
  return (chunk: Chunk): Chunk => {
    if (chunk === null) {
      const last = held ? ONE_CR : null;
      held = false;
      return last;
    }
    if (chunk.length === 0) return EMPTY;
    const out = Buffer.allocUnsafe(chunk.length + 1);
    let length = 0;
    for (const byte of chunk) {
      if (held && byte !== LF) out[length++] = CR;
      held = byte === CR;
      if (!held) out[length++] = byte;
    }
    return out.subarray(0, length);
  };
}

/** A filter for what goes: each LF without a CR before it becomes CRLF. */
export function toNetwork(): SyncFilter {
  let last = 0;
  return (chunk: Chunk): Chunk => {
    if (chunk === null || chunk.length === 0) return chunk;
    const out = Buffer.allocUnsafe(2 * chunk.length);
    let length = 0;
    for (const byte of chunk) {
      if (byte === LF && last !== CR) out[length++] = CR;
      out[length++] = byte;
      last = byte;
    }
    return out.subarray(0, length);
  };
}
