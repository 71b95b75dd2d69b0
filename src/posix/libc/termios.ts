/**
 * Serial lines (termios(3)): raw, and at which speed. The structure stays closed: only C's functions look into it.
 */
import type { Outcome } from '../../core/errors.ts';
import { failure } from './errno.ts';
import * as libc from './functions.ts';
import { C } from './functions.ts';

/** Room for struct termios: 60 bytes in Linux, 72 in macOS. */
const SIZE = 128;

/**
 * The speeds in Linux, in bits a second, each at its code (asm-generic/termbits-common.h and termbits.h): B50 is 1 and
 * B38400 is 15, then B57600 is 0o10001 and B4000000 is 0o10017. B0, which hangs up, is none.
 */
const FIRST = [50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400];
const SECOND = [
  57_600, 115_200, 230_400, 460_800, 500_000, 576_000, 921_600, 1_000_000, 1_152_000, 1_500_000, 2_000_000, 2_500_000,
  3_000_000, 3_500_000, 4_000_000,
];

/** Each speed, and its code. */
export const SPEEDS: ReadonlyMap<number, number> = new Map([
  ...FIRST.map((speed, i): [number, number] => [speed, i + 1]),
  ...SECOND.map((speed, i): [number, number] => [speed, 0o10001 + i]),
]);

/** Makes the line hand on bytes as they are, eight bits each, at one of the speeds. */
export function makeRaw(fd: number, speed: number): Outcome<void> {
  const attributes = Buffer.alloc(SIZE);
  if (libc.tcgetattr(fd, attributes) < 0) return failure();
  libc.cfmakeraw(attributes);
  // macOS and glibc take the number (from glibc 2.42 on, nothing else); musl takes the code, and refuses the number.
  const set =
    libc.cfsetspeed(attributes, speed) === 0 || libc.cfsetspeed(attributes, SPEEDS.get(speed) as number) === 0;
  if (!set || libc.tcsetattr(fd, C.TCSANOW, attributes) < 0) return failure();
}
