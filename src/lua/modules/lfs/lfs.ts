/** The module `lfs`, LuaFileSystem 1.8: the host's files as far as the machine may reach them. */
import { constants, linkSync, mkdirSync, rmdirSync, symlinkSync, utimesSync } from 'node:fs';
import type { Bindings, Functions } from '../../bindings.ts';
import { denied } from '../../host/paths.ts';
import type { HostFunction } from '../../state.ts';
import { attributes } from './attributes.ts';
import { attempted, giveSystemError, pathAt, systemError } from './calls.ts';
import { directoryFunctions } from './directory.ts';
import { lockFunctions } from './locks.ts';

const VERSION = 'LuaFileSystem 1.8.0';
const DESCRIPTION =
  'LuaFileSystem is a Lua library developed to complement the set of functions related to file systems offered by the standard Lua distribution';
const COPYRIGHT = 'Copyright (C) 2003-2017 Kepler Project';
/** What a new folder permits, less the process's umask. */
const FOLDER_MODE = 0o775;

export function open(machine: Bindings): HostFunction {
  return (lua) => {
    lua.newTable();
    machine.setFunctions(lua, {
      ...changes(machine),
      attributes: attributes(machine, true),
      symlinkattributes: attributes(machine, false),
      ...directoryFunctions(machine, lua),
      ...lockFunctions(machine, lua),
    });
    for (const [name, value] of Object.entries({
      _VERSION: VERSION,
      _DESCRIPTION: DESCRIPTION,
      _COPYRIGHT: COPYRIGHT,
    })) {
      lua.push(value);
      lua.setField(-2, name);
    }
    return 1;
  };
}

function changes(machine: Bindings): Functions {
  const { files } = machine.reach;
  return {
    mkdir: (lua) => {
      const name = pathAt(lua, 1);
      return attempted(machine, lua, () => files.entry(name, true, (place) => mkdirSync(place, FOLDER_MODE)));
    },
    rmdir: (lua) => {
      const name = pathAt(lua, 1);
      return attempted(machine, lua, () => files.entry(name, true, rmdirSync));
    },
    chdir(lua) {
      const name = pathAt(lua, 1);
      try {
        files.enter(name);
        return lua.give(true);
      } catch (error) {
        const { text } = systemError(machine, lua, error);
        return lua.give(null, `Unable to change working directory to '${name.toString('latin1')}'\n${text}\n`);
      }
    },
    currentdir(lua) {
      try {
        return lua.give(files.current);
      } catch (error) {
        return giveSystemError(machine, lua, error);
      }
    },
    /** `(old, new, symbolic)` */
    link(lua) {
      const [old, name] = [pathAt(lua, 1), pathAt(lua, 2)];
      const symbolic = lua.truthy(3);
      return attempted(machine, lua, () => {
        if (symbolic) files.entry(files.links ? name : denied(), true, (place) => symlinkSync(old, place));
        else
          files.entry(files.links ? old : denied(), true, (from) =>
            files.entry(name, true, (to) => linkSync(from, to)),
          );
      });
    },
    /** `(path, access, modification)`: seconds, both now if neither is given. */
    touch(lua) {
      const name = pathAt(lua, 1);
      const isNow = lua.top === 1;
      const access = isNow ? Date.now() / 1000 : Math.trunc(lua.optNumber(2, 0));
      const modification = isNow ? access : lua.optInteger(3, access);
      return attempted(machine, lua, () =>
        files.opening(name, constants.O_RDWR, (place) => utimesSync(place, access, modification)),
      );
    },
  };
}
