/** TCP Fast Open (RFC 7413): the second connection to a server carries its first bytes in its SYN. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect, tcp4 } from '../../src/entry/blocking.ts';
import { apart } from '../reliability/harness.ts';

/** A counter of the kernel's, in this network namespace. */
function counted(name: string): number {
  const [names, values] = readFileSync('/proc/net/netstat', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('TcpExt:'))
    .map((line) => line.split(' '));
  return Number(values?.[names?.indexOf(name) ?? -1]);
}

apart('tcp-fastopen and tcp-fastopen-connect', { network: 'echo 3 >/proc/sys/net/ipv4/tcp_fastopen' }, async () => {
  const listening = tcp4();
  listening.setoption('tcp-fastopen', 5);
  listening.bind('127.0.0.1', 0);
  using server = listening.listen();
  const { port } = server.getsockname();
  for (let i = 0; i < 3; i++) {
    const master = tcp4();
    master.setoption('tcp-fastopen-connect', 1);
    using client = master.connect('127.0.0.1', port);
    client.settimeout(5);
    client.send(`line ${i}\n`);
    using accepted = server.accept();
    accepted.settimeout(5);
    assert.equal(accepted.receive(), `line ${i}`);
    accepted.send('back\n');
    assert.equal(client.receive(), 'back');
  }
  // The first one gets the cookie that the others use.
  assert.equal(counted('TCPFastOpenActive'), 2);
  assert.equal(counted('TCPFastOpenPassive'), 2);
  using plain = connect('127.0.0.1', port);
  assert.equal(plain.getoption('tcp-fastopen-connect'), 0);
});
