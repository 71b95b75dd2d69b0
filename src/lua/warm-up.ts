/**
 * Makes V8 compile Lua's interpreter well before a program runs. A program stays in one call of it (`luaV_execute`), and a call
 * goes on in the code that it began with: the quickly compiled one, which takes up to three times as long.
 *
 * A loop in a machine that is thrown away makes V8 begin, in a thread beside this one. Code is a module's, not an instance's.
 */
import type { LuaApi, Thread, WasmPointer } from './api.ts';
import { compiledEngine } from './engine.ts';

const LOOP = 'for i = 1, 3000 do end';
/** The loop takes less than this part of its time when it runs in the good code: measured, 0.3 on Node 20 and 0.5 on Node 26. */
const QUICKER = 0.7;
/** Of as many runs, the least time counts: any may be disturbed, and the first of all is compiling. */
const RUNS = 5;
/**
 * The program waits for as many milliseconds at most. V8's thread takes 18 on Node 26 and 26 to 37 on Node 20, and as often
 * longer as it has to share its core.
 */
const LONGEST = 300;
const NAP = 1;

type Import = (...args: number[]) => unknown;

/** Begins, and returns the function that waits until it is done. */
export function warmUp(): () => void {
  const run = loop();
  const before = leastTime(run);
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  return () => {
    const begun = performance.now();
    while (leastTime(run) > before * QUICKER && performance.now() - begun < LONGEST) Atomics.wait(sleeper, 0, 0, NAP);
  };
}

function leastTime(run: () => void): number {
  const times = Array.from({ length: RUNS }, () => {
    const begun = performance.now();
    run();
    return performance.now() - begun;
  });
  return Math.min(...times);
}

/** The loop in a machine without a system: nothing that it does asks for one, but for a protected call that ends well. */
function loop(): () => void {
  const module = compiledEngine();
  const imports: Record<string, Record<string, Import>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    imports[from][name] = () => 0;
  }
  imports.env!.invoke_vii = (index, L, data) => (api.__indirect_function_table.get(index!) as Import)(L!, data!);
  const api = new WebAssembly.Instance(module, imports as never).exports as unknown as LuaApi;
  api.emscripten_stack_init();
  api.__wasm_call_ctors();
  const L: Thread = api.luaL_newstate();
  const text: WasmPointer = api.malloc(LOOP.length + 1);
  Buffer.from(api.memory.buffer).write(`${LOOP}\0`, text, 'latin1');
  api.luaL_loadbufferx(L, text, LOOP.length, text, 0);
  return () => {
    api.lua_pushvalue(L, 1);
    api.lua_callk(L, 0, 0, 0, 0);
  };
}
