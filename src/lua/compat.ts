/** The functions that Lua 5.4 has for older programs as Debian builds it (LUA_COMPAT_MATHLIB), and the engine has not. */
import type { Bindings, Functions } from './bindings.ts';

const BITS: DataView = new DataView(new ArrayBuffer(8));
/** The bits of a double's exponent in its first half, and what they are for numbers from 0.5 to 1. */
const EXPONENT = 0x7ff0_0000;
const HALF = 1022;
/** C's ldexp goes in such steps, so that only the last one rounds. */
const DOWN: number = 2 ** -969;
const UP: number = 2 ** 1023;

const MATH: Functions = {
  cosh: (lua) => lua.give(Math.cosh(lua.number(1))),
  sinh: (lua) => lua.give(Math.sinh(lua.number(1))),
  tanh: (lua) => lua.give(Math.tanh(lua.number(1))),
  log10: (lua) => lua.give(Math.log10(lua.number(1))),
  pow: (lua) => {
    const [base, exponent] = [lua.number(1), lua.number(2)];
    // C, unlike JavaScript: 1 to any power is 1, and so is -1 to an infinite one.
    const isOne = base === 1 || (base === -1 && Math.abs(exponent) === Number.POSITIVE_INFINITY);
    return lua.give(isOne ? 1 : base ** exponent);
  },
  frexp(lua) {
    const [fraction, exponent] = split(lua.number(1));
    return lua.give(fraction, BigInt(exponent));
  },
  ldexp: (lua) => lua.give(scaled(lua.number(1), Number(BigInt.asIntN(32, lua.vm.api.luaL_checkinteger(lua.L, 2))))),
};

/** Adds them to `math`. */
export function openCompatible(machine: Bindings): void {
  const { main: lua } = machine;
  lua.getGlobal('math');
  machine.setFunctions(lua, MATH);
  lua.getField(-1, 'atan'); // which takes one argument or two
  lua.setField(-2, 'atan2');
  lua.pop();
}

/** A number from 0.5 to 1 and a power of 2, whose product is `x`. */
function split(x: number): [number, number] {
  if (x === 0 || !Number.isFinite(x)) return [x, 0];
  const isTiny = Math.abs(x) < 2 ** -HALF;
  BITS.setFloat64(0, isTiny ? x * 2 ** 64 : x);
  const high = BITS.getUint32(0);
  BITS.setUint32(0, (high & ~EXPONENT) | (HALF << 20));
  return [BITS.getFloat64(0), ((high & EXPONENT) >>> 20) - HALF - (isTiny ? 64 : 0)];
}

function scaled(x: number, exponent: number): number {
  let rest = exponent;
  for (let i = 0; i < 2 && rest > 1023; i++, rest -= 1023) x *= UP;
  for (let i = 0; i < 2 && rest < -1022; i++, rest += 969) x *= DOWN;
  return x * 2 ** Math.min(Math.max(rest, -1022), 1023);
}
