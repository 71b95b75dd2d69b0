/** LuaSocket's words for failures: its own for some, the system's for the rest. */

import { ClosedError, Failure, LUASOCKET_REASONS, SocketError } from '../../../core/errors.ts';
import { C, ERRNO_NAMES, gai_strerror, strerror } from '../../../posix/libc/functions.ts';
import type { State } from '../../state.ts';

const RESOLVER: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'temporary failure in name resolution',
  EAI_FAIL: 'non-recoverable failure in name resolution',
  EAI_FAMILY: 'ai_family not supported',
  EAI_MEMORY: 'memory allocation failure',
  EAI_OVERFLOW: 'argument buffer overflow',
  EAI_SERVICE: 'service not supported for socket type',
  EINVAL: 'host or service not provided, or not known',
  ENOTFOUND: 'host or service not provided, or not known',
};

const NUMBERS: ReadonlyMap<string, number> = new Map([...ERRNO_NAMES].map(([number, name]) => [name, number]));

/** The reason for a failure of a socket. */
export function reasonOf({ code }: Failure): string {
  return LUASOCKET_REASONS[code] ?? strerror(NUMBERS.get(code) ?? 0);
}

/** The reason for an error that a socket has met before. Only a call says `closed` of a broken pipe. */
export function pendingReason(failure: Failure): string {
  return failure.code === 'EPIPE' ? strerror(NUMBERS.get('EPIPE')!) : reasonOf(failure);
}

/** The reason for a failure to resolve a name. */
export function resolverReason({ code }: Failure): string {
  return (
    RESOLVER[code] ?? (code.startsWith('EAI_') ? gai_strerror(C[code as 'EAI_FAIL']) : strerror(NUMBERS.get(code) ?? 0))
  );
}

/** A reason that an object of a Lua program has given, and we have no word for: the cause of the error. */
export class ForeignReason {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The reason for an error of a protocol: in LuaSocket's words where it has them, else in ours. */
export function wordsOf(error: SocketError): string {
  const { code, cause } = error;
  if (cause instanceof ForeignReason) return cause.text;
  if (error instanceof ClosedError) return 'closed';
  if (code === 'ERR_MALFORMED_HEADERS') return 'malformed response headers';
  if (code === 'ENOTFOUND' || code.startsWith('EAI_')) return resolverReason(new Failure(code));
  return Object.hasOwn(LUASOCKET_REASONS, code) || NUMBERS.has(code) ? reasonOf(new Failure(code)) : error.message;
}

/** `nil, message` for an error of a protocol; throws any other. */
export function refuse(lua: State, error: unknown): number {
  if (!(error instanceof SocketError)) throw error;
  return lua.give(null, wordsOf(error));
}

/** The reason for a failure with an address that has to be numeric: LuaSocket leaves it to the system. */
export function numericReason({ code }: Failure): string {
  return gai_strerror(C[(code === 'ENOTFOUND' ? 'EAI_NONAME' : code) as 'EAI_FAIL'] ?? C.EAI_NONAME);
}
