/** The modules that `require` finds in every machine, before it looks on the disk. */
import { createRequire } from 'node:module';
import { forbidden, type Powers } from './libraries.ts';
import type { Machine } from './machine.ts';

/** Modules in TypeScript, and the file that has each. They are loaded when a script asks for the first of them. */
const FILES: Readonly<Record<string, string>> = {
  socket: './modules/socket.js',
  'socket.core': './modules/socket.js',
  'socket.serial': './modules/serial.js',
  'socket.unix': './modules/unix.js',
};

/** What a module asks for besides the network: a serial line is opened by its path. */
const NEEDS_FILES = ['socket.serial'];

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
      if (NEEDS_FILES.includes(name) && !powers.files) return forbidden(name, 'files')(lua);
      return (load(file) as ModuleFile).open(machine)(lua);
    });
  }
}
