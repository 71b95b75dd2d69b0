/** Bodies in chunks that Lua programs read from objects of theirs: a source gives a chunk at each call, as LuaSocket's. */
import { LimitError, ProtocolError, SocketError } from '../../../core/errors.ts';
import type { Flow } from '../../../core/flow.ts';
import { BODY_PIECE } from '../../../core/limits.ts';
import { ChunkedReader } from '../../../protocol/http/wire/chunked.ts';
import type { Bindings, Functions } from '../../bindings.ts';
import type { State } from '../../state.ts';
import { giveTask, Task } from '../../task.ts';
import { pushHeaders } from '../pure/header-tables.ts';
import { refuse } from '../socket/reasons.ts';
import { streamOver } from './transport.ts';

/** The state of a source between its calls, each of which is a separate task. */
class ChunkTask extends Task {
  readonly #reader = new ChunkedReader(streamOver(this, BODY_PIECE), undefined);
  #failure: SocketError | undefined;

  /** A chunk, or a part of a large one; undefined at the end. A body that is malformed stays so. */
  *next(): Flow<Buffer | undefined> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      const piece = yield* this.#reader.read();
      yield* this.#endChunk();
      return piece;
    } catch (error) {
      if (error instanceof SocketError && isFinal(error)) this.#failure = error;
      throw error;
    }
  }

  /** So that nothing of the chunk stays in the object, for which `select` would not wait. What is wrong, the next call says. */
  *#endChunk(): Flow<void> {
    try {
      yield* this.#reader.endChunk();
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
      if (isFinal(error)) this.#failure = error;
    }
  }

  give(lua: State, piece: Buffer | undefined): number {
    if (piece !== undefined) return lua.give(piece);
    lua.give(null, null);
    pushHeaders(lua, this.#reader.trailers);
    return 3;
  }
}

/** `chunked()`, what a source has read so far; and `chunk_of(chunked)`, a task that reads on, in the first object that it holds. */
export function chunkFunctions(machine: Bindings): Functions {
  return {
    chunked(lua) {
      machine.pushObject(lua, new ChunkTask());
      return 1;
    },
    chunk_of(lua) {
      const chunks = machine.object<ChunkTask>(lua, 1, 'task');
      const give = (caller: State, piece: Buffer | undefined): number => chunks.give(caller, piece);
      return giveTask(machine, lua, () => ({ flow: chunks.next(), give, fail: refuseChunk }));
    },
  };
}

/** No later call can make good what such an error says. */
function isFinal(error: SocketError): boolean {
  return error instanceof ProtocolError || error instanceof LimitError;
}

/** Also where the data does not end when its size says so, LuaSocket's words are right. */
function refuseChunk(lua: State, error: unknown): number {
  if (error instanceof SocketError && error.code === 'ERR_HTTP_CHUNK') return lua.refuse('invalid chunk size');
  return refuse(lua, error);
}
