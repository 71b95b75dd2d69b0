/** The elliptic curves that OpenSSL has, by the names of LuaSec. */
import { moreOpenssl } from '../../../posix/openssl/more-functions.ts';

/** Names that OpenSSL has besides, in TLS. */
const MORE: readonly [string, number][] = [
  ['P-256', 415],
  ['P-384', 715],
  ['P-521', 716],
  ['X25519', 1034],
  ['X448', 1035],
];
/** An EC_builtin_curve: a number, and a pointer to a comment. */
const ENTRY = 16;

let known: ReadonlyMap<string, number> | undefined;

export function curves(): ReadonlyMap<string, number> {
  known ??= list();
  return known;
}

function list(): ReadonlyMap<string, number> {
  const c = moreOpenssl();
  const count = c.EC_get_builtin_curves(null, 0);
  const entries = Buffer.alloc(count * ENTRY);
  c.EC_get_builtin_curves(entries, count);
  const found = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const number = entries.readInt32LE(i * ENTRY);
    const name = c.OBJ_nid2sn(number);
    if (name !== null) found.set(name, number);
  }
  return new Map([...found, ...MORE]);
}
