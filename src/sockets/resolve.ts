/** From what a user names to the addresses to try. */
import { type Address, checkHost, type Family, loopbackOf } from '../core/address.ts';
import { Failure, failed } from '../core/errors.ts';
import { type Flow, settle } from '../core/flow.ts';
import type { Deadline } from '../core/timeout.ts';
import type { Resolver } from './engine.ts';

/** The addresses of `host`, at least one; `'*'` is any local address. */
export function* addressesOf(
  call: string,
  resolver: Resolver,
  host: string,
  family: Family | undefined,
  deadline: Deadline,
): Flow<readonly Address[]> {
  if (deadline.signal?.aborted) throw failed(call, new Failure('ABORT_ERR', deadline.signal.reason));
  if (host === '*') return [anyAddress(family ?? 'inet')];
  const name = checkHost(call, host);
  const loopback = loopbackOf(name)?.filter((a) => family === undefined || a.family === family);
  if (loopback !== undefined) return loopback;
  const found = yield* settle(resolver.resolve(name, family, deadline));
  if (found instanceof Failure) throw failed(call, found, { target: name });
  if (found.length === 0) throw failed(call, new Failure('ENOTFOUND'), { target: name });
  return found;
}

/** The address that means all of this machine's. */
export function anyAddress(family: Family): Address {
  return { address: family === 'inet' ? '0.0.0.0' : '::', family };
}
