/**
 * Lua itself: PUC Lua 5.4 as WebAssembly, from the package wasmoon, without the JavaScript that comes with it.
 *
 * That JavaScript is 150 KB of Emscripten: it starts by promises, has a file system in memory and decodes strings as UTF-8. The
 * machine code imports 26 functions of a system; ours are in `vm.ts` and `host/`. With them a machine starts synchronously, files
 * are the host's, and strings are bytes.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { SocketError } from '../core/errors.ts';
import { placeOf } from '../posix/own-place.ts';

/** The file in the package, and its SHA-256. What holds a script in is made for this one, and no other runs. */
const FILE = 'wasmoon/dist/glue.wasm';
const HASH = '95f3f19ddb740125883bc41d5ec670cd0828e7b58c8bdad385323cbff497b55c';
const RELEASE = '1.16.0';

let compiled: WebAssembly.Module | undefined;

/** The compiled engine, one for all machines of the thread. */
export function compiledEngine(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(checked(codeOf(FILE)));
  return compiled;
}

function checked(code: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (createHash('sha256').update(code).digest('hex') === HASH) return code;
  throw new SocketError(
    'ERR_UNSUPPORTED',
    `moonsocket/lua runs the engine of wasmoon ${RELEASE}, and the ${FILE} that is installed is another: npm install wasmoon@${RELEASE}`,
  );
}

function codeOf(file: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(createRequire(placeOf(import.meta)).resolve(file)));
  } catch (cause) {
    throw new SocketError(
      'ERR_UNSUPPORTED',
      'moonsocket/lua runs Lua by the package wasmoon, which cannot be loaded: npm install wasmoon',
      {},
      { code: 'ERR_UNSUPPORTED', cause, attempts: undefined },
    );
  }
}
