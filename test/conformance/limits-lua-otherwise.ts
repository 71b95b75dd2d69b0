/**
 * What LuaSocket has otherwise: the cases that end in an error in the Lua face, or never, because they end so with LuaSocket.
 * Whether they do, the tests of that face say (test/lua).
 */
import { fails, type Limits, waits } from './limit.ts';
import { namesInPieces } from './support.ts';

/** Cases in which LuaSocket succeeds with something else. */
function otherwise(says: RegExp, reason: string, ...names: readonly string[]): Limits {
  return fails({ code: 'ERR_ASSERTION', says, reason }, ...names);
}

/** Cases in which LuaSocket has no success. */
function refused(code: string | readonly string[], says: RegExp, reason: string, ...names: readonly string[]): Limits {
  return fails({ code, says, reason }, ...names);
}

/** Addresses: whatever getaddrinfo(3) takes is one. */
const ADDRESSES: Limits = {
  ...otherwise(
    /instead of ERR_INVALID_ARGUMENT$/,
    'all notations of inet_aton(3) are addresses',
    'misuse: what is written as an address and is none',
  ),
  ...otherwise(
    /instead of ERR_INVALID_ARGUMENT$/,
    'an argument is converted, as Lua does, where that can be done',
    'misuse: a message shows what was passed, whatever it is',
  ),
  ...otherwise(
    /(receive|accept): (timeout|closed) /,
    'an error is a word, and names nothing',
    'errors: receive, send and accept name the peer, or where they wait',
    'errors: a Unix socket has its path, a descriptor and a pair their kind',
    'errors: a UDP socket names its peer, or its own address',
    'errors: an end in the middle of a line says how many bytes there are',
  ),
  ...refused(
    'ERR_CLOSED',
    /^receive: closed/,
    'as above',
    'errors: a reset is told once, and the connection keeps its names',
  ),
  ...refused(
    'ERR_WITHOUT_CODE',
    /setsockopt failed/,
    'failures are words, and have no code',
    'errors: a keepalive that the system does not take is refused',
  ),
  ...refused('EINVAL', /^bind 127/, 'the system alone refuses, in its words', 'misuse: a reason has words'),
  ...refused(
    'ERR_WITHOUT_CODE',
    /No such device/,
    'failures are words, and have no code',
    'zones: a link that is not there is an error (Linux)',
  ),
};

/** Receives and sends: what LuaSocket consumes, and the words that it has for failures. */
const STREAMS: Limits = {
  ...otherwise(
    /'ab' !== 'a\\rb'/,
    'a line has none of its CRs',
    ...namesInPieces('lines: CRLF, LF, lone CR, NUL and empty lines'),
  ),
  ...otherwise(/'line\\r'/, 'a line has none of its CRs', ...namesInPieces('ends: a lone CR at the end is no line')),
  ...waits(
    'the case waits for a partial line with its CR, and a line has none',
    ...namesInPieces('timeouts: a timeout loses nothing'),
  ),
  ...otherwise(
    /false !== true/,
    'what a failed receive has handed over is not in the socket any more, which is not dirty then',
    ...namesInPieces('ends: in the middle of everything there is'),
    'stats: dirty tells what is in the buffer',
  ),
  ...refused(
    'ERR_CLOSED',
    /^receive: closed/,
    'with *a an end that brings nothing new is an error, whatever the prefix',
    ...namesInPieces('unix: patterns as with TCP'),
    'prefix: an error shows it, and the next receive does not have it',
    'shutdown: what was received before is not lost',
  ),
  ...refused(
    'ERR_CLOSED',
    /^receive: closed/,
    'a reset and an end have the same word',
    ...namesInPieces('ends: by a reset, with what came before'),
    'send: to a peer that has reset the connection',
  ),
  ...refused(
    'ERR_CLOSED',
    /^receive: closed/,
    'a line may have any length',
    'limit: a line ends at 1 MiB, and what came is still there',
  ),
  ...otherwise(
    /instead of ERR_LIMIT$/,
    'everything may have any length',
    'limit: everything ends at 16 MiB, and more may be asked for',
  ),
  ...refused(
    'ETIMEDOUT',
    /^receive: timeout/,
    'without a total timeout, block bounds the whole call',
    'timeouts: block is for each wait, so a slow drip passes',
  ),
  ...waits('receive(0) waits until something comes', 'lines: no bytes are there at once, whatever has come'),
  ...otherwise(
    /gave two instead of ERR_CLOSED/,
    'what had come before a close may still be received',
    'close: twice, and every method after it',
  ),
  ...otherwise(
    /receives\\\.\[jt\]s/,
    'no TypeScript stands between the call and the kernel',
    'misuse: an error says where it was made',
  ),
};

/** Connections, datagrams, options and names: LuaSocket's objects change their class, and most calls resolve. */
const OBJECTS: Limits = {
  ...refused(
    'EBADF',
    /^getsockname|^listen/,
    'tcp() has no descriptor before a bind or a connect',
    'master: binds in truth, before it listens',
    'master: listens without a bind on an address of the system',
    'master: closing gives the port back and spends it',
  ),
  ...refused(
    'ERR_WITHOUT_CODE',
    /[gs]etsockopt failed/,
    'tcp() and udp() have no descriptor before their first use; no option can be set or read then',
    'options: of a master, for the socket to be',
    'options: broadcast of a UDP socket',
    'options: reuseaddr of a UDP socket',
    'options: dontroute of a UDP socket',
    'options: ip-multicast-loop of a UDP socket',
    'options: ip-multicast-ttl of a UDP socket',
    'options: ip-multicast-if of a UDP socket',
  ),
  ...refused(
    'ERR_WITHOUT_CODE',
    /setsockopt failed/,
    'a refused option has one word, whatever the system says',
    'options: bindtodevice of a TCP client',
  ),
  ...refused(
    'ERR_INVALID_ARGUMENT',
    /tcp\{master\} expected/,
    'an object of another class is a wrong argument',
    'master: connects from the address it is bound to',
  ),
  ...refused(
    'ERR_INVALID_ARGUMENT',
    /udp\{connected\} expected/,
    'an object of another class is a wrong argument',
    'udp: a peer is the only one, until it is dissolved',
    'udp: every method after a close',
  ),
  ...otherwise(
    /instead of ERR_SPENT/,
    'an object may connect again after a failure',
    'master: a connect spends it, also one that fails',
  ),
  ...refused(
    'ERR_CLOSED',
    /^connect/,
    'a failed connect to a path takes the descriptor away',
    'unix: paths where nothing listens',
  ),
  ...refused('EBADF', /^bind/, 'a failed bind to a path takes the descriptor away', 'unix: a path that is taken'),
  ...otherwise(
    /instead of ERR_NOT_BOUND/,
    'what has no address has an empty path, and receives empty datagrams',
    'unix: a server, from its bind to its close',
    'udp: a fresh socket gets its address by the first use',
  ),
  ...otherwise(/moonsocket-/, 'abstract names are not shown', 'unix: abstract names (Linux)'),
  ...otherwise(/true !== false/, 'the file of a Unix socket stays', 'unix: closing a master'),
  ...otherwise(
    /undefined/,
    'attempts are not told',
    'connect: a refusal lists its attempt',
    'connect: a timeout, and its attempt',
  ),
  ...otherwise(
    /\/\^bind \//,
    'a failure does not say which step of a connect it was',
    'connect: from an address that is not here',
  ),
  ...otherwise(
    /undefined/,
    'a datagram comes with its data, address and port alone',
    'udp: a datagram above the size is cut, and says so',
    'udp: IPv6, and families that do not mix',
  ),
  ...otherwise(
    /family: 'inet'/,
    'a datagram comes with its data, address and port alone',
    'udp: datagrams both ways, with their senders',
  ),
  ...waits(
    'select leaves closed sockets out, and waits for its timeout of 5 s',
    'select: the end, a reset and a closed socket are ready',
  ),
  ...refused('ERR_LUA', /select failed/, 'its timeout is a C int', 'select: without a timeout it waits'),
};

/** Names: the system's resolver, and nothing before it. */
const NAMES: Limits = {
  ...refused(
    'ENOTFOUND',
    /\[::1\]/,
    'brackets belong to URLs',
    'bind: any address, names and IPv6',
    'connect: IPv6, in brackets or not',
    'dns: getaddrinfo',
  ),
  ...refused(
    ['ENOTFOUND', 'EAI_AGAIN', 'ERR_ASSERTION'],
    /localhost|attempts|deep-equal|instead of ECONNREFUSED/,
    'names below localhost are left to the system; where it knows them, attempts are not told, nor is a family kept to',
    'connect: several addresses, all refused',
    'connect: several addresses, the last one answers',
    'dns: names below localhost never leave the machine',
  ),
  ...refused(
    ['ERR_ASSERTION', 'ECONNREFUSED'],
    /^host or service not provided, or not known$|^connect 127\.0\.0\.1:80/,
    'the resolver has other words here than in dns.toip; and a family binds the local address only',
    'connect: a host that does not exist',
  ),
  ...refused(
    ['ENOTFOUND', 'EAI_AGAIN', 'ERR_ASSERTION'],
    /127\.0\.0\.9|deep-equal/,
    'toip looks for the name of an address, and fails where there is none',
    'dns: toip',
  ),
};

/** Arguments: Lua's coercions, and what the system makes of the rest. */
const ARGUMENTS: Limits = {
  ...otherwise(
    /instead of ERR_INVALID_ARGUMENT/,
    'numbers are strings and the other way round, what is nil has its default, and the system says what it does not take',
    'misuse: options of connect and bind',
    'misuse: patterns, and the socket goes on',
    'options: of IPv6 on an IPv6 UDP socket',
    'options: those of an address come before it',
    'options: values of the wrong kind',
    'select: what cannot be waited for is refused',
    'send: what is no data is refused',
    'shutdown: both halves, and what is no half',
    'stats: of a fresh socket, and set to other values',
    'timeouts: what is no time is refused',
    'unix: paths that cannot be',
  ),
  ...otherwise(/unsupported option/, 'the options are not listed', 'options: names that do not exist'),
  ...refused(
    'ERR_CLOSED',
    /^send: closed/,
    'a number is sent as text',
    'close: a wrong argument is told before a closed socket',
  ),
  ...refused(
    'ERR_WITHOUT_CODE',
    /not known|not supported|Unknown server error/,
    'the resolver is who refuses hosts and ports',
    'dns: what is no name',
    'misuse: ports',
    'udp: arguments are checked before anything is sent',
  ),
  ...refused(
    'ENOTFOUND',
    /^bind :0/,
    'the resolver is who refuses hosts and ports',
    'misuse: hosts',
    'misuse: a master goes on after a bad argument',
  ),
  ...refused('ERR_LUA', /cannot be both nil/, 'it is raised, with words of its own', 'dns: getnameinfo'),
  ...refused('ERR_LUA', /NaN/, 'it is raised; in C it never ends', 'timeouts: sleep and gettime agree'),
};

export const OTHERWISE_IN_LUA: Limits = { ...ADDRESSES, ...STREAMS, ...OBJECTS, ...NAMES, ...ARGUMENTS };
