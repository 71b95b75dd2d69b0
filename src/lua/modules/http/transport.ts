/**
 * The connections that functions `create` of Lua programs give: a TCP object of ours, whose descriptor is used at once, or
 * anything with LuaSocket's methods, called by Lua.
 */

import { blockingRunner } from '../../../blocking/runner.ts';
import { TcpSocketIo } from '../../../blocking/tcp-io.ts';
import { ENDED, Failure, type Outcome, TIMED_OUT } from '../../../core/errors.ts';
import type { Flow } from '../../../core/flow.ts';
import type { Io } from '../../../core/io.ts';
import type { Pattern, ReceiveOptions } from '../../../core/pattern.ts';
import { Stream } from '../../../core/stream.ts';
import { adoptConnected } from '../../../posix/open-socket.ts';
import { Client } from '../../../sockets/client.ts';
import type { Bindings } from '../../bindings.ts';
import type { State } from '../../state.ts';
import { Call, hold, pushHeld, type Task } from '../../task.ts';
import { descriptorsOf } from '../socket/descriptors.ts';
import { ForeignReason } from '../socket/reasons.ts';
import { hasOwnMethods } from '../socket/tcp.ts';
import { TcpSocket } from '../socket/tcp-socket.ts';

/** As many bytes as LuaSocket's sources ask for at a time. */
const BLOCK = 2048;

const NOTHING = new Failure('ERR_LUA', new ForeignReason('receive gave nothing, and no error'));

/** A client over the object at a place of the stack, which is its connection from now on. */
export function clientOver(machine: Bindings, task: Task, lua: State, index: number): Client<'blocking'> {
  const object = machine.toObject(lua, index);
  if (object instanceof TcpSocket && object.fd >= 0 && !object.dirty && hasOwnMethods(machine, lua)) {
    const fd = descriptorsOf(machine).release(object);
    return new Client(new Stream(new TcpSocketIo(adoptConnected(fd))), blockingRunner);
  }
  return new Client(new LuaStream(new LuaIo(task, hold(lua, index)), BLOCK), blockingRunner);
}

/**
 * A stream over the first item of what a task holds. It takes no byte from there that was not asked for, so that a
 * program may go on reading behind it. `piece` is how much it asks for at a time, where any amount will do.
 */
export function streamOver(task: Task, piece: number): Stream {
  return new LuaStream(new LuaIo(task, 1), piece);
}

/** The methods `send`, `receive` and `close` as an Io. The object keeps its own timeouts. */
class LuaIo implements Io {
  /** The bytes that the stream wants next: LuaSocket's receive waits for all that it is asked for. */
  wanted: '*l' | number = '*l';
  /** The longest line that it takes, which objects of ours keep to, and LuaSocket's of the newest release. */
  longest: number | undefined;
  readonly #task: Task;
  /** Which item of the task's it is. */
  readonly #item: number;
  /** Bytes that the stream has got. */
  given = 0;
  /** The failure that came with a part. The part is handed over first. */
  #wrong: Failure | undefined;

  constructor(task: Task, item: number) {
    this.#task = task;
    this.#item = item;
  }

  recv(): PromiseLike<Outcome<Uint8Array>> | Failure {
    const wrong = this.#wrong;
    if (wrong !== undefined) {
      if (wrong !== ENDED) this.#wrong = undefined;
      return wrong;
    }
    const { wanted, longest } = this;
    return this.#method(
      'receive',
      (lua) => {
        if (typeof wanted === 'number') lua.push(BigInt(wanted));
        else if (longest === undefined) lua.push(wanted);
        // One byte more shows that it is too long.
        else lua.give(wanted, null, BigInt(longest + 1));
      },
      (lua, first) => {
        if (!lua.isAbsent(first)) {
          const bytes = lua.toText(first);
          if (bytes === undefined || (bytes === '' && wanted !== '*l')) return NOTHING;
          return this.#give(wanted === '*l' ? `${bytes}\r\n` : bytes);
        }
        const wrong = failureAt(lua, first + 1);
        const partial = lua.toText(first + 2);
        if (partial === undefined || partial === '') return wrong;
        this.#wrong = wrong;
        return this.#give(partial);
      },
    );
  }

  send(bytes: Uint8Array): PromiseLike<Outcome<number>> {
    return this.#method(
      'send',
      (lua) => lua.push(bytes),
      (lua, first) => (lua.truthy(first) ? bytes.length : failureAt(lua, first + 1)),
    );
  }

  shutdown(): void {}

  close(): void {
    this.#task.send(
      this.#method(
        'close',
        () => {},
        () => {},
      ),
    );
  }

  getfd(): number {
    return -1;
  }

  #give(bytes: string): Buffer {
    this.given += bytes.length;
    return Buffer.from(bytes, 'latin1');
  }

  #method<T>(method: string, push: (lua: State) => void, take: (lua: State, first: number) => T): Call<T> {
    return new Call((lua) => {
      pushHeld(lua, 'send_method');
      pushHeld(lua, this.#item);
      lua.pushWord(method);
      push(lua);
    }, take);
  }
}

/** Tells its transport what each receive is for. */
class LuaStream extends Stream {
  readonly #transport: LuaIo;
  readonly #piece: number;

  constructor(transport: LuaIo, piece: number) {
    super(transport);
    this.#transport = transport;
    this.#piece = piece;
  }

  override beginReceive(pattern?: Pattern, options?: ReceiveOptions): string | Buffer | Flow<string | Buffer> {
    this.#transport.wanted = typeof pattern === 'number' ? pattern - this.#held : '*l';
    this.#transport.longest = options?.limit;
    return super.beginReceive(pattern, options);
  }

  /** Bytes that came with a failure: the next receive begins with them. */
  get #held(): number {
    return this.#transport.given - this.getstats().received;
  }

  override *receiveSome(limit: number, signal?: AbortSignal): Flow<Buffer | undefined> {
    this.#transport.wanted = Math.min(limit, this.#piece);
    return yield* super.receiveSome(limit, signal);
  }
}

/** The reason at a place of the stack. */
function failureAt(lua: State, index: number): Failure {
  const text = lua.isAbsent(index) ? 'closed' : lua.shown(index);
  if (text === 'timeout') return TIMED_OUT;
  return text === 'closed' ? ENDED : new Failure('ERR_LUA', new ForeignReason(text));
}
