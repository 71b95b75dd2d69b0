/**
 * Lua's standard libraries on the host. Most of `io` and `os` is the engine's own C code over our system calls; here is what
 * that code has not, or has otherwise than the `lua` of the system: commands, processor time, names for temporary files,
 * and the numbers of errors.
 */
import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import type { Bindings } from './bindings.ts';
import { openCompatible } from './compat.ts';
import { engineErrno, hostErrno, SystemFailure } from './host/errno.ts';
// biome-ignore lint/correctness/useImportExtensions: it is JavaScript, and there is no TypeScript of it
import onDemand from './on-demand.cjs';
import { forbidden } from './permissions.ts';
import type { HostFunction, State } from './state.ts';

const { O_CREAT, O_EXCL, O_WRONLY } = constants;

type Shell = typeof import('./host/shell.ts');

/** Debian's folders of Lua modules, which the engine's own path leaves out. */
const DEBIAN = '/usr/share/lua/5.4/?.lua;/usr/share/lua/5.4/?/init.lua;';
/** The end of the engine's own path, as far as it is absolute. */
const LOCAL = '/usr/local/lib/lua/5.4/?/init.lua;';

/** Places of the fields in a `luaL_Stream`, in words: the C FILE, and the function that closes it. */
const CLOSE_AT = 1;

/** C functions of the engine whose third result after a failure is an error number. (That of close may be an exit status.) */
const FAILING = { io: ['open', 'read', 'write', 'tmpfile'], os: ['remove', 'rename'] } as const;
const FAILING_METHODS = ['flush', 'read', 'seek', 'setvbuf', 'write'] as const;

/** The error number that the engine's C library does not set when a file opened for reading is written, or the other way round. */
const ENGINE_EBADF = engineErrno(new SystemFailure('EBADF'));

/** Opens the standard libraries, with as much of the host behind them as the machine may reach. */
export function openLibraries(machine: Bindings): void {
  const { main: lua, vm } = machine;
  const { processes, files, trusted } = machine.reach;
  vm.api.luaL_openlibs(lua.L);
  for (const [library, names] of Object.entries(FAILING)) {
    lua.getGlobal(library);
    withHostErrno(machine, lua, names);
    lua.pop();
  }
  lua.getGlobal('io');
  lua.getField(-1, 'stdout');
  vm.api.luaL_getmetafield(lua.L, -1, vm.word('__index'));
  withHostErrno(machine, lua, FAILING_METHODS);
  machine.setFunctions(lua, { seek: seek(machine) });
  lua.pop(2);
  machine.setFunctions(lua, { popen: processes ? popen(machine) : forbidden('io.popen', 'processes') });
  // C's own makes its file in /tmp.
  if (files.any && !trusted) machine.setFunctions(lua, { tmpfile: tmpfile(machine) });
  lua.pop();
  lua.getGlobal('os');
  machine.setFunctions(lua, {
    clock,
    execute: processes ? execute : forbidden('os.execute', 'processes'),
    tmpname: files.any ? tmpname(machine) : forbidden('os.tmpname', 'files'),
    setlocale: setlocale(machine),
  });
  lua.pop();
  openCompatible(machine);
  lua.getGlobal('package');
  lua.getField(-1, 'path');
  lua.push(lua.text(-1).replace(LOCAL, LOCAL + DEBIAN));
  lua.setField(-3, 'path');
  lua.pop(2);
}

/** Gives functions in the table on top the host's error numbers. Each runs in the frame of its replacement. */
function withHostErrno(machine: Bindings, lua: State, names: readonly string[]): void {
  const errno = machine.vm.api.__errno_location() >> 2;
  const replacements = names.map((name): [string, HostFunction] => {
    const call = machine.original(name);
    return [
      name,
      (caller) => {
        machine.vm.words[errno] = ENGINE_EBADF;
        const count = call(caller);
        if (count !== 3 || !caller.isAbsent(-3) || !caller.isInteger(-1)) return count;
        const number = hostErrno(caller.toNumber(-1));
        caller.pop();
        caller.push(BigInt(number));
        return count;
      },
    ];
  });
  machine.setFunctions(lua, Object.fromEntries(replacements));
}

/** The engine's own knows no other place than 0 of standard output and errors. */
function seek(machine: Bindings): HostFunction {
  const others = machine.original('seek');
  const { kernel, vm } = machine;
  return (lua) => {
    const stream = vm.api.luaL_testudata(lua.L, 1, vm.word('FILE*')) >> 2;
    const file = stream === 0 || vm.words[stream + CLOSE_AT] === 0 ? 0 : vm.words[stream]!;
    if (file === 0 || !kernel.isOutput(file)) return others(lua);
    const whence = ['set', 'cur', 'end'].indexOf(lua.optText(2, 'cur'));
    if (whence < 0) return lua.argumentError(2, `invalid option '${lua.text(2)}'`);
    const offset = lua.optInteger(3, 0);
    vm.api.fflush(file);
    try {
      return lua.give(BigInt(kernel.fileOf(file).seek(offset, whence)));
    } catch (thrown) {
      vm.words[vm.api.__errno_location() >> 2] = engineErrno(thrown);
      vm.api.luaL_fileresult(lua.L, 0, 0);
      lua.pop();
      lua.push(BigInt(hostErrno(engineErrno(thrown))));
      return 3;
    }
  };
}

/** The engine has C's own locale, whatever it is asked for; it has another name, and the environment's is taken for it. */
function setlocale(machine: Bindings): HostFunction {
  const checked = machine.original('setlocale');
  return (lua) => {
    const name = lua.optText(1, 'C');
    checked(lua); // the category
    return lua.give(['C', 'POSIX', ''].includes(name) ? 'C' : null);
  };
}

const clock: HostFunction = (lua) => {
  const { user, system } = process.cpuUsage();
  return lua.give((user + system) / 1e6);
};

const execute: HostFunction = (lua) => {
  if (lua.isAbsent(1)) return lua.give(onDemand.shell().hasShell());
  return giveEnd(lua, onDemand.shell().execute(lua.data(1)));
};

/** As C's `l_execresult`: true or nil, how it ended, and with which number. */
function giveEnd(lua: State, { how, code }: { readonly how: string; readonly code: number }): number {
  return lua.give(how === 'exit' && code === 0 ? true : null, how, BigInt(code));
}

function tmpname({ reach }: Bindings): HostFunction {
  return (lua) => {
    const name = reach.files.temporary();
    reach.files.opening(name, O_WRONLY | O_CREAT | O_EXCL, (place, flags) => closeSync(openSync(place, flags, 0o600)));
    return lua.give(name);
  };
}

/** A file that has no name as soon as it is open. */
function tmpfile(machine: Bindings): HostFunction {
  const open = machine.original('open');
  return (lua) => {
    const { files } = machine.reach;
    const name = files.temporary();
    lua.top = 0;
    lua.push(name);
    lua.push('w+');
    const count = open(lua);
    if (count === 1) files.entry(name, true, unlinkSync);
    return count;
  };
}

/** A file of the engine's that is a command at the other end; closing it tells how that ended. */
function popen(machine: Bindings): HostFunction {
  const { api } = machine.vm;
  const open = machine.original('open');
  const commands = new Map<number, ReturnType<Shell['Command']['start']>>();
  let closeFile = 0;
  const close: HostFunction = (caller) => {
    const at = api.lua_touserdata(caller.L, 1);
    const command = commands.get(at)!;
    commands.delete(at);
    machine.callC(closeFile, caller);
    return giveEnd(caller, command.ended!);
  };
  const closeIndex = machine.functionIndex(close);
  return (caller) => {
    const command = caller.data(1);
    const mode = caller.optText(2, 'r');
    if (mode !== 'r' && mode !== 'w') return caller.argumentError(2, 'invalid mode');
    const started = onDemand.shell().Command.start(command, mode);
    caller.top = 0;
    caller.push(command);
    caller.push(mode);
    const count = machine.kernel.openAs(started, () => open(caller));
    const at = api.lua_touserdata(caller.L, -1);
    const memory = machine.vm.words;
    closeFile = memory[(at >> 2) + CLOSE_AT]!;
    memory[(at >> 2) + CLOSE_AT] = closeIndex;
    commands.set(at, started);
    return count;
  };
}
