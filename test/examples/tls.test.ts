/** The examples of TLS, run as a user runs them, with node:tls at the other end. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { makeCertificates } from '../conformance/tls/certificates.ts';
import { newFolder, withTools } from '../peers/peer.ts';
import { Child, type Cleanup, eventually } from '../peers/tools.ts';

const EXAMPLES = path.resolve('.build/examples');

/** Certificates for localhost that sign themselves. */
function certificates(cleanup: Cleanup) {
  const folder = newFolder(cleanup);
  makeCertificates(folder);
  const file = (name: string): string => path.join(folder, name);
  return { cert: file('self.pem'), key: file('self.key') };
}

for (const example of ['tls-echo-server.js', 'blocking/tls-echo-server.js']) {
  withTools(`${example} echoes a line`, [], async (cleanup) => {
    const { cert, key } = certificates(cleanup);
    const server = new Child(cleanup, process.execPath, [path.join(EXAMPLES, example), cert, key]);
    await eventually('listening', () => /on port \d+/.test(server.stdout));
    const port = Number(/on port (\d+)/.exec(server.stdout)?.[1]);
    const client = tls.connect({ port, host: 'localhost', ca: readFileSync(cert) });
    cleanup.defer(() => client.destroy());
    client.write('hello\n');
    assert.equal(String((await once(client, 'data'))[0]), 'hello\n');
  });
}

withTools('pop3.js lists messages, and sends nothing in clear', [], async (cleanup) => {
  const { cert, key } = certificates(cleanup);
  const said: string[] = [];
  const answers = ['+OK user', '+OK in', '+OK 2 messages\r\n1 120\r\n2 200\r\n.', '+OK bye'];
  const server = tls.createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (socket) => {
    socket.on('error', () => {}).write('+OK ready\r\n');
    socket.on('data', (line) => {
      said.push(String(line));
      socket.write(`${answers.shift()}\r\n`);
    });
  });
  cleanup.defer(() => server.close());
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const args = [path.join(EXAMPLES, 'pop3.js'), 'localhost', String(port), 'me', 'secret'];
  const child = new Child(cleanup, process.execPath, args, { NODE_EXTRA_CA_CERTS: cert });
  await eventually('its end', () => child.over);
  assert.equal(child.stdout, 'ready\n1 120\n2 200\n', child.stderr);
  assert.deepEqual(said, ['USER me\r\n', 'PASS secret\r\n', 'LIST\r\n', 'QUIT\r\n']);
});

withTools('starttls.js goes on in TLS', [], async (cleanup) => {
  const { cert, key } = certificates(cleanup);
  const secureContext = tls.createSecureContext({ cert: readFileSync(cert), key: readFileSync(key) });
  const server = net.createServer((socket) => {
    socket.on('error', () => {}).write('220 mail.example\r\n');
    socket.once('data', () => {
      socket.write('220 go ahead\r\n');
      const secure = new tls.TLSSocket(socket, { isServer: true, secureContext });
      secure.on('error', () => {}).once('data', (data) => secure.end(`221 after ${data}`));
    });
  });
  cleanup.defer(() => server.close());
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const file = path.join(EXAMPLES, 'starttls.js');
  const child = new Child(cleanup, process.execPath, [file, 'localhost', String(port)], { NODE_EXTRA_CA_CERTS: cert });
  await eventually('its end', () => child.over);
  assert.match(child.stdout, /^220 mail\.example\n220 go ahead\nTLSv1\.3, verified\n221 after QUIT\n$/, child.stderr);
});
