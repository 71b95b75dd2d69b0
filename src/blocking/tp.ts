/** LuaSocket's tp in the blocking face. */
import {
  type ControlConnection as ControlConnectionOf,
  type ControlOptions,
  connectControl,
} from '../protocol/tp/control.ts';
import { protocolEngine } from './protocol-engine.ts';
import { blockingRunner } from './runner.ts';

/**
 * A control connection, whose calls return values.
 *
 * @interface
 */
export type ControlConnection = ControlConnectionOf<'blocking'>;

/**
 * A connection for a protocol of commands and numbered replies, or of lines: FTP, SMTP, NNTP, POP3. The greeting is the
 * first reply. (LuaSocket `tp.connect`.)
 *
 * ```ts
 * import { connect } from 'moonsocket/blocking/tp';
 * try {
 *   connect('127.0.0.1', 1, { timeout: 5 });
 * } catch (error) {
 *   error.code; // => 'ECONNREFUSED'
 * }
 * ```
 *
 * @throws SocketError with the system's code where there is no connection, TimeoutError, `ERR_INVALID_ARGUMENT`
 */
export function connect(host: string, port: number, options: ControlOptions<'blocking'> = {}): ControlConnection {
  return blockingRunner.run(connectControl(blockingRunner, protocolEngine, host, port, options));
}
