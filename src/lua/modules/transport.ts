/**
 * The connections that functions `create` of Lua programs give: a TCP object of ours, whose descriptor is used at once, or
 * anything with LuaSocket's methods, called by Lua.
 */
import { connected } from '../../blocking/opening.ts';
import { blockingRunner } from '../../blocking/runner.ts';
import { TcpSocketIo } from '../../blocking/tcp-io.ts';
import { ENDED, Failure, type Outcome, TIMED_OUT } from '../../core/errors.ts';
import type { Flow } from '../../core/flow.ts';
import type { Io } from '../../core/io.ts';
import type { Pattern, ReceiveOptions } from '../../core/pattern.ts';
import { Stream } from '../../core/stream.ts';
import { Client } from '../../sockets/client.ts';
import type { Machine } from '../machine.ts';
import type { State } from '../state.ts';
import { Call, hold, pushHeld, type Task } from '../task.ts';
import { Said } from './reasons.ts';
import { TcpSocket } from './tcp-socket.ts';

/** As many bytes as LuaSocket's sources ask for at a time. */
const BLOCK = 2048;

const NOTHING = new Failure('ERR_LUA', new Said('receive gave nothing, and no error'));

/** A client over the object at a place of the stack, which is its connection from now on. */
export function clientOver(machine: Machine, task: Task, lua: State, index: number): Client<'blocking'> {
  const object = machine.toObject(lua, index);
  if (object instanceof TcpSocket && object.fd >= 0 && !object.dirty) {
    const { fd } = object;
    object.fd = -1;
    return new Client(new Stream(new TcpSocketIo(connected(fd))), blockingRunner);
  }
  return new Client(new LuaStream(new LuaIo(task, hold(lua, index))), blockingRunner);
}

/** The methods `send`, `receive` and `close` as an Io. The object keeps its own timeouts. */
class LuaIo implements Io {
  /** What the stream wants next: LuaSocket's receive waits for all that it is asked for. */
  wanted: '*l' | number = '*l';
  readonly #task: Task;
  /** Which item of the task's it is. */
  readonly #item: number;
  #over: Failure | undefined;

  constructor(task: Task, item: number) {
    this.#task = task;
    this.#item = item;
  }

  recv(): PromiseLike<Outcome<Uint8Array>> | Failure {
    if (this.#over !== undefined) return this.#over;
    const { wanted } = this;
    return this.#method(
      'receive',
      (lua) => lua.push(typeof wanted === 'number' ? BigInt(wanted) : wanted),
      (lua, first) => {
        if (!lua.isAbsent(first)) {
          const bytes = lua.toText(first);
          if (bytes === undefined || (bytes === '' && wanted !== '*l')) return NOTHING;
          return Buffer.from(wanted === '*l' ? `${bytes}\r\n` : bytes, 'latin1');
        }
        const wrong = failureAt(lua, first + 1);
        const partial = wrong === ENDED ? lua.toText(first + 2) : undefined;
        if (partial === undefined || partial === '') return wrong;
        this.#over = wrong;
        return Buffer.from(partial, 'latin1');
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

  constructor(transport: LuaIo) {
    super(transport);
    this.#transport = transport;
  }

  override beginReceive(pattern?: Pattern, options?: ReceiveOptions): string | Buffer | Flow<string | Buffer> {
    this.#transport.wanted = typeof pattern === 'number' ? pattern : '*l';
    return super.beginReceive(pattern, options);
  }

  override *receiveSome(limit: number, signal?: AbortSignal): Flow<Buffer | undefined> {
    this.#transport.wanted = Math.min(limit, BLOCK);
    return yield* super.receiveSome(limit, signal);
  }
}

/** The reason at a place of the stack. */
function failureAt(lua: State, index: number): Failure {
  const text = lua.isAbsent(index) ? 'closed' : lua.shown(index);
  if (text === 'timeout') return TIMED_OUT;
  return text === 'closed' ? ENDED : new Failure('ERR_LUA', new Said(text));
}
