/** Modules of which a machine has one table, by however many names and ways it is asked for. */
import type { Bindings } from '../../bindings.ts';
import type { HostFunction, State } from '../../state.ts';

/** `make` pushes the table when a machine first asks for it. */
export function singletonModule(make: (machine: Bindings, lua: State) => void): (machine: Bindings) => HostFunction {
  const made = new WeakMap<Bindings, number>();
  return (machine) => (lua) => {
    const known = made.get(machine);
    if (known !== undefined) {
      lua.pushKept(known);
      return 1;
    }
    make(machine, lua);
    lua.pushCopy(-1);
    made.set(machine, lua.keep());
    return 1;
  };
}
