/** The FTP servers of these tests, asked by curl: what it can do there is what our client has to do. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { everyByte, newFolder, withTools } from '../peers/peer.ts';
import { Child, type Cleanup } from '../peers/tools.ts';
import { FTPDS, type FtpServer, PASSWORD, startFtpd, USER } from './ftpd.ts';

/** What curl gives, and its exit status. */
async function curl(cleanup: Cleanup, server: FtpServer, path: string, args: readonly string[], scheme = 'ftp') {
  const host = server.host === '::1' ? '[::1]' : 'localhost';
  const url = `${scheme}://${host}:${server.port}/${path}`;
  const child = new Child(cleanup, 'curl', ['-sS', '-m', '20', '-u', `${USER}:${PASSWORD}`, ...args, url]);
  const { code } = await child.ended;
  return { code, text: child.stdout, trouble: child.stderr };
}

async function serves(cleanup: Cleanup, server: FtpServer, args: readonly string[], scheme?: string): Promise<void> {
  const data = everyByte(300_000);
  const folder = newFolder(cleanup);
  const file = join(folder, 'up');
  writeFileSync(file, data);
  const up = await curl(cleanup, server, 'a%20file', [...args, '-T', file], scheme);
  assert.equal(up.code, 0, up.trouble);
  assert.ok(readFileSync(join(server.home, 'a file')).equals(data));
  const down = await curl(cleanup, server, 'a%20file', [...args, '-o', join(folder, 'down')], scheme);
  assert.equal(down.code, 0, down.trouble);
  assert.ok(readFileSync(join(folder, 'down')).equals(data));
  const list = await curl(cleanup, server, '', args, scheme);
  assert.match(list.text, /300000 .* a file\r?\n/, list.trouble);
}

for (const name of FTPDS) {
  withTools(`${name} serves, passive and active, in clear and through TLS`, ['curl'], async (cleanup) => {
    const plain = await startFtpd(cleanup, name);
    await serves(cleanup, plain, []);
    await serves(cleanup, plain, ['-P', '-']);
    const secure = await startFtpd(cleanup, name, { tls: 'explicit' });
    const ca = join(newFolder(cleanup), 'ca.pem');
    writeFileSync(ca, secure.ca);
    // curl 7.88 loses uploads over TLS 1.3 now and then.
    await serves(cleanup, secure, ['--cacert', ca, '--ssl-reqd', '--tls-max', '1.2']);
  });
}

withTools('vsftpd serves over IPv6', ['curl'], async (cleanup) => {
  await serves(cleanup, await startFtpd(cleanup, 'vsftpd', { host: '::1' }), []);
});

withTools('vsftpd wants TLS, and its sessions resumed', ['curl'], async (cleanup) => {
  const server = await startFtpd(cleanup, 'vsftpd', { tls: 'required' });
  const ca = join(newFolder(cleanup), 'ca.pem');
  writeFileSync(ca, server.ca);
  await serves(cleanup, server, ['--cacert', ca, '--ssl-reqd', '--tls-max', '1.2']);
  const clear = await curl(cleanup, server, '', []);
  assert.notEqual(clear.code, 0);
  assert.ok(existsSync(server.home));
});

withTools('vsftpd serves TLS from the first byte on', ['curl'], async (cleanup) => {
  const server = await startFtpd(cleanup, 'vsftpd', { tls: 'implicit' });
  const ca = join(newFolder(cleanup), 'ca.pem');
  writeFileSync(ca, server.ca);
  await serves(cleanup, server, ['--cacert', ca, '--tls-max', '1.2'], 'ftps');
});
