/** The modules that `require` finds in every machine, before it looks on the disk. */
import { createRequire } from 'node:module';
import { forbidden, type Powers } from './libraries.ts';
import type { Machine } from './machine.ts';

/** A module's file, which is loaded when a script asks for the module, and the permission that it takes. */
interface Entry {
  readonly file: string;
  readonly permission?: keyof Powers;
}

const MODULES: Readonly<Record<string, Entry>> = {
  ltn12: { file: './modules/ltn12.js' },
  mime: { file: './modules/mime.js' },
  'mime.core': { file: './modules/mime-core.js' },
  socket: { file: './modules/socket.js', permission: 'network' },
  'socket.core': { file: './modules/socket.js', permission: 'network' },
  'socket.headers': { file: './modules/headers.js' },
  'socket.url': { file: './modules/url.js' },
};

/** What such a file exports. */
export interface ModuleFile {
  /** Pushes the module's table, for one machine. */
  open(machine: Machine): import('./state.ts').HostFunction;
}

export function openModules(machine: Machine, powers: Powers): void {
  const load = createRequire(import.meta.url);
  for (const [name, { file, permission }] of Object.entries(MODULES)) {
    machine.preload(name, (lua) => {
      if (permission !== undefined && !powers[permission]) return forbidden(name, permission)(lua);
      return (load(file) as ModuleFile).open(machine)(lua);
    });
  }
}
