/**
 * LuaSocket's objects with the methods of the library's. Each call is one of LuaSocket's; what has no such call is refused.
 */
import type { FromLua, ToLua } from '../../src/entry/lua.ts';
import { bytesOf, codeOf, failure, invokeLua, succeeded } from './lua-machine.ts';
import { absent, type Options, refuse } from './lua-refusals.ts';

type Encoding = BufferEncoding | 'buffer';

/** What every object of LuaSocket's has, in its words. */
export class LuaObject {
  readonly number: number;

  constructor(number: number) {
    this.number = number;
  }

  /** Calls a method that gives what was asked for, or `nil` and a word. */
  protected call(method: string, ...args: readonly ToLua[]): FromLua[] {
    return this.callAs(method, method, ...args);
  }

  /** The same; errors call it by another name. */
  protected callAs(name: string, method: string, ...args: readonly ToLua[]): FromLua[] {
    return succeeded(name, invokeLua(this.number, method, ...args));
  }

  settimeout(seconds: number | null, mode?: string): void {
    this.call('settimeout', seconds, mode);
  }

  /** What is infinite, or below zero, waits for ever. */
  gettimeout(): { block: number | null; total: number | null } {
    const [block, total] = this.call('gettimeout').map((seconds) => {
      return Number.isFinite(seconds) && (seconds as number) >= 0 ? (seconds as number) : null;
    });
    return { block: block!, total: total! };
  }

  setoption(name: string, value: ToLua): void {
    this.call('setoption', name, value);
  }

  getoption(name: string): unknown {
    const [value] = this.call('getoption', name);
    if (value === null) return undefined;
    return name === 'error' ? codeOf(value!) : value;
  }

  getsockname(): unknown {
    return endpoint(this.call('getsockname'));
  }

  detach(): never {
    return absent('giving a descriptor away', 'LuaSocket has setfd(-1)');
  }

  getfd(): number {
    return this.call('getfd')[0] as number;
  }

  close(): void {
    this.call('close');
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** A path alone, or an address, a port and a family. */
function endpoint([address, port, family]: FromLua[]): unknown {
  return port === undefined ? String(address) : { address, port, family };
}

export class Client extends LuaObject {
  /**
   * What the last receive had when it failed, which LuaSocket gives away. The next one gets it as its prefix: so LuaSocket's
   * programs go on after a timeout.
   */
  #partial: Buffer = Buffer.alloc(0);

  receive(pattern?: ToLua, options: { encoding?: Encoding; prefix?: string | Uint8Array } = {}): string | Buffer {
    if (typeof pattern === 'object' && pattern !== null)
      absent('receive with { until }', 'LuaSocket has the patterns *l, *a and a number');
    refuse('receive', options, 'encoding', 'prefix');
    const { encoding = typeof pattern === 'number' || pattern === '*a' ? 'buffer' : 'utf8' } = options;
    const own = Buffer.from(options.prefix ?? '');
    const prefix = Buffer.concat([own, this.#partial]);
    // Without a prefix lines take a shorter way.
    const [data, word, rest] = invokeLua(this.number, 'receive', pattern, ...(prefix.length > 0 ? [prefix] : []));
    if (data === null) {
      const partial = bytesOf(rest);
      this.#partial = partial.subarray(own.length);
      throw failure('receive', word as string, { partial: () => partial });
    }
    this.#partial = Buffer.alloc(0);
    const bytes = bytesOf(data);
    return encoding === 'buffer' ? bytes : bytes.toString(encoding);
  }

  /** `subarray` counts from 0 and leaves the end out; LuaSocket counts from 1, sends the end too, and tells the last index. */
  send(data: string | Uint8Array, start?: number, end?: number, options?: Options): number {
    refuse('send', options);
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    const first = start === undefined || start < 0 ? start : start + 1;
    const last = end === undefined || end >= 0 ? end : end - 1;
    const before = start === undefined ? 0 : start < 0 ? Math.max(0, bytes.length + start) : start;
    const [index, word, failedAt] = invokeLua(this.number, 'send', bytes, first, last);
    if (index !== null) return (index as number) - before;
    // LuaSocket has one word for all ways of being closed. That of a send which has a descriptor is the pipe's.
    const code = word === 'closed' && this.getfd() >= 0 ? 'EPIPE' : codeOf(word!);
    throw failure('send', word as string, { sent: (failedAt as number) - before }, code);
  }

  shutdown(how?: string): void {
    this.call('shutdown', how);
  }

  getstats(): unknown {
    const [received, sent, age] = this.call('getstats');
    return { received, sent, age };
  }

  setstats({ received, sent, age }: { received?: number; sent?: number; age?: number }): void {
    this.call('setstats', received, sent, age);
  }

  dirty(): boolean {
    return this.call('dirty')[0] as boolean;
  }

  getpeername(): unknown {
    return endpoint(this.call('getpeername'));
  }

  info(): never {
    return absent('info');
  }

  lines(): never {
    return absent('lines()', 'LuaSocket has receive in a loop');
  }

  get readable(): never {
    return absent('a web stream', 'LuaSocket has socket.source');
  }

  get writable(): never {
    return absent('a web stream', 'LuaSocket has socket.sink');
  }
}

export class Server extends LuaObject {
  accept(options?: Options): Client {
    refuse('accept', options);
    return new Client(this.call('accept')[0] as number);
  }

  get closed(): boolean {
    return this.getfd() < 0;
  }

  get dropped(): never {
    return absent('dropped', 'LuaSocket does not look at the queue of the kernel');
  }

  [Symbol.iterator](): never {
    return absent('iteration over a server', 'LuaSocket has accept in a loop');
  }
}

/** An object that may become a server or a client. In Lua it is the same one then, so it is shared. */
export class Master extends LuaObject {
  /** Takes a host and a port, or a path. */
  bind(...name: readonly ToLua[]): void {
    this.callAs(`bind ${name.join(':')}`, 'bind', ...name);
  }

  listen(backlog?: number): Server {
    this.call('listen', backlog);
    return new Server(this.number);
  }

  connect(...args: readonly ToLua[]): Client {
    const name = args.filter((arg) => typeof arg !== 'object' || arg === null);
    refuse('connect', args.find((arg) => typeof arg === 'object' && arg !== null) as Options);
    this.callAs(`connect ${name.join(':')}`, 'connect', ...name);
    return new Client(this.number);
  }
}

export class Udp extends LuaObject {
  send(data: string | Uint8Array): number {
    return this.call('send', data)[0] as number;
  }

  sendto(data: string | Uint8Array, address: string, port: number): number {
    return this.call('sendto', data, address, port)[0] as number;
  }

  receive(size?: number, options?: Options): Buffer {
    refuse('receive', options);
    return bytesOf(this.call('receive', size)[0]);
  }

  receivefrom(size?: number, options?: Options): unknown {
    refuse('receivefrom', options);
    const [data, address, port] = this.call('receivefrom', size);
    return { data: bytesOf(data), address, port };
  }

  setsockname(address: string, port: number): void {
    this.callAs(`setsockname ${address}:${port}`, 'setsockname', address, port);
  }

  setpeername(address: string, port?: number): void {
    this.callAs(`setpeername ${address}:${port}`, 'setpeername', address, port);
  }

  getpeername(): unknown {
    return endpoint(this.call('getpeername'));
  }

  getstats(): never {
    return absent('getstats of a UDP socket', 'LuaSocket has none for them');
  }

  sendmany(): never {
    return absent('sendmany', 'LuaSocket has sendto');
  }

  receivemany(): never {
    return absent('receivemany', 'LuaSocket has receivefrom');
  }
}
