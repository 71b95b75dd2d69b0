/**
 * A number of Lua's as C has it after a cast to an integer: towards zero. C leaves undefined what is too large for it, and NaN;
 * here that is the most there is, as on ARM, so that "as many as come" may be said by `math.huge`, and 0.
 */
export function whole(value: number, most: number = LONG_MAX): number {
  if (Number.isNaN(value)) return 0;
  return Math.trunc(Math.min(Math.max(value, -most), most)) + 0; // no negative zero
}

/** The largest C `long` that a number can say. */
const LONG_MAX = 2 ** 63 - 1024;

/** The largest C `int`. */
export const INT_MAX = 2_147_483_647;
