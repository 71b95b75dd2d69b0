/** The modules that `require` finds in every machine, before it looks on the disk. */
import { createRequire } from 'node:module';
import { forbidden, type Powers } from './libraries.ts';
import type { Machine } from './machine.ts';

/** Modules in TypeScript, and the file that has each. They are loaded when a script asks for the first of them. */
const FILES: Readonly<Record<string, string>> = {
  socket: './modules/socket.js',
  'socket.core': './modules/socket.js',
  'socket.http': './modules/http.js',
};

/** Modules of LuaSocket and LuaSec that we have not yet. A program may bring them, or the disk have them. */
const TO_COME: ReadonlySet<string> = new Set(['socket.ftp', 'socket.smtp', 'socket.tp', 'ssl', 'ssl.https']);

/** What such a file exports. */
export interface ModuleFile {
  /** Pushes the module's table, for one machine. */
  open(machine: Machine): import('./state.ts').HostFunction;
}

export function openModules(machine: Machine, powers: Powers): void {
  const load = createRequire(import.meta.url);
  for (const [name, file] of Object.entries(FILES)) {
    machine.preload(name, (lua) => {
      if (!powers.network) return forbidden(name, 'network')(lua);
      return (load(file) as ModuleFile).open(machine)(lua);
    });
  }

  // The last of the searchers, so that it speaks only where all others have found nothing.
  const { main: lua } = machine;
  lua.getGlobal('package');
  lua.getField(-1, 'searchers');
  machine.pushFunction(lua, (caller) =>
    TO_COME.has(caller.text(1)) ? caller.give(`moonsocket has no module '${caller.text(1)}' yet`) : 0,
  );
  lua.setItem(-2, Number(lua.vm.api.lua_rawlen(lua.L, -2)) + 1);
  lua.pop(2);
}
