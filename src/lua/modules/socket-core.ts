/** The module socket.core. */
import type { Machine } from '../machine.ts';
import type { HostFunction } from '../state.ts';
export function open(_machine: Machine): HostFunction {
  return (lua) => {
    lua.newTable();
    return 1;
  };
}
