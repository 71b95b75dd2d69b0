/**
 * Checks that the host's stack has room for a machine. C that ends for want of stack ends in the middle of what it does, so
 * a machine is entered only where the deepest recursion fits that Lua allows (LUAI_MAXCCALLS, 200 calls of C in each other).
 *
 * Nothing says how much is left. So there is a function of WebAssembly that calls itself, and whose hundred results have to
 * have room before they are there; the innermost call ends all of them by an exception, and nothing was written.
 *
 *     (func $down (param i32) (result i64 …)
 *       (if (i32.eqz (local.get 0)) (then (call $done)))
 *       (call $down (i32.sub (local.get 0) (i32.const 1))))
 *     (func (export "0") (param i32) (call $down (local.get 0)) (drop) …)
 */
import { leb, MAGIC, name, section } from './functions.ts';

/** Of each call. V8 takes 1.6 KB for it; a thousand are the most that a function may have, and take 5 ms to compile. */
const RESULTS = 100;
/** Measured: 400 KB are enough on Node 20 and 26, at 310 calls there are 500. */
const CALLS = 310;

const I32 = 0x7f;
const I64 = 0x7e;

const DONE: unique symbol = Symbol('there is room');

let loaded: ((calls: number) => void) | undefined;

/** @throws RangeError where there is too little: what is thrown where a recursion in JavaScript goes too deep */
export function needRoom(): void {
  loaded ??= load();
  try {
    loaded(CALLS);
  } catch (thrown) {
    if (thrown !== DONE) throw thrown;
  }
}

function load(): (calls: number) => void {
  const results = Array<number>(RESULTS).fill(I64);
  const types = [
    [0x60, 0, 0],
    [0x60, 1, I32, ...leb(RESULTS), ...results],
    [0x60, 1, I32, 0],
  ];
  const down = [0, 0x20, 0, 0x45, 0x04, 0x40, 0x10, 0, 0x0b, 0x20, 0, 0x41, 1, 0x6b, 0x10, 1, 0x0b];
  const outer = [0, 0x20, 0, 0x10, 1, ...Array<number>(RESULTS).fill(0x1a), 0x0b];
  const code = [
    ...MAGIC,
    ...section(1, [types.length, ...types.flat()]),
    ...section(2, [1, ...name('f'), ...name('0'), 0, 0]),
    ...section(3, [2, 1, 2]),
    ...section(7, [1, ...name('0'), 0, 2]),
    ...section(10, [2, ...leb(down.length), ...down, ...leb(outer.length), ...outer]),
  ];
  const done = (): never => {
    throw DONE;
  };
  const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(code)), { f: { 0: done } });
  return instance.exports['0'] as (calls: number) => void;
}
