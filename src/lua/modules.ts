/** The modules that `require` finds in every machine, before it looks on the disk. */
import type { Bindings } from './bindings.ts';
import { type Loadable, preloadLua } from './modules/base/lua-module.ts';
// biome-ignore lint/correctness/useImportExtensions: it is JavaScript, and there is no TypeScript of it
import onDemand from './on-demand.cjs';
import { forbidden, type Granted, type PermissionName } from './permissions.ts';
import type { HostFunction } from './state.ts';

/**
 * A module's file, and the permissions that it takes. It is loaded when a script asks for the module: HTTP alone takes longer to
 * load than all of Lua.
 */
interface ModuleEntry {
  readonly load: () => ModuleFile;
  readonly needs: readonly PermissionName[];
  /** Whether it is Lua, which a program may load once more, in another environment. */
  readonly isLua?: true;
  /** The module that has it as a field. */
  readonly fieldOf?: 'socket';
}

const IN_SOCKET = { isLua: true, fieldOf: 'socket' } as const;
const TCP = ['network', 'network.tcp'] as const;

const MODULES: Readonly<Record<string, ModuleEntry>> = {
  ltn12: { load: onDemand.ltn12, needs: [], isLua: true },
  mime: { load: onDemand.mime, needs: [], isLua: true },
  'mime.core': { load: onDemand.mimeCore, needs: [] },
  socket: { load: onDemand.socket, needs: ['network'] },
  'socket.core': { load: onDemand.socket, needs: ['network'] },
  'socket.headers': { load: onDemand.headers, needs: [], ...IN_SOCKET },
  'socket.url': { load: onDemand.url, needs: [], ...IN_SOCKET },
  // A serial line is opened by its path.
  'socket.serial': { load: onDemand.serial, needs: ['network', 'files'] },
  'socket.unix': { load: onDemand.unix, needs: ['network', 'network.unix'] },
  'socket.http': { load: onDemand.http, needs: TCP, ...IN_SOCKET },
  'socket.tp': { load: onDemand.tp, needs: TCP, ...IN_SOCKET },
  'socket.ftp': { load: onDemand.ftp, needs: TCP, ...IN_SOCKET },
  'socket.smtp': { load: onDemand.smtp, needs: TCP, ...IN_SOCKET },
  lfs: { load: onDemand.lfs, needs: ['files'] },
  mbox: { load: onDemand.mbox, needs: [], isLua: true },
  'socket.mbox': { load: onDemand.mbox, needs: [], isLua: true },
  // Without a network there are contexts and certificates, and no connection can be made.
  ssl: { load: onDemand.ssl, needs: [], isLua: true },
  'ssl.config': { load: onDemand.sslConfig, needs: [] },
  'ssl.context': { load: onDemand.sslContext, needs: [] },
  'ssl.core': { load: onDemand.sslCore, needs: [] },
  'ssl.https': { load: onDemand.https, needs: TCP, isLua: true },
  'ssl.x509': { load: onDemand.x509, needs: [] },
};

/** The exports of such a file. */
export interface ModuleFile {
  /** Pushes the module's table, for one machine; of one in Lua it gets the environment. */
  open(machine: Bindings): HostFunction;
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
  const inLua: Loadable[] = [];
  for (const [name, { load, needs, isLua, fieldOf }] of Object.entries(MODULES)) {
    const open: HostFunction = (caller) => {
      const missing = needs.find((need) => !isGiven(machine.reach, need));
      if (missing !== undefined) return forbidden(name, missing)(caller);
      return load().open(machine)(caller);
    };
    if (isLua) inLua.push({ name, open, fieldOf });
    else machine.preload(name, open);
  }
  preloadLua(machine, inLua);
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
