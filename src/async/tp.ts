/** LuaSocket's tp in the await face. */
import {
  type ControlConnection as ControlConnectionOf,
  type ControlOptions,
  connectControl,
} from '../protocol/tp/control.ts';
import { protocolEngine } from './protocol-engine.ts';
import { awaitRunner } from './runner.ts';

/**
 * A control connection, whose calls give promises.
 *
 * @interface
 */
export type ControlConnection = ControlConnectionOf<'await'>;

/**
 * A connection for a protocol of commands and numbered replies, or of lines: FTP, SMTP, NNTP, POP3. The greeting is the
 * first reply. (LuaSocket `tp.connect`.)
 *
 * ```ts
 * import { bind } from 'moonsocket';
 * import { connect } from 'moonsocket/tp';
 * const server = await bind('127.0.0.1', 0);
 * const serving = (async () => {
 *   const client = await server.accept();
 *   await client.send('220 ready\r\n');
 *   await client.receive(); // => 'NOOP'
 *   await client.send('250 fine\r\n');
 *   client.close();
 * })();
 * const control = await connect('127.0.0.1', server.getsockname().port);
 * await control.check('2..');
 * await control.command('NOOP');
 * (await control.check('250')).text; // => 'fine'
 * control.close();
 * await serving;
 * server.close();
 * ```
 *
 * @throws SocketError with the system's code where there is no connection, TimeoutError, `ERR_INVALID_ARGUMENT`
 */
export function connect(host: string, port: number, options: ControlOptions<'await'> = {}): Promise<ControlConnection> {
  return awaitRunner.run(connectControl(awaitRunner, protocolEngine, host, port, options));
}
