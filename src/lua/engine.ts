/**
 * Lua itself: PUC Lua 5.4 as WebAssembly, from the package wasmoon, without the JavaScript that comes with it.
 *
 * That JavaScript is 150 KB of Emscripten, starts by promises and has a file system in memory. What the machine code
 * wants of a system are 26 functions; ours are in `vm.ts` and `host/`, and reach the host's files.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { SocketError } from '../core/errors.ts';

/** The file in the package. It is the same in each release since 1.16.0; imports that we do not know fail to link. */
const FILE = 'wasmoon/dist/glue.wasm';

let compiled: WebAssembly.Module | undefined;

/** The compiled engine, one for all machines of the thread. */
export function luaModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(new Uint8Array(codeOf(FILE)));
  return compiled;
}

function codeOf(file: string): Uint8Array {
  try {
    return readFileSync(createRequire(import.meta.url).resolve(file));
  } catch (cause) {
    throw new SocketError(
      'ERR_UNSUPPORTED',
      'moonsocket/lua runs Lua by the package wasmoon, which cannot be loaded: npm install wasmoon',
      {},
      { code: 'ERR_UNSUPPORTED', cause, attempts: undefined },
    );
  }
}
