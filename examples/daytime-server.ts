/** A UDP daytime server (RFC 867): whatever arrives is answered with the time. */
import { udp } from 'moonsocket';

const server = udp();
await server.setsockname('127.0.0.1', 0);
console.log(`Serving the time on UDP port ${server.getsockname().port}`);
for (;;) {
  const { address, port } = await server.receivefrom();
  await server.sendto(new Date().toString(), address, port);
}
