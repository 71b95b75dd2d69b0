/** A UDP daytime server (RFC 867): whatever arrives is answered with the time. */
import { udp } from 'moonsocket/blocking';

const server = udp();
server.setsockname('127.0.0.1', 0);
console.log(`Serving the time on UDP port ${server.getsockname().port}`);
for (;;) {
  const { address, port } = server.receivefrom();
  server.sendto(new Date().toString(), address, port);
}
