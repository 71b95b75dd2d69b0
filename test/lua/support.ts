/** What the tests of the Lua face stand on: our `lua` and the system's, run to their ends. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { PROGRAM } from '../cli/support.ts';
import { Child, type Cleanup, NAMESPACE, needs, PATH } from '../peers/tools.ts';

export interface Ran {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** In a network of its own, whose ports no other test uses. It needs `unshare` and `ip`. */
  readonly alone?: true;
}

/** The programs that run scripts. */
export const PROGRAMS = { ours: [process.execPath, PROGRAM, 'lua'], native: ['lua5.4'] } as const;
export type Host = keyof typeof PROGRAMS;

/** Starts a script beside the test. */
export function start(cleanup: Cleanup, host: Host, args: readonly string[], env: NodeJS.ProcessEnv = {}): Child {
  const [command, ...before] = PROGRAMS[host];
  return new Child(cleanup, command, [...before, ...args], env);
}

/** Runs `moonsocket lua`. It calls itself LUA in messages, as the system's does here. */
export function lua(args: readonly string[], options: RunOptions = {}): Ran {
  return run(process.execPath, [PROGRAM, 'lua', ...args], options);
}

export function native(args: readonly string[], options: RunOptions = {}): Ran {
  return run('lua5.4', args, options);
}

const OWN_NETWORK: readonly string[] = [...NAMESPACE, 'sh', '-ec', 'ip link set lo up; exec "$@"', 'sh'];

function run(command: string, args: readonly string[], { cwd, input, env, alone }: RunOptions): Ran {
  const { NODE_TEST_CONTEXT: _, LUA_INIT: __, LUA_PATH: ___, ...inherited } = process.env;
  const [program = command, ...rest] = [...(alone ? OWN_NETWORK : []), command, ...args];
  const { status, stdout, stderr, error } = spawnSync(program, rest, {
    ...(cwd === undefined ? {} : { cwd }),
    ...(input === undefined ? {} : { input }),
    env: { ...inherited, PATH, ...env },
    encoding: 'latin1',
    timeout: 60_000,
    maxBuffer: 100_000_000,
  });
  // A program may end without having read what it was given.
  if (error !== undefined && (error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  const named = (text: string): string => text.replace(/^(?:moonsocket lua|lua5\.4):/gm, 'LUA:');
  return { status, output: stdout, errors: named(stderr) };
}

/**
 * What each case has to show with: values with their types, tables too; `name` is `getsockname` in any release of LuaSocket;
 * `volatile` names what differs from run to run, such as a port; `inspect` shows all of an object's metatable.
 */
export const SHOW: string = `
  local socket = require "socket"
  local replaced = {}
  local function volatile(value) replaced[#replaced + 1] = tostring(value) end
  local function shown(value)
    if math.type(value) == "float" then return ("%.1f"):format(value) end
    if type(value) == "string" then return ("%q"):format(value) end
    if type(value) ~= "table" or getmetatable(value) then return tostring(value) end
    local parts = {} for k, v in pairs(value) do parts[#parts + 1] = tostring(k) .. "=" .. shown(v) end
    table.sort(parts) return "{" .. table.concat(parts, ", ") .. "}"
  end
  local function show(...)
    local values = table.pack(...)
    for i = 1, values.n do values[i] = shown(values[i]) end
    local line = table.concat(values, " ")
    for _, text in ipairs(replaced) do
      local at, last = line:find(text, 1, true)
      while at do line = line:sub(1, at - 1) .. "VOLATILE" .. line:sub(last + 1) at, last = line:find(text, at + 8, true) end
    end
    print((line:gsub("0x%x+", "ADDRESS")))
  end
  local function name(object)
    local ip, port, family = object:getsockname()
    return ip, math.tointeger(tonumber(port)) or port, family -- Debian's release gives text
  end
  local function inspect(object)
    local meta, names = getmetatable(object), {}
    for key, value in pairs(meta) do names[#names + 1] = key .. ":" .. type(value) end
    for key, value in pairs(meta.__index) do names[#names + 1] = key .. "/" .. type(value) end
    table.sort(names) show(meta.__name, meta.__index.class, table.concat(names, " "))
  end
`;

/** Tests of scripts that print the same with lua5.4 and LuaSocket as with us. */
export function alike(title: string, setup: string, cases: Readonly<Record<string, string>>): void {
  describe(title, () => {
    for (const [name, code] of Object.entries(cases)) {
      it(name, needs('lua5.4', 'luasocket'), () => {
        const args = ['-e', SHOW + setup + code];
        const [ours, theirs] = [lua(args), native(args)];
        assert.equal(ours.errors, theirs.errors);
        assert.deepEqual(ours.output.split('\n'), theirs.output.split('\n'));
        assert.equal(theirs.status, 0);
      });
    }
  });
}
