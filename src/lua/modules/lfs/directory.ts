/** `lfs.dir`, and the objects that it gives. */
import { constants, readdirSync } from 'node:fs';
import type { Bindings, Functions, HostObject } from '../../bindings.ts';
import { Raise } from '../../errors.ts';
import type { HostFunction, State } from '../../state.ts';
import { pathAt, systemError } from './calls.ts';

const CLASS = 'directory metatable';

/** The names in a folder, those that are left. */
class Directory implements HostObject {
  readonly className = CLASS;
  names: Buffer[] | undefined;

  constructor(names: Buffer[]) {
    this.names = names;
  }

  collected(): void {
    this.names = undefined;
  }
}

export function directoryFunctions(machine: Bindings, lua: State): Functions {
  const directory = (caller: State): Directory => machine.object<Directory>(caller, 1, CLASS);
  const next: HostFunction = (caller) => {
    const object = directory(caller);
    if (object.names === undefined) return caller.argumentError(1, 'closed directory');
    const name = object.names.pop();
    if (name === undefined) object.collected();
    return name === undefined ? 0 : caller.give(name);
  };
  const close: HostFunction = (caller) => {
    directory(caller).collected();
    return 0;
  };
  machine.defineClass(lua, { name: CLASS, groups: [], methods: { next, close } });
  lua.vm.api.luaL_newmetatable(lua.L, lua.vm.word(CLASS)); // which is there
  machine.setFunctions(lua, { __close: close });
  lua.pop();
  return {
    /** What a loop takes: the iterator, its object, and the object again, to be closed. */
    dir(caller) {
      const name = pathAt(caller, 1);
      let names: Buffer[];
      try {
        names = machine.reach.files.opening(name, constants.O_RDONLY, (place) => readdirSync(place, 'buffer'));
      } catch (error) {
        const { text } = systemError(machine, caller, error);
        throw new Raise(`cannot open ${name.toString('latin1')}: ${text}`);
      }
      machine.pushFunction(caller, next);
      machine.pushObject(caller, new Directory([...names.reverse(), Buffer.from('..'), Buffer.from('.')]));
      caller.push(null);
      caller.pushCopy(-2);
      return 4;
    },
  };
}
