/** An engine that answers by a script, and remembers what it has given and what of that was closed. */
import { type Address, type Endpoint, familyOf } from '../../src/core/address.ts';
import { CLOSED_HERE, ENDED, Failure, type Outcome } from '../../src/core/errors.ts';
import type { MaybePromise } from '../../src/core/flow.ts';
import type { Readiness, ShutdownHow } from '../../src/core/io.ts';
import type { OptionValue, ReadableOption } from '../../src/core/options.ts';
import type {
  BoundTcp,
  BoundUnix,
  TcpAcceptor,
  TcpEngine,
  TcpInfo,
  TcpIo,
  UnixEngine,
} from '../../src/sockets/engine.ts';

const HERE: Endpoint = { address: '127.0.0.1', port: 4000, family: 'inet' };
const NEVER: Readiness = { readable: () => false, writable: () => false };

/** A promise, and how it is kept. */
export class Later<T> {
  readonly promise: Promise<T>;
  give: (value: T) => void = () => {};

  constructor() {
    this.promise = new Promise((resolve) => {
      this.give = resolve;
    });
  }
}

/** Each thing that an engine gives is in `open` until it is closed, or handed on. */
export class ScriptedEngine implements TcpEngine, UnixEngine {
  readonly open: Set<object> = new Set();
  /** What `resolve`, each `bind`, each `connect` and each `accept` wait for; by default the answer is there at once. */
  resolution: MaybePromise<void> = undefined;
  opening: MaybePromise<void> = undefined;
  /** What `accept` gives, in order; after these it waits until the server is closed. */
  accepts: Outcome<TcpIo>[] = [];

  resolve(host: string): MaybePromise<Outcome<readonly Address[]>> {
    const family = familyOf(host);
    const answer = family === undefined ? new Failure('ENOTFOUND') : [{ address: host, family }];
    return this.resolution === undefined ? answer : this.resolution.then(() => answer);
  }

  checkOption(): void {}

  bind(): MaybePromise<BoundTcp & BoundUnix> {
    return this.#opened(() => new ScriptedBound(this));
  }

  connect(_to: unknown, _port: unknown): MaybePromise<TcpIo> {
    return this.#opened(() => new ScriptedConnection(this));
  }

  #opened<T extends object>(make: () => T): MaybePromise<T> {
    const open = (): T => {
      const made = make();
      this.open.add(made);
      return made;
    };
    return this.opening === undefined ? open() : this.opening.then(open);
  }
}

class ScriptedSocket {
  protected readonly engine: ScriptedEngine;

  constructor(engine: ScriptedEngine) {
    this.engine = engine;
  }

  getsockname(): Endpoint {
    return HERE;
  }

  getfd(): number {
    return -1;
  }

  setoption(): void {}

  getoption<K extends ReadableOption>(_name: K): OptionValue<K> {
    return undefined as OptionValue<K>;
  }

  close(): void {
    this.engine.open.delete(this);
  }
}

class ScriptedBound extends ScriptedSocket implements BoundTcp, BoundUnix {
  listen(): TcpAcceptor {
    this.close();
    const acceptor = new ScriptedAcceptor(this.engine);
    this.engine.open.add(acceptor);
    return acceptor;
  }

  connect(): MaybePromise<TcpIo> {
    this.close();
    return this.engine.connect(undefined, undefined);
  }
}

class ScriptedAcceptor extends ScriptedSocket implements TcpAcceptor {
  readonly dropped = 0;
  readonly readiness: Readiness = NEVER;
  readonly #closed = new Later<Failure>();

  accept(): MaybePromise<Outcome<TcpIo>> {
    return this.engine.accepts.shift() ?? this.#closed.promise;
  }

  override close(): void {
    super.close();
    this.#closed.give(CLOSED_HERE);
  }
}

/** A connection whose peer says `lines`, and then ends or fails. */
export class ScriptedConnection extends ScriptedSocket implements TcpIo {
  lines: string[] = [];
  end: Failure = ENDED;

  recv(): Outcome<Uint8Array> {
    const line = this.lines.shift();
    return line === undefined ? this.end : Buffer.from(line);
  }

  send(bytes: Uint8Array): number {
    return bytes.length;
  }

  shutdown(_how: ShutdownHow): void {}

  getpeername(): Endpoint {
    return HERE;
  }

  info(): Outcome<TcpInfo> {
    return new Failure('ERR_UNSUPPORTED');
  }
}
