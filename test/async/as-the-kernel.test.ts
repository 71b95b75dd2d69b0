/** What Node hides of the kernel's answers: the await face gives them as the blocking one does. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import net, { type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { connect, type TcpClient, tcp, unix } from '../../src/entry/index.ts';

async function linked(): Promise<{ client: TcpClient; peer: Socket; end: () => void }> {
  const server = net.createServer().listen(0, '127.0.0.1');
  const coming = new Promise<Socket>((resolve) => server.once('connection', resolve));
  await new Promise((resolve) => server.once('listening', resolve));
  const client = await connect('127.0.0.1', (server.address() as AddressInfo).port);
  const peer = (await coming).on('error', () => {});
  const end = (): void => {
    client.close();
    peer.destroy();
    server.close();
  };
  return { client, peer, end };
}

it('a reset that a receive has told is no pending error, and the peer keeps its name', async () => {
  const { client, peer, end } = await linked();
  const { port } = client.getpeername();
  assert.equal(client.getoption('error'), undefined);
  peer.resetAndDestroy();
  await assert.rejects(client.receive(), { code: 'ECONNRESET' });
  assert.equal(client.getpeername().port, port);
  assert.equal(client.getoption('error'), undefined);
  await assert.rejects(client.receive(), { code: 'ECONNRESET' });
  end();
});

it('a time for keep-alive that the kernel refuses is refused', async () => {
  const { client, end } = await linked();
  for (const socket of [client, tcp()]) {
    for (const seconds of [0, 32_768]) {
      assert.throws(() => socket.setoption('tcp-keepidle', seconds), { code: 'EINVAL', message: /tcp-keepidle/ });
    }
    for (const seconds of [1, 32_767]) socket.setoption('tcp-keepidle', seconds);
    assert.equal(socket.getoption('tcp-keepidle'), 32_767);
  }
  end();
});

it('a path in a folder that is not there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'moonsocket-'));
  await assert.rejects(unix.stream().bind(join(folder, 'none', 's')), {
    code: 'ENOENT',
    reason: 'No such file or directory',
  });
  rmSync(folder, { recursive: true });
});
