/** The module `socket.unix`: a table of what makes Unix sockets, which is callable for the first of it. */
import type { Bindings } from '../../bindings.ts';
import type { HostFunction, State } from '../../state.ts';
import { dgramFunction } from './unix-dgram.ts';
import { streamFunction } from './unix-stream.ts';

export function open(machine: Bindings): HostFunction {
  return (lua) => {
    const stream = streamFunction(machine, lua);
    const dgram = dgramFunction(machine, lua);
    const __call: HostFunction = (caller: State) => stream(caller);
    lua.newTable();
    // LuaSocket's older names are `tcp` and `udp`. The table is its own metatable.
    machine.setFunctions(lua, { stream, tcp: stream, dgram, udp: dgram, __call });
    lua.pushCopy(-1);
    machine.vm.api.lua_setmetatable(lua.L, -2);
    return 1;
  };
}
