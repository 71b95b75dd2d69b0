/** The example programs, run as a user runs them. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { describe, it } from 'node:test';

async function output(name: string): Promise<string> {
  const child = spawn(process.execPath, [path.resolve('.build/examples', name)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  const status = await new Promise((done) => child.on('close', done));
  assert.equal(status, 0);
  return text;
}

describe('examples', () => {
  it('the demo shows the echo server and the daytime client at work', async () => {
    const text = await output('demo.js');
    assert.match(text, /server: After connecting, you have 10s to enter a line to be echoed\n/);
    assert.match(text, /you: {4}(.+)\n {2}server: \1\n/);
    assert.match(text, /Serving the time on UDP port \d+\n {2}server: \w{3} \w{3} \d\d \d{4} /);
  });
});
