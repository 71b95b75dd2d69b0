/** `lfs.attributes` and `lfs.symlinkattributes`. */
import { type BigIntStats, constants, lstatSync, readlinkSync, statSync } from 'node:fs';
import { LUA_TTABLE } from '../../api.ts';
import type { Bindings } from '../../bindings.ts';
import { Raise } from '../../errors.ts';
import { SystemFailure } from '../../host/errno.ts';
import type { HostFunction, LuaValue, State } from '../../state.ts';
import { pathAt, systemError } from './calls.ts';

const BITS = ['r', 'w', 'x'];

const ATTRIBUTES: Readonly<Record<string, (stats: BigIntStats) => LuaValue>> = {
  mode: modeOf,
  dev: ({ dev }) => dev,
  ino: ({ ino }) => BigInt.asIntN(64, ino),
  nlink: ({ nlink }) => nlink,
  uid: ({ uid }) => uid,
  gid: ({ gid }) => gid,
  rdev: ({ rdev }) => rdev,
  access: ({ atimeNs }) => seconds(atimeNs),
  modification: ({ mtimeNs }) => seconds(mtimeNs),
  change: ({ ctimeNs }) => seconds(ctimeNs),
  size: ({ size }) => size,
  permissions: ({ mode }) =>
    Array.from({ length: 9 }, (_, i) => ((Number(mode) >> (8 - i)) & 1 ? BITS[i % 3] : '-')).join(''),
  blocks: ({ blocks }) => blocks,
  blksize: ({ blksize }) => blksize,
};

/** `(path, one's name or a table to fill)`; of what a link leads to, or of the link itself, which has a `target` besides. */
export function attributes(machine: Bindings, follow: boolean): HostFunction {
  const { files } = machine.reach;
  return (lua) => {
    const name = pathAt(lua, 1);
    const one = lua.toText(2);
    let stats: BigIntStats;
    let target: Buffer | undefined;
    try {
      if (follow) stats = files.opening(name, constants.O_RDONLY, (place) => statSync(place, { bigint: true }));
      else {
        stats = files.entry(name, false, (place) => lstatSync(place, { bigint: true }));
        if (stats.isSymbolicLink()) target = files.entry(name, false, (place) => readlinkSync(place, 'buffer'));
      }
    } catch (error) {
      const { text, number } = systemError(machine, lua, error);
      return lua.give(
        null,
        `cannot obtain information from file '${name.toString('latin1')}': ${text}`,
        BigInt(number),
      );
    }
    if (one !== undefined) {
      if (one === 'target' && !follow) return target === undefined ? noTarget(machine, lua) : lua.give(target);
      if (!Object.hasOwn(ATTRIBUTES, one)) throw new Raise(`invalid attribute name '${one}'`);
      return lua.give(ATTRIBUTES[one]!(stats));
    }
    lua.top = 2;
    if (lua.type(2) !== LUA_TTABLE) lua.newTable(0, 16);
    for (const [field, of] of Object.entries(ATTRIBUTES)) {
      lua.push(of(stats));
      lua.setField(-2, field);
    }
    if (target !== undefined) {
      lua.push(target);
      lua.setField(-2, 'target');
    }
    return 1;
  };
}

function noTarget(machine: Bindings, lua: State): number {
  const { text, number } = systemError(machine, lua, new SystemFailure('EINVAL'));
  return lua.give(null, `could not obtain link target: ${text}`, BigInt(number));
}

function modeOf(stats: BigIntStats): string {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'link';
  if (stats.isSocket()) return 'socket';
  if (stats.isFIFO()) return 'named pipe';
  if (stats.isCharacterDevice()) return 'char device';
  return stats.isBlockDevice() ? 'block device' : 'other';
}

/** As `time_t`: whole ones, also before 1970. */
function seconds(nanoseconds: bigint): bigint {
  const rest = nanoseconds % 1_000_000_000n;
  return (nanoseconds - (rest < 0n ? rest + 1_000_000_000n : rest)) / 1_000_000_000n;
}
