/** The modules that `require` finds in every machine, before it looks on the disk. */
import type { Bindings } from './bindings.ts';
// biome-ignore lint/correctness/useImportExtensions: it is JavaScript, and there is no TypeScript of it
import onDemand from './on-demand.cjs';
import { forbidden, type Granted, type PermissionName } from './permissions.ts';

/**
 * A module's file, and the permissions that it takes. It is loaded when a script asks for the module: HTTP alone takes longer to
 * load than all of Lua.
 */
interface ModuleEntry {
  readonly load: () => ModuleFile;
  readonly needs: readonly PermissionName[];
}

const MODULES: Readonly<Record<string, ModuleEntry>> = {
  ltn12: { load: onDemand.ltn12, needs: [] },
  mime: { load: onDemand.mime, needs: [] },
  'mime.core': { load: onDemand.mimeCore, needs: [] },
  socket: { load: onDemand.socket, needs: ['network'] },
  'socket.core': { load: onDemand.socket, needs: ['network'] },
  'socket.headers': { load: onDemand.headers, needs: [] },
  'socket.url': { load: onDemand.url, needs: [] },
  // A serial line is opened by its path.
  'socket.serial': { load: onDemand.serial, needs: ['network', 'files'] },
  'socket.unix': { load: onDemand.unix, needs: ['network', 'network.unix'] },
  'socket.http': { load: onDemand.http, needs: ['network', 'network.tcp'] },
  // Without a network there are contexts and certificates, and no connection can be made.
  ssl: { load: onDemand.ssl, needs: [] },
  'ssl.config': { load: onDemand.sslConfig, needs: [] },
  'ssl.context': { load: onDemand.sslContext, needs: [] },
  'ssl.core': { load: onDemand.sslCore, needs: [] },
  'ssl.https': { load: onDemand.https, needs: ['network', 'network.tcp'] },
  'ssl.x509': { load: onDemand.x509, needs: [] },
};

/** Modules of LuaSocket that we have not yet. A program may bring them, or the disk have them. */
const TO_COME: ReadonlySet<string> = new Set(['socket.ftp', 'socket.smtp', 'socket.tp']);

/** The exports of such a file. */
export interface ModuleFile {
  /** Pushes the module's table, for one machine. */
  open(machine: Bindings): import('./state.ts').HostFunction;
}

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
  for (const [name, { load, needs }] of Object.entries(MODULES)) {
    machine.preload(name, (lua) => {
      const missing = needs.find((need) => !isGiven(machine.reach, need));
      if (missing !== undefined) return forbidden(name, missing)(lua);
      return load().open(machine)(lua);
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
  if (reach.processes) attempt(onDemand.shell);
  for (const { load, needs } of Object.values(MODULES)) {
    if (needs.every((need) => isGiven(reach, need))) attempt(load);
  }
}

function attempt(loading: () => unknown): void {
  try {
    loading();
  } catch {
    // the package koffi is not there
  }
}
