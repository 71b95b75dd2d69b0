/** moonsocket: the await face. */

export {
  bind,
  type Client,
  connect,
  type Dns,
  dns,
  fd,
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
} from '../async/face.ts';
export { select } from '../async/select.ts';
export { runAsync } from '../core/flow.ts';
export * from './common.ts';
