/**
 * What a face or a runtime cannot do: the cases that end in an error there, or never, and why. The run checks that they
 * still do. The Lua face has files of its own: it is LuaSocket, which has much of this otherwise.
 */
import { type Fails, fails, type Limit, type Limits } from './limit.ts';
import { ONE_CALL_AT_A_TIME, ONE_CALL_THROUGH_TLS } from './limits-blocked.ts';
import { ABSENT_IN_LUA } from './limits-lua-absent.ts';
import { OTHERWISE_IN_LUA } from './limits-lua-otherwise.ts';
import { TLS_ON_BUN, TLS_ON_DENO } from './limits-tls.ts';

export type FaceName = 'await' | 'blocking' | 'lua';

/** An error that sends its reader to the face that can. */
function unsupported(reason: string, ...names: string[]): Limits {
  return fails({ code: 'ERR_UNSUPPORTED', says: /moonsocket\/blocking/, reason }, ...names);
}

/** Cases that give a signal to a call that has to wait. */
function noSignals(...names: string[]): Limits {
  const reason = 'no signal can be given while a call blocks; its error names what bounds it instead';
  return fails({ code: 'ERR_UNSUPPORTED', says: /settimeout/, reason }, ...names);
}

const ABSTRACT: Fails = {
  code: 'ETIMEDOUT',
  says: /^accept/,
  reason: 'the name is filled up with NUL to the length of sun_path: only sockets of this runtime find it',
};

const EINVAL: Limit = {
  code: 'EINVAL',
  says: /192\.0\.2\.1/,
  reason: 'the code that Deno gives for EADDRNOTAVAIL',
};

/** Bun and Deno keep what they know of a slice to themselves. What was counted has come; up to 64 KiB more may have. */
const UNCOUNTED: Limits = fails(
  {
    code: 'ERR_ASSERTION',
    says: /strictly/,
    reason: 'how much of a slice the kernel has is not told; none of it is counted before all of it is',
  },
  'unix: a send that times out (b) counts exactly what the kernel has',
  'unix: a send that times out (t) counts exactly what the kernel has',
  'unix: a send that is aborted counts exactly what the kernel has',
  'unix: a send whose socket is closed counts exactly what the kernel has',
);

/** By face, and by runtime within it; `node20` stands for one major version. */
const LIMITS: Readonly<Record<string, Limits>> = {
  await: {
    ...unsupported(
      'Node has no call for it',
      'options: tcp-keepcnt of a TCP client',
      'options: tcp-keepintvl of a TCP client',
      'options: reuseaddr of a TCP client',
      'options: reuseport of a TCP client',
      'options: recv-buffer-size of a TCP client',
      'options: send-buffer-size of a TCP client',
      'options: tcp-defer-accept can be set',
      'options: tcp-fastopen can be set',
      'options: tcp-fastopen-connect can be set',
      'options: reuseaddr of a TCP server',
      'options: binding without reuseaddr',
      'options: linger with time',
      'options: dontroute of a UDP socket',
      'options: bindtodevice of a TCP client',
      'options: tcp-defer-accept keeps back who says nothing',
      'info: what the kernel has measured',
    ),
    'fd: a descriptor is given away, and closed by its new owner alone': {
      code: 'ERR_UNSUPPORTED',
      says: /moonsocket\/blocking/,
      reason: 'a handle of the runtime closes its descriptor, and has no call to give it up',
    },
    'udp: another peer, from the same port': {
      code: 'ERR_ASSERTION',
      says: /the local port has changed/,
      reason: 'node:dgram has to dissolve the old association, and Linux then takes back a port that it chose itself',
    },
  },
  'await node20': unsupported('libuv has reuseport from 1.49 on', 'bind: several servers share a port'),
  'await bun': {
    ...UNCOUNTED,
    ...TLS_ON_BUN,
    'accept: a client that has reset already left what it sent': {
      code: 'ETIMEDOUT',
      says: /^accept/,
      reason: 'Bun ends a connection that is reset before anyone reads it, with all that it has said',
    },
    ...unsupported('Bun can neither bind without listening nor share a port', 'bind: several servers share a port'),
    'master: what is bound and does not listen refuses': {
      code: 'ERR_ASSERTION',
      says: /instead of ECONNREFUSED/,
      reason: 'Bun can only bind and listen in one; the connection is reset right after it is made',
    },
    'unix: abstract names (Linux)': ABSTRACT,
  },
  'await deno': {
    ...UNCOUNTED,
    ...TLS_ON_DENO,
    ...unsupported('Deno ignores reuseport', 'bind: several servers share a port'),
    'bind: an address that is not here': EINVAL,
    'connect: from an address that is not here': EINVAL,
    'bind: IPv6 leaves IPv4 alone': {
      code: 'ERR_ASSERTION',
      says: /instead of ECONNREFUSED/,
      reason: 'Deno ignores ipv6Only',
    },
    'udp: broadcast needs its option': {
      code: 'UNKNOWN',
      says: /255\.255\.255\.255/,
      reason: 'the code that Deno gives for EACCES there',
    },
    'udp: a refusal is told once, and the socket goes on': {
      code: 'ETIMEDOUT',
      says: /^receive/,
      reason: 'Deno does not connect a UDP socket in the system, which then tells it of no refusal',
    },
    'udp: a refusal shows as an option too': {
      code: 'ERR_ASSERTION',
      says: /strictly deep-equal/,
      reason: 'as above: nothing comes',
    },
    'udp: another peer, from the same port': undefined,
    'unix: abstract names (Linux)': ABSTRACT,
  },
  blocking: {
    ...noSignals(
      'accept: an aborted signal, before and meanwhile',
      'connect: an aborted signal, before and meanwhile',
      'send: an abort tells what was taken',
      'unix: a send that is aborted counts exactly what the kernel has',
      'ftp: a signal in the middle of a transfer leaves the session usable',
      'ftp: a signal before the first reply to a transfer leaves the session usable',
      'ftp mirror: a signal ends it at once',
      'signal: ends a wait, and nothing is lost, in pieces of 1',
      'signal: ends a wait, and nothing is lost, in pieces of 2',
      'signal: ends a wait, and nothing is lost, in pieces of 7',
      'signal: ends a wait, and nothing is lost, in pieces of all',
      'udp: a signal and a close end the wait',
      'TLS: send: an abort tells what was taken',
      'TLS: send: those behind one that fails send nothing, and say so',
      'TLS: signal: ends a wait, and nothing is lost, in pieces of 1',
      'TLS: signal: ends a wait, and nothing is lost, in pieces of 2',
      'TLS: signal: ends a wait, and nothing is lost, in pieces of 7',
      'TLS: signal: ends a wait, and nothing is lost, in pieces of all',
    ),
    ...ONE_CALL_AT_A_TIME,
    ...ONE_CALL_THROUGH_TLS,
    'TLS: a TLS socket of the runtime as a pipe': {
      code: 'ERR_INVALID_ARGUMENT',
      says: /no descriptor/,
      reason: 'below it is ciphertext; TLS of this face goes over a descriptor by `wrap`',
    },
    'pipe: a child that has exited before anyone asks': {
      code: 'ERR_INVALID_ARGUMENT',
      says: /no descriptor/,
      reason: 'Node has closed the descriptors that would be taken over',
    },
  },
  'blocking node20': {
    'unix: abstract names (Linux)': {
      ...ABSTRACT,
      reason: 'Node 20, which runs the peer, fills the name up with NUL to the length of sun_path',
    },
  },
  lua: { ...ONE_CALL_AT_A_TIME, ...ABSENT_IN_LUA, ...OTHERWISE_IN_LUA },
};

/** All cases that have a limit somewhere, for a face or for all of them. */
export function limitedCases(): string[] {
  return [...new Set(Object.values(LIMITS).flatMap((limits) => Object.keys(limits)))];
}

/** The limits that hold for a face on the runtime that runs this. */
export function limitsOf(face: FaceName): Limits {
  return { ...LIMITS[face], ...LIMITS[`${face} ${runtime()}`] };
}

/** The runtime, and its major version where that decides. */
export function runtime(): string {
  if ('Bun' in globalThis) return 'bun';
  if ('Deno' in globalThis) return 'deno';
  return `node${process.versions.node.split('.')[0]}`;
}
