/**
 * The answers of a program's Lua functions to what OpenSSL asks in a handshake. What a function raises ends the handshake
 * with an alert, and is raised by the call that has led to it, once OpenSSL has returned.
 */
import type { Pointer } from '../../../posix/libc/functions.ts';
import type { Answers } from '../../../posix/openssl/answers.ts';
import { openssl } from '../../../posix/openssl/functions.ts';
import { isThere, reading } from '../../../posix/openssl/memory.ts';
import { moreOpenssl } from '../../../posix/openssl/more-functions.ts';
import { LUA_TNUMBER, LUA_TSTRING, LUA_TUSERDATA } from '../../api.ts';
import type { Bindings } from '../../bindings.ts';
import type { Reference, State } from '../../state.ts';
import { contextAt, type SslContext } from './ssl-context.ts';

/** The connection whose handshake it is. */
export interface Shaking {
  readonly machine: Bindings;
  /** That of the name which the client has asked for, once it is known. */
  context: SslContext;
  readonly names: { readonly map: Reference; readonly strict: boolean } | undefined;
  /** Something is wrong with the peer's certificate at this depth. */
  noteError(error: number, depth: number): void;
}

/** An error value of Lua's, kept until OpenSSL has returned. */
class Kept {
  readonly value: Reference;

  constructor(value: Reference) {
    this.value = value;
  }
}

/** Calls the function and the arguments on top, and takes its results before they go. */
export function askFunction<T>(lua: State, args: number, results: number, take: () => T): T {
  const top = lua.top - args - 1;
  if (!lua.pcall(args, results)) throw new Kept(lua.keep());
  const taken = take();
  lua.top = top;
  return taken;
}

/** Makes a call in which functions of the program are asked, and raises what they have raised. */
export function raising<T>(lua: State, call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof Kept)) throw error;
    lua.pushKept(error.value);
    lua.release(error.value);
    return lua.raiseTop();
  }
}

/** The answers for a connection's handshake, which `lua` has called for. */
export class LuaAnswers implements Answers {
  readonly #lua: State;
  readonly #connection: Shaking;
  #parameters: Pointer | null = null;

  constructor(lua: State, connection: Shaking) {
    lua.vm.api.luaL_checkstack(lua.L, ROOM, lua.vm.word('no room for callbacks'));
    this.#lua = lua;
    this.#connection = connection;
  }

  get #context(): SslContext {
    return this.#connection.context;
  }

  get ignoresPurpose(): boolean {
    return this.#context.ignoresPurpose;
  }

  goesOn(error: number, depth: number): boolean {
    this.#connection.noteError(error, depth);
    return this.#context.continues;
  }

  context(name: string): Pointer | undefined | null {
    const { names } = this.#connection;
    if (names === undefined) return undefined;
    const lua = this.#lua;
    lua.pushKept(names.map);
    lua.push(name);
    lua.vm.api.lua_rawget(lua.L, -2);
    const found = lua.type(-1) === LUA_TUSERDATA ? contextAt(this.#connection.machine, lua, lua.top) : undefined;
    lua.pop(2);
    if (found === undefined) return names.strict ? null : undefined;
    this.#connection.context = found;
    return found.pointer;
  }

  protocol(offered: Buffer): string | undefined {
    const lua = this.#lua;
    if (!this.#push('alpn')) return undefined;
    lua.push(offered);
    const own = askFunction(lua, 1, 1, () => (isText(lua, -1) ? lua.data(lua.top) : undefined));
    const theirs = new Set(namesIn(offered));
    return own && namesIn(own).find((name) => theirs.has(name));
  }

  identity(hint: Buffer | undefined, room: number, keyRoom: number): { name: Buffer; key: Buffer } | undefined {
    const lua = this.#lua;
    if (!this.#push('psk')) return undefined;
    lua.give(hint, BigInt(room), BigInt(keyRoom));
    return askFunction(lua, 3, 2, () =>
      isText(lua, -1) && isText(lua, -2) ? { name: lua.data(lua.top - 1), key: lua.data(lua.top) } : undefined,
    );
  }

  key(identity: Buffer, keyRoom: number): Buffer | undefined {
    const lua = this.#lua;
    if (!this.#push('psk')) return undefined;
    lua.give(identity, BigInt(keyRoom));
    return askFunction(lua, 2, 1, () => (isText(lua, -1) ? lua.data(lua.top) : undefined));
  }

  parameters(isExport: boolean, bits: number): Pointer | null {
    const lua = this.#lua;
    if (!this.#push('dhparam')) return null;
    lua.give(isExport, bits);
    const pem = askFunction(lua, 2, 1, () => (lua.type(-1) === LUA_TSTRING ? lua.data(lua.top) : undefined));
    if (pem === undefined) return null;
    this.end();
    this.#parameters = reading(openssl(), pem, (bio) => moreOpenssl().PEM_read_bio_DHparams(bio, null, null, null));
    return this.#parameters;
  }

  /** OpenSSL has its own reference to the parameters. */
  end(): void {
    if (isThere(this.#parameters)) moreOpenssl().DH_free(this.#parameters);
    this.#parameters = null;
  }

  /** Pushes the context's function, if it has one. */
  #push(kind: 'alpn' | 'dhparam' | 'psk'): boolean {
    const reference = this.#context.function(kind);
    if (reference === undefined) return false;
    this.#lua.pushKept(reference);
    return true;
  }
}

/** Places on Lua's stack for a function and its arguments. */
const ROOM = 10;

function isText(lua: State, index: number): boolean {
  const type = lua.type(index);
  return type === LUA_TSTRING || type === LUA_TNUMBER;
}

/** The names of a list of RFC 7301's. */
function namesIn(list: Buffer): string[] {
  const names: string[] = [];
  for (let at = 0; at < list.length; at += 1 + (list[at] as number))
    names.push(list.toString('latin1', at + 1, at + 1 + (list[at] as number)));
  return names;
}
