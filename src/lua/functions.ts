/**
 * JavaScript functions as C functions: Lua calls what is in the machine's table of functions, and only WebAssembly may
 * stand there. So a module is put together that imports functions and exports them again, all of a list at once, since
 * each module costs tens of microseconds.
 *
 *     "\0asm" 1
 *     type section (1)     one type: a number of i32 in, one or no i32 out
 *     import section (2)   module "f", a number as the name, kind 0 (function), type 0
 *     export section (7)   the number as the name, kind 0, the index of the function
 */
import type { FunctionTable } from './api.ts';

export type CFunction = (...args: number[]) => number | void;

/** The first bytes of a module, its version included. */
export const MAGIC: readonly number[] = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const I32 = 0x7f;

/** Compiled modules by their shape: the code is the same for all functions, and for all machines. */
const modules = new Map<string, WebAssembly.Module>();

/**
 * Appends functions to the table, and returns the index of the first. Each takes this number of i32; `result` is whether it
 * returns one.
 */
export function append(
  table: FunctionTable,
  functions: readonly CFunction[],
  parameters: number,
  result: boolean,
): number {
  const shape = `${functions.length} ${parameters} ${result}`;
  let module = modules.get(shape);
  if (module === undefined) {
    module = new WebAssembly.Module(codeFor(functions.length, parameters, result));
    modules.set(shape, module);
  }
  const imported = Object.fromEntries(functions.map((f, i) => [String(i), f]));
  const { exports: made } = new WebAssembly.Instance(module, { f: imported });
  const first = table.grow(functions.length);
  functions.forEach((_, i) => {
    table.set(first + i, made[String(i)]);
  });
  return first;
}

function codeFor(functions: number, parameters: number, result: boolean): Uint8Array<ArrayBuffer> {
  const names = Array.from({ length: functions }, (_, i) => name(String(i)));
  const type = [1, 0x60, parameters, ...Array<number>(parameters).fill(I32), ...(result ? [1, I32] : [0])];
  const imports = names.flatMap((bytes) => [...name('f'), ...bytes, 0, 0]);
  const exports = names.flatMap((bytes, i) => [...bytes, 0, ...leb(i)]);
  const count = leb(functions);
  return new Uint8Array([
    ...MAGIC,
    ...section(1, type),
    ...section(2, [...count, ...imports]),
    ...section(7, [...count, ...exports]),
  ]);
}

/** A section: what it is, how long, and that. */
export function section(id: number, content: readonly number[]): number[] {
  return [id, ...leb(content.length), ...content];
}

export function name(text: string): number[] {
  return [text.length, ...Buffer.from(text, 'latin1')];
}

/** A number in groups of seven bits, the lowest first (LEB128). */
export function leb(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  bytes.push(value);
  return bytes;
}
