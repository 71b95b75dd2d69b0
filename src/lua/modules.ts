/** The modules that `require` finds in every machine, before it looks on the disk. */
import { createRequire } from 'node:module';
import type { Bindings } from './bindings.ts';
import { loadShell } from './libraries.ts';
import { forbidden, type Granted, type PermissionName } from './permissions.ts';

/**
 * A module's file, and the permissions that it takes. It is loaded when a script asks for the module: HTTP alone takes longer to
 * load than all of Lua.
 */
interface ModuleEntry {
  readonly file: string;
  readonly needs: readonly PermissionName[];
}

const MODULES: Readonly<Record<string, ModuleEntry>> = {
  ltn12: { file: './modules/pure/ltn12.js', needs: [] },
  mime: { file: './modules/pure/mime.js', needs: [] },
  'mime.core': { file: './modules/pure/mime-core.js', needs: [] },
  socket: { file: './modules/socket/socket.js', needs: ['network'] },
  'socket.core': { file: './modules/socket/socket.js', needs: ['network'] },
  'socket.headers': { file: './modules/pure/headers.js', needs: [] },
  'socket.url': { file: './modules/pure/url.js', needs: [] },
  // A serial line is opened by its path.
  'socket.serial': { file: './modules/socket/serial.js', needs: ['network', 'files'] },
  'socket.unix': { file: './modules/socket/unix.js', needs: ['network', 'network.unix'] },
  'socket.http': { file: './modules/http/http.js', needs: ['network', 'network.tcp'] },
};

/** Modules of LuaSocket and LuaSec that we have not yet. A program may bring them, or the disk have them. */
const TO_COME: ReadonlySet<string> = new Set(['socket.ftp', 'socket.smtp', 'socket.tp', 'ssl', 'ssl.https']);

/** The exports of such a file. */
export interface ModuleFile {
  /** Pushes the module's table, for one machine. */
  open(machine: Bindings): import('./state.ts').HostFunction;
}

const load: NodeJS.Require = createRequire(import.meta.url);

/** Whether a machine has a permission, or some of it. */
function isGiven({ files, processes, network, bytecode }: Granted, name: PermissionName): boolean {
  return {
    files: files.any,
    processes,
    bytecode,
    network: network.tcp || network.udp || network.unix,
    'network.tcp': network.tcp,
    'network.udp': network.udp,
    'network.unix': network.unix,
  }[name];
}

export function openModules(machine: Bindings): void {
  for (const [name, { file, needs }] of Object.entries(MODULES)) {
    machine.preload(name, (lua) => {
      const missing = needs.find((need) => !isGiven(machine.reach, need));
      if (missing !== undefined) return forbidden(name, missing)(lua);
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

/** Loads now what a script might make us load later. What cannot be loaded is said when a script asks for it. */
export function loadAhead(reach: Granted): void {
  if (reach.processes) attempt(loadShell);
  for (const { file, needs } of Object.values(MODULES)) {
    if (needs.every((need) => isGiven(reach, need))) attempt(() => load(file));
  }
}

function attempt(loading: () => unknown): void {
  try {
    loading();
  } catch {
    // the package koffi is not there
  }
}
