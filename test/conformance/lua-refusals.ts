/** What the Lua face refuses to the suite: what LuaSocket has nothing for. Each error says what there is instead. */
import { unsupported } from '../../src/core/errors.ts';
import type { ToLua } from '../../src/entry/lua.ts';

export type Options = Readonly<Record<string, ToLua>> | undefined;

/** What LuaSocket has instead of an option. */
const INSTEAD: Readonly<Record<string, string>> = {
  signal: 'LuaSocket has settimeout alone to bound a call',
  limit: "LuaSocket's receive gathers whatever comes",
};

/** Throws where an option is given that LuaSocket has nothing for. */
export function refuse(call: string, options: Options, ...known: readonly string[]): void {
  for (const [name, value] of Object.entries(options ?? {})) {
    if (value === undefined || known.includes(name)) continue;
    throw unsupported(`${call} with the option ${name}`, INSTEAD[name] ?? 'LuaSocket has no such option');
  }
}

/** What LuaSocket has nothing for at all. */
export function absent(what: string, instead = 'LuaSocket has no such thing'): never {
  throw unsupported(what, instead);
}
