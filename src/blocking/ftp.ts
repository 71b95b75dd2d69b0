/** FTP in the blocking face. */
import { commandOnce, type FtpCommand, type FtpGet, type FtpPut, getOnce, putOnce } from '../protocol/ftp/calls.ts';
import { Mirror } from '../protocol/ftp/mirror.ts';
import type { FtpMirror, MirrorResult } from '../protocol/ftp/mirror-options.ts';
import type { FtpOptions } from '../protocol/ftp/options.ts';
import { connected, type FtpFace, type FtpSession } from '../protocol/ftp/session.ts';
import type { Reply } from '../protocol/tp/reply.ts';
import { localFiles } from './local-files.ts';
import { protocolEngine } from './protocol-engine.ts';
import { blockingRunner } from './runner.ts';

/**
 * A session with an FTP server, whose calls return values.
 *
 * @interface
 */
export type Session = FtpSession<'blocking'>;

const face: FtpFace<'blocking'> = {
  runner: blockingRunner,
  engine: protocolEngine,
  files: localFiles,
  sessions: { usual: 1, most: 1 },
};

/**
 * A session with an FTP server, logged in: of a URL, or of whatever the options say.
 *
 * ```ts
 * import { connect } from 'moonsocket/blocking/ftp';
 * try {
 *   connect({ host: '127.0.0.1', port: 1, timeout: 5 });
 * } catch (error) {
 *   error.code; // => 'ECONNREFUSED'
 * }
 * ```
 *
 * @throws SocketError with the system's code, `ERR_TLS_REQUIRED` where a password would go out in clear; ReplyError
 * `ERR_FTP_REPLY`, TimeoutError
 */
export function connect(input: string | URL | FtpOptions<'blocking'>): Session {
  return blockingRunner.run(connected(face, input));
}

/**
 * What a URL of FTP names, or with a sink whatever the request says: all of it. (LuaSocket `ftp.get`.)
 *
 * ```ts
 * import { get } from 'moonsocket/blocking/ftp';
 * try {
 *   get('ftp://127.0.0.1/%0D%0ADELE%20x');
 * } catch (error) {
 *   error.code; // => 'ERR_INVALID_ARGUMENT'
 * }
 * ```
 *
 * @throws as {@link connect} and `get` of a session
 */
export function get(input: string | URL | FtpGet<'blocking'>): Buffer {
  return blockingRunner.run(getOnce(face, input));
}

/** Stores content at a URL of FTP, or what a source gives; how many bytes have gone. (LuaSocket `ftp.put`.) @throws as {@link get} */
export function put(input: string | URL | FtpPut<'blocking'>, content?: string | Uint8Array): number {
  return blockingRunner.run(putOnce(face, input, content));
}

/** Commands without data, and the last one's reply. (LuaSocket `ftp.command`.) @throws as {@link connect} */
export function command(options: FtpCommand<'blocking'>): Reply {
  return blockingRunner.run(commandOnce(face, options));
}

/**
 * Makes a folder like another one, with all that is below it: the one here like the server's (`'down'`), or the server's like the one
 * here (`'up'`). Files of the same size that are not older are the same; nothing is removed. A connection that is lost
 * is replaced, and the mirror goes on in the middle of the file. Names that would lead out of the folder, links and
 * devices are left out.
 *
 * ```ts
 * import { mirror } from 'moonsocket/blocking/ftp';
 * try {
 *   mirror({ host: '127.0.0.1', port: 1, direction: 'down', local: 'copy' });
 * } catch (error) {
 *   error.code; // => 'ECONNREFUSED'
 * }
 * ```
 *
 * @throws MirrorError `ERR_FTP_MIRROR`, which names each file that was not copied; as {@link connect}, where nothing was begun
 */
export function mirror(options: FtpMirror<'blocking'>): MirrorResult {
  const job = new Mirror(face, options);
  blockingRunner.run(job.work(() => {}));
  return job.finish();
}
