/** The examples that send mails, run as a user runs them, with a server that keeps what it gets. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { startSink } from '../protocol/smtp/sink.ts';

async function run(name: string, args: readonly string[], input: string) {
  const child = spawn(process.execPath, [path.resolve('.build/examples', name), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    output += piece;
  });
  child.stdin.end(input);
  const status = await new Promise<number | null>((done) => child.on('close', done));
  return { status, output };
}

describe('mail', () => {
  it('send-mail.js sends a text with a file', async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'moonsocket-examples-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'hello.txt');
    writeFileSync(file, 'Hello, file!');
    await using sink = await startSink({ grey: false });
    const url = `smtp://127.0.0.1:${sink.port}`;
    assert.deepEqual(await run('send-mail.js', [url, 'a@x.org', 'b@x.org', 'Hi', file], 'Hello!\n'), {
      status: 0,
      output: 'b@x.org: 2.0.0 queued\n',
    });
    const [mail] = (await sink.state()).mails;
    assert.match(mail?.message ?? '', /^Subject: Hi\r$/m);
    assert.ok(mail?.message.includes(Buffer.from('Hello, file!').toString('base64')));
  });

  it('mailing.js sends one to each address, and says who was refused', async () => {
    await using sink = await startSink({ replies: { RCPT: ['550 5.1.1 no'] } });
    const addresses = Array.from({ length: 20 }, (_, i) => `b${i}@x.org`);
    const args = [`smtp://127.0.0.1:${sink.port}`, 'a@x.org', 'Hi', 'Hello!'];
    const { status, output } = await run('mailing.js', args, `${addresses.join('\n')}\n`);
    assert.equal(status, 0);
    assert.match(output, /^b\d+@x\.org: ERR_RECIPIENTS\n19 sent\n$/);
    const { mails } = await sink.state();
    assert.equal(new Set(mails.flatMap(({ to }) => to)).size, 19);
  });
});
