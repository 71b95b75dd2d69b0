/** The parts of the host that a script may use: as an embedder names them, and as a machine has them. */
import { Raise } from './errors.ts';
import type { OpenFile } from './host/files.ts';
import { AllFiles, type Files } from './host/paths.ts';
import { Network, type NetworkPermission } from './network.ts';
import type { HostFunction } from './state.ts';

/** A folder of the host's, which nothing leads out of. */
export interface FilesPermission {
  /** Its path. To the script it is both `/` and the current directory. */
  readonly root: string;
  /** Whether files in it may be made, written, renamed and removed; false by default. */
  readonly write?: boolean;
}

/** Parts of the host that a script may use. Each is false by default. */
export interface Permissions {
  /**
   * Files: to read, write, remove, load and `require`. With `true` all that the process may open, but what is in /proc and /sys,
   * and of devices only /dev/null, zero, full, urandom and tty.
   */
  readonly files: boolean | FilesPermission;
  /** Commands of the shell, which may do whatever the process may: none of the other permissions bounds them. */
  readonly processes: boolean;
  /** Sockets, and names of hosts. `true` is TCP and UDP; Unix sockets are named (`{ unix: true }`). */
  readonly network: boolean | NetworkPermission;
  /**
   * Precompiled code, and the functions of `debug` that can do the same: Lua trusts both, and a script that forges them
   * reads and writes all memory of its machine. No other memory can be read then either, but `instructions` bounds nothing.
   */
  readonly bytecode: boolean;
}

/** The names that `forbidden` shows. */
export type PermissionName = keyof Permissions | `network.${'tcp' | 'udp' | 'unix'}`;

/** The parts of the host that a machine has. */
export interface Reach {
  readonly streams: readonly [OpenFile, OpenFile, OpenFile];
  readonly env: Readonly<Record<string, string>>;
  readonly files: Files;
  readonly processes: boolean;
  readonly network: Network;
  readonly bytecode: boolean;
  /** The program `lua`, which its user trusts as any other program: descriptors are numbers to it, as to LuaSocket. */
  readonly trusted: boolean;
}

export type Granted = Omit<Reach, 'streams' | 'env'>;

/** The whole host. */
export function everything(): Granted {
  const network = new Network({ tcp: true, udp: true, unix: true });
  return { files: new AllFiles(), processes: true, network, bytecode: true, trusted: true };
}

/** Stands for a function that the script may not use: it raises an error with the permission's name. */
export function forbidden(name: string, permission: PermissionName): HostFunction {
  return () => {
    throw new Raise(`${name}: not permitted (permission '${permission}')`);
  };
}
