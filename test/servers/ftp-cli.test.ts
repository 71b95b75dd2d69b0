/** The command line with vsftpd, ProFTPD and Pure-FTPd, in clear and through TLS: get, put and ls, and going on. */
import assert from 'node:assert/strict';
import { chownSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { failed, Place, silent } from '../cli/support.ts';
import { everyByte, withTools } from '../peers/peer.ts';
import type { Cleanup } from '../peers/tools.ts';
import { FTPDS, type Ftpd, PASSWORD, startFtpd, USER } from './ftpd.ts';

const DATA = everyByte(300_000);

async function useIt(cleanup: Cleanup, name: Ftpd, secure: boolean): Promise<void> {
  const tls = !secure ? 'none' : name === 'vsftpd' ? 'required' : 'explicit';
  const server = await startFtpd(cleanup, name, { tls });
  const { uid, gid } = statSync(server.home);
  await Place.alone(async (place) => {
    writeFileSync(place.path('ca.pem'), server.ca);
    writeFileSync(place.path('up'), DATA);
    const env = { MOONSOCKET_PASSWORD: PASSWORD };
    const trust = secure ? ['--tls', 'required', '--cacert', 'ca.pem'] : [];
    const run = (command: string, ...args: string[]) =>
      place.runWith({ env }, ...[command, '-u', USER, ...trust, ...args]);
    const url = `ftp://${secure ? 'localhost' : server.host}:${server.port}/`;
    const stored = join(server.home, 'new', 'a dir', 'up');

    silent(await run('put', '--mkdir', 'up', `${url}new/a%20dir/`));
    assert.ok(readFileSync(stored).equals(DATA));
    truncateSync(stored, 1000);
    silent(await run('put', '-C', 'up', `${url}new/a%20dir/up`));
    assert.ok(readFileSync(stored).equals(DATA));
    const { mtimeMs } = statSync(stored);
    silent(await run('put', '-C', 'up', `${url}new/a%20dir/up`));
    assert.equal(statSync(stored).mtimeMs, mtimeMs, 'nothing is sent of what is complete');

    silent(await run('get', '-o', 'down', `${url}new/a%20dir/up`));
    assert.ok(place.read('down').equals(DATA));
    truncateSync(place.path('down'), 1000);
    silent(await run('get', '-C', '-o', 'down', `${url}new/a%20dir/up`));
    assert.ok(place.read('down').equals(DATA));
    failed(await run('get', `${url}new/none`), /550/);

    const odd = join(server.home, 'odd');
    mkdirSync(odd);
    for (const file of ['é', "it's", 'a -> b']) writeFileSync(join(odd, file), file);
    mkdirSync(join(odd, 'folder'));
    for (const path of ['', 'é', "it's", 'a -> b', 'folder']) chownSync(join(odd, path), uid, gid);
    const table = await run('ls', `${url}odd/`);
    assert.equal(table.status, 0, table.errors);
    for (const line of [/^-.* 2 .*é$/m, /^-.* 4 .*it's$/m, /^-.* 6 .*a -> b$/m, /^d.* - .*folder\/$/m])
      assert.match(String(table.output), line);
    const json = await run('ls', '--json', `${url}odd`);
    assert.equal(json.status, 0, json.errors);
    const entries = JSON.parse(String(json.output)) as { name: string; type: string; size?: number }[];
    const brief = entries.map(({ name: entry, type }) => `${type} ${entry}`).sort();
    assert.deepEqual(brief, ['directory folder', 'file a -> b', "file it's", 'file é']);
    // vsftpd lists what is not there as empty.
    if (name !== 'vsftpd') failed(await run('ls', `${url}none/`), /550/);
  });
}

for (const name of FTPDS) {
  for (const secure of [false, true]) {
    const body = (cleanup: Cleanup): Promise<void> => useIt(cleanup, name, secure);
    withTools(`the command line and ${name}, ${secure ? 'through TLS' : 'in clear'}`, [], body, 240);
  }
}
