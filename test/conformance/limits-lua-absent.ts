/** What LuaSocket has nothing for: the cases that end in an error in the Lua face. */
import { fails, type Limits } from './limit.ts';
import { namesInPieces } from './support.ts';

/** Cases that ask for what LuaSocket has nothing for. */
function absent(says: RegExp, reason: string, ...names: readonly string[]): Limits {
  return fails({ code: 'ERR_UNSUPPORTED', says, reason }, ...names);
}

export const ABSENT_IN_LUA: Limits = {
  ...absent(
    /\{ until \}/,
    'the patterns are *l, *a and a number',
    ...namesInPieces('lines: all patterns on one connection'),
    ...namesInPieces('lines: lines, counts and delimiters in any order'),
    ...namesInPieces('lines: delimiters that begin within themselves'),
    ...namesInPieces('lines: another delimiter after one that did not come'),
    ...namesInPieces('prefix: before lines, delimiters and everything'),
    ...namesInPieces('stats: received counts what was delivered, with its delimiters'),
    'lines: a peer that sends nothing and ends',
    'timeouts: block and total end a wait for a silent peer',
  ),
  ...absent(
    /option limit/,
    'a receive gathers whatever comes',
    ...namesInPieces('limit: a longer line is an error that consumes nothing'),
  ),
  ...absent(
    /option signal/,
    'nothing but settimeout bounds a call',
    ...namesInPieces('signal: ends a wait, and nothing is lost'),
    'signal: an aborted one ends a call before it begins',
    'accept: an aborted signal, before and meanwhile',
    'connect: an aborted signal, before and meanwhile',
    'dns: a limit and a signal',
    'send: an abort tells exactly what was taken',
    'udp: a signal and a close end the wait',
    'udp: timeouts and aborts lose nothing',
  ),
  ...absent(/option resolved/, 'connect tells of no attempt', 'connect: what it has found and tried is told'),
  ...absent(
    /lines\(\)|iteration/,
    'loops call receive and accept',
    ...namesInPieces('iteration: lines until the end'),
    ...namesInPieces('iteration: a last line that does not end is an error'),
    'iteration: may be left, and gone on with',
    'iteration: ends with the errors of a receive',
    'accept: iteration ends when the server is closed',
    'accept: iteration that waits ends when the server is closed',
  ),
  ...absent(
    /web stream/,
    'there are sources and sinks instead',
    ...namesInPieces('web: a readable stream of all there is'),
    'web: a writable stream, to its end',
    'web: streams pipe from one to another',
    'web: nothing is received before somebody reads',
    'web: cancel and abort close the client, and an error passes through',
  ),
  ...absent(
    /descriptor/,
    'its objects are over sockets only',
    ...namesInPieces('fd: reads a FIFO'),
    'fd: writes a FIFO',
    'fd: a timeout on a FIFO that nobody writes',
    'fd: reads and writes files',
    'fd: owns its descriptor',
    'fd: what is no descriptor',
  ),
  ...absent(
    /pipe/,
    'its objects are over sockets only',
    'pipe: a conversation with a child',
    'pipe: MiBs through a child',
    'pipe: a child that is gone',
    'pipe: a child that no longer reads may still write',
    'pipe: a child that no longer writes may still read',
    'pipe: one way only, and none',
  ),
  ...absent(
    /pair in memory/,
    'its objects are over sockets only',
    'pair: what one sends the other receives',
    'pair: keeps nothing of the sender',
    'pair: holds a sender back, and tells exactly what was taken',
    'pair: a MiB each way at once',
    'pair: a reader that ends its half breaks the pipe',
    'select: clients, servers and UDP sockets together',
    'select: far more than 1,024',
    'stats: age runs',
  ),
  ...absent(
    /transport/,
    'its objects are over sockets only',
    ...namesInPieces("stream: a transport of one's own"),
    'stream: failures of a transport become errors',
    'stream: a transport learns how long it may wait',
  ),
  ...absent(
    /sendmany/,
    'it has no batches',
    'udp: batches go and come in their order',
    'udp: a batch with a peer, and what does not fit into one',
  ),
  ...absent(
    /getstats|dropped|info/,
    'it has statistics of streams only, and none of the kernel',
    'udp: the queue is bounded, and counts what it drops',
    'udp: the queue is bounded in bytes',
    'close: a server, twice, and every method after it',
    'info: what the kernel has measured',
  ),
  ...absent(
    /timeline/,
    'its request gives no trailers and no times',
    ...namesInPieces('http: a body in chunks, with trailers'),
  ),
  ...absent(/fetch/, 'it has none', ...namesInPieces('http: fetch decodes and streams')),
};
