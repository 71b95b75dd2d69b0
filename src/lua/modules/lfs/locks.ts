/** `lfs.lock` and `unlock`, of files that are open; `lock_dir`, a file that stands for a lock; and `setmode`, which does nothing here. */
import { closeSync, constants, openSync, symlinkSync, unlinkSync } from 'node:fs';
import { Failure } from '../../../core/errors.ts';
import { LUA_TNONE } from '../../api.ts';
import type { Bindings, Functions, HostObject } from '../../bindings.ts';
import { Raise } from '../../errors.ts';
// biome-ignore lint/correctness/useImportExtensions: it is JavaScript, and there is no TypeScript of it
import onDemand from '../../on-demand.cjs';
import type { HostFunction, State } from '../../state.ts';
import { pathAt, systemError } from './calls.ts';

const { O_CREAT, O_EXCL, O_WRONLY } = constants;
const FILE_HANDLE = 'FILE*';
const CLASS = 'lock metatable';
const MODES = ['binary', 'text'];

/** A lock of a folder, until it is freed or collected. */
class FolderLock implements HostObject {
  readonly className = CLASS;
  readonly #free: () => void;
  #held = true;

  constructor(free: () => void) {
    this.#free = free;
  }

  collected(): void {
    if (this.#held) this.#free();
    this.#held = false;
  }
}

export function lockFunctions(machine: Bindings, lua: State): Functions {
  const free: HostFunction = (caller) => {
    machine.object<FolderLock>(caller, 1, CLASS).collected();
    return 0;
  };
  machine.defineClass(lua, { name: CLASS, groups: [], methods: { free } });
  const locking = (caller: State, call: string, kind: string, first: number): number => {
    const start = caller.optInteger(first, 0);
    const length = caller.optInteger(first + 1, 0);
    if (kind !== 'r' && kind !== 'w' && kind !== 'u') throw new Raise(`${call}: invalid mode`);
    const { fd } = machine.kernel.fileOf(fileAt(machine, caller, call));
    const wrong = fd === undefined ? new Failure('EBADF') : onDemand.cFiles().lockFile(fd, kind, start, length);
    if (wrong === undefined) return caller.give(true);
    return caller.give(null, systemError(machine, caller, wrong).text);
  };
  return {
    /** `(file, mode, start, length)`; the mode is r or w. */
    lock: (caller) => {
      fileAt(machine, caller, 'lock');
      return locking(caller, 'lock', caller.text(2).slice(0, 1), 3);
    },
    /** `(file, start, length)` */
    unlock: (caller) => {
      fileAt(machine, caller, 'unlock');
      return locking(caller, 'unlock', 'u', 2);
    },
    lock_dir(caller) {
      const file = Buffer.concat([pathAt(caller, 1), Buffer.from('/lockfile.lfs')]);
      const { files } = machine.reach;
      try {
        if (files.links) files.entry(file, true, (place) => symlinkSync('lock', place));
        else
          files.opening(file, O_WRONLY | O_CREAT | O_EXCL, (place, flags) => closeSync(openSync(place, flags, 0o600)));
      } catch (error) {
        return caller.give(null, systemError(machine, caller, error).text);
      }
      const unlock = (): void => {
        try {
          files.entry(file, true, unlinkSync);
        } catch (error) {
          if (!(error instanceof Error && 'code' in error)) throw error; // it is gone already
        }
      };
      machine.pushObject(caller, new FolderLock(unlock));
      return 1;
    },
    /** `(file, mode)`: files are bytes here. */
    setmode(caller) {
      fileAt(machine, caller, 'setmode');
      const mode = caller.text(2);
      if (!MODES.includes(mode)) return caller.argumentError(2, `invalid option '${mode}'`);
      return caller.give(true, 'binary');
    },
  };
}

/** The C FILE of an argument that is a file of `io`'s. */
function fileAt(machine: Bindings, lua: State, call: string): number {
  const { api, words } = machine.vm;
  if (lua.type(1) === LUA_TNONE || api.luaL_testudata(lua.L, 1, machine.vm.word(FILE_HANDLE)) === 0)
    return lua.typeError(1, FILE_HANDLE);
  const at = api.lua_touserdata(lua.L, 1) >> 2;
  if (words[at + 1] === 0) throw new Raise(`${call}: closed file`);
  return words[at]!;
}
