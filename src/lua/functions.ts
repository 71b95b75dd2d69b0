/**
 * JavaScript functions as C functions: Lua calls what is in the machine's table of functions, and only WebAssembly may
 * stand there. So a module is put together that imports functions and exports them again, all of a list at once, since
 * each module costs tens of microseconds.
 *
 *     "\0asm" 1
 *     type section (1)     one type: so many i32 in, one or no i32 out
 *     import section (2)   module "f", a number as the name, kind 0 (function), type 0
 *     export section (7)   the number as the name, kind 0, the index of the function
 */
import type { FunctionTable } from './api.ts';

export type CFunction = (...args: number[]) => number | void;

/** What a module begins with, its version included. */
export const MAGIC: readonly number[] = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const I32 = 0x7f;

/** The indices that the functions have in the table. All take so many numbers; `result` is whether they return one. */
export function tableIndices(
  table: FunctionTable,
  functions: readonly CFunction[],
  parameters: number,
  result: boolean,
): number[] {
  const names = functions.map((_, i) => name(String(i)));
  const type = [1, 0x60, parameters, ...Array<number>(parameters).fill(I32), ...(result ? [1, I32] : [0])];
  const imports = names.flatMap((bytes) => [...name('f'), ...bytes, 0, 0]);
  const exports = names.flatMap((bytes, i) => [...bytes, 0, ...leb(i)]);
  const count = leb(functions.length);
  const code = [
    ...MAGIC,
    ...section(1, type),
    ...section(2, [...count, ...imports]),
    ...section(7, [...count, ...exports]),
  ];
  const imported = Object.fromEntries(functions.map((f, i) => [String(i), f]));
  const { exports: made } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(code)), { f: imported });
  const first = table.grow(functions.length);
  return functions.map((_, i) => {
    table.set(first + i, made[String(i)]);
    return first + i;
  });
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
