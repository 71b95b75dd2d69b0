// Two UDP sockets of the blocking face that are each other's peer, for the programs that send from one to the other.

import { type Udp, udp } from '../../src/entry/blocking.ts';
import { HOST } from './measure.ts';

export function udpPeers(): [Udp, Udp] {
  const [here, there] = [udp(), udp()];
  for (const socket of [here, there]) socket.setsockname(HOST, 0);
  here.setpeername(HOST, there.getsockname().port);
  there.setpeername(HOST, here.getsockname().port);
  return [here, there];
}
