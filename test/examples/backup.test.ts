/** The backup by FTP, run as a user runs it, against the server of the conformance suite. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import * as ftp from '../../src/entry/ftp.ts';
import * as http from '../../src/entry/http.ts';
import * as sockets from '../../src/entry/index.ts';
import { ask, serve, withSession } from '../conformance/ftp/support.ts';
import { startPeer } from '../conformance/harness.ts';

async function backup(...args: string[]): Promise<{ status: number | null; output: string; errors: string }> {
  const program = path.resolve('.build/examples/backup.js');
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    output += piece;
  });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    errors += piece;
  });
  const status = await new Promise<number | null>((done) => child.on('close', done));
  return { status, output, errors };
}

it('backup copies what is new, and names what it could not copy', async () => {
  const { peer, stop } = await startPeer();
  try {
    const face = { ...sockets, http, ftp };
    const options = await serve(face, peer);
    const url = `ftp://joe:secret@127.0.0.1:${options.port}/a/b`;
    const folder = peer.path();
    mkdirSync(path.join(folder, 'sub'), { recursive: true });
    writeFileSync(path.join(folder, 'one'), 'hello');
    writeFileSync(path.join(folder, 'sub', 'two'), 'hello again');
    const first = await backup(folder, url);
    const lines = first.output.trimEnd().split('\n');
    const last = lines.pop();
    assert.deepEqual([first.status, first.errors, lines.sort()], [0, '', ['one', 'sub/two']]);
    assert.equal(last, '2 files with 16 bytes were copied, 0 were there');
    await withSession(face, options, async (session) => {
      assert.equal(String(await session.get('a/b/sub/two')), 'hello again');
    });
    await ask(face, options, 'DENY a/b/three');
    writeFileSync(path.join(folder, 'three'), 'no');
    const second = await backup(folder, url);
    assert.deepEqual([second.status, second.output], [1, '']);
    assert.match(second.errors, /^three: ftp 127\.0\.0\.1:\d+: 553 no to STOR three \(ERR_FTP_REPLY\)/);
  } finally {
    await stop();
  }
});
