/** The example programs, run as a user runs them. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { connect } from '../../src/index.ts';

async function output(name: string, ...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [path.resolve('.build/examples', name), ...args], {
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

  for (const name of ['echo-server', 'daytime-client', 'daytime-server']) {
    it(`${name} differs between the faces by import and await alone`, () => {
      const awaiting = readFileSync(`examples/${name}.ts`, 'utf8');
      const blocking = readFileSync(`examples/blocking/${name}.ts`, 'utf8');
      assert.match(awaiting, /await/);
      assert.equal(awaiting.replace(/\bawait /g, '').replace("'moonsocket'", "'moonsocket/blocking'"), blocking);
    });
  }

  it('the blocking echo server answers, one client after the other', async () => {
    const { child, port } = await started('blocking/echo-server.js');
    for (const words of ['first', 'second']) {
      using client = await connect('localhost', port, { timeout: 10 });
      client.settimeout(10);
      await client.send(`${words}\r\n`);
      assert.equal(await client.receive(), words);
    }
    child.kill();
    await once(child, 'exit');
  });

  it('the blocking daytime client asks the blocking daytime server', async () => {
    const { child, port } = await started('blocking/daytime-server.js');
    const time = await output('blocking/daytime-client.js', 'localhost', String(port));
    assert.ok(!Number.isNaN(Date.parse(time.replace(/ \(.*/, ''))), time);
    child.kill();
    await once(child, 'exit');
  });
});

/** A server, when it has told its port. */
async function started(name: string): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, [path.resolve('.build/examples', name)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  while (!/port (\d+)\n/.test(text)) text += String(((await once(child.stdout, 'data')) as [Buffer])[0]);
  return { child, port: Number(/port (\d+)\n/.exec(text)?.[1]) };
}
