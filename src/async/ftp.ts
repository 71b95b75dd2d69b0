/** FTP in the await face. */
import { commandOnce, type FtpCommand, type FtpGet, type FtpPut, getOnce, putOnce } from '../protocol/ftp/calls.ts';
import { Mirror } from '../protocol/ftp/mirror.ts';
import type { FtpMirror, MirrorResult } from '../protocol/ftp/mirror-options.ts';
import type { FtpOptions } from '../protocol/ftp/options.ts';
import { connected, type FtpFace, type FtpSession } from '../protocol/ftp/session.ts';
import type { Reply } from '../protocol/tp/reply.ts';
import { callChain } from './call-chain.ts';
import { localFiles } from './local-files.ts';
import { protocolEngine } from './protocol-engine.ts';
import { awaitRunner } from './runner.ts';

/**
 * A session with an FTP server, whose calls give promises.
 *
 * @interface
 */
export type Session = FtpSession<'await'>;

const face: FtpFace<'await'> = {
  runner: awaitRunner,
  engine: protocolEngine,
  files: localFiles,
  calls: callChain,
  sessions: { usual: 4, most: 32 },
};

/**
 * A session with an FTP server, logged in: of a URL, or of whatever the options say. Calls that are made before another
 * one has ended wait for their turn.
 *
 * ```ts
 * import { connect } from 'moonsocket/ftp';
 * const error = await connect({ host: '127.0.0.1', port: 1, timeout: 5 }).catch((error) => error);
 * error.code; // => 'ECONNREFUSED'
 * ```
 *
 * @throws SocketError with the system's code, `ERR_TLS_REQUIRED` where a password would go out in clear; ReplyError
 * `ERR_FTP_REPLY`, TimeoutError, AbortError
 */
export async function connect(input: string | URL | FtpOptions<'await'>): Promise<Session> {
  return await awaitRunner.run(connected(face, input));
}

/**
 * What a URL of FTP names, or with a sink whatever the request says: all of it. (LuaSocket `ftp.get`.)
 *
 * ```ts
 * import { get } from 'moonsocket/ftp';
 * const error = await get('ftp://127.0.0.1/%0D%0ADELE%20x').catch((error) => error);
 * error.code; // => 'ERR_INVALID_ARGUMENT'
 * ```
 *
 * @throws as {@link connect} and `get` of a session
 */
export async function get(input: string | URL | FtpGet<'await'>): Promise<Buffer> {
  return await awaitRunner.run(getOnce(face, input));
}

/** Stores content at a URL of FTP, or what a source gives; how many bytes have gone. (LuaSocket `ftp.put`.) @throws as {@link get} */
export async function put(input: string | URL | FtpPut<'await'>, content?: string | Uint8Array): Promise<number> {
  return await awaitRunner.run(putOnce(face, input, content));
}

/** Commands without data, and the last one's reply. (LuaSocket `ftp.command`.) @throws as {@link connect} */
export async function command(options: FtpCommand<'await'>): Promise<Reply> {
  return await awaitRunner.run(commandOnce(face, options));
}

/**
 * Makes a folder like another one, with all that is below it: the one here like the server's (`'down'`), or the server's like the one
 * here (`'up'`). Files of the same size that are not older are the same; nothing is removed. Four sessions copy at once, and
 * one whose connection is lost is replaced, and goes on in the middle of its file. Names that would lead out of
 * the folder, links and devices are left out.
 *
 * ```ts
 * import { mirror } from 'moonsocket/ftp';
 * const error = await mirror({ host: '127.0.0.1', port: 1, direction: 'down', local: 'copy' }).catch((error) => error);
 * error.code; // => 'ECONNREFUSED'
 * ```
 *
 * @throws MirrorError `ERR_FTP_MIRROR`, which names each file that was not copied; as {@link connect}, where nothing was begun
 */
export async function mirror(options: FtpMirror<'await'>): Promise<MirrorResult> {
  // Those that copy end with the first one that cannot go on.
  const ending = new AbortController();
  const signal = options.signal === undefined ? ending.signal : AbortSignal.any([options.signal, ending.signal]);
  const job = new Mirror(face, { ...options, signal });
  const stop = (): void => ending.abort();
  await Promise.all(Array.from({ length: job.sessions }, () => awaitRunner.run(job.work(stop))));
  return job.finish();
}
