/** The module `socket.tp`, commands and numbered replies over any connection of a program's: what lines may hold is our tp's. */
import { ProtocolError } from '../../../core/errors.ts';
import { REPLY_LINE_LIMIT } from '../../../core/limits.ts';
import { commandLine } from '../../../protocol/tp/line.ts';
import { type Reply, readReply } from '../../../protocol/tp/reply.ts';
import type { ModuleFile } from '../../modules.ts';
import type { HostFunction, State } from '../../state.ts';
import { giveTask } from '../../task.ts';
import { luaModule, taskRunner } from '../base/lua-module.ts';
import { streamOver } from '../http/transport.ts';
import { refuse } from '../socket/reasons.ts';
import text from './tp.lua.ts';

export const open: ModuleFile['open'] = luaModule('socket.tp', text, (machine, lua) => ({
  run: taskRunner(machine, lua),
  line: refusing((caller) => caller.give(lineAt(caller))),
  /** `reply()`, a task that reads one from the object that it holds. */
  reply: (caller) =>
    giveTask(machine, caller, (task) => ({
      flow: readReply(streamOver(task, REPLY_LINE_LIMIT)),
      give: giveReply,
      fail: refuseReply,
    })),
}));

/** The line of `(command, argument)`. */
function lineAt(lua: State): Buffer {
  const argument = lua.isAbsent(2) ? undefined : lua.data(2);
  return commandLine(lua.text(1).toUpperCase(), argument).bytes;
}

/** A refusal is `nil, message`. */
export function refusing(f: HostFunction): HostFunction {
  return (lua) => {
    try {
      return f(lua);
    } catch (error) {
      return refuse(lua, error);
    }
  };
}

/** The code, and all lines as they came. */
function giveReply(lua: State, { code, written }: Reply): number {
  return lua.give(BigInt(code), written.map((line) => line.toString('latin1')).join('\n'));
}

function refuseReply(lua: State, error: unknown): number {
  if (error instanceof ProtocolError) return lua.refuse('invalid server reply');
  return refuse(lua, error);
}
