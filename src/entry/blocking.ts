/** moonsocket/blocking: the blocking face. */

export {
  bind,
  type Client,
  connect,
  type Dns,
  dns,
  fd,
  listening,
  pair,
  pipe,
  sleep,
  stream,
  type TcpClient,
  type TcpMaster,
  type TcpServer,
  tcp,
  tcp4,
  tcp6,
  type Udp,
  type UnixMaster,
  type UnixServer,
  udp,
  udp4,
  udp6,
  unix,
} from '../blocking/face.ts';
export { select } from '../blocking/select.ts';
export { type SerialOptions, serial } from '../blocking/serial.ts';
export type { UnixDatagram, UnixDatagramStats } from '../blocking/unix-datagram.ts';
export type { UnixDatagramMessage } from '../blocking/unix-datagram-io.ts';
export { runBlocking } from '../core/flow.ts';
export { warnOfLeaks } from '../posix/descriptor.ts';
export * from './common.ts';
