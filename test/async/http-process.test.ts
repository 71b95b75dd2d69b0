/** Sessions and the process that they live in: what is idle keeps none alive, and a blocking face waits for nobody. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '../../src/entry/index.ts';
import { Child } from '../peers/tools.ts';
import { ok } from '../protocol/http/network.ts';
import { fault, type Scope } from '../reliability/harness.ts';
import { type Asked, serve } from './http-server.ts';

/** Runs a program with `session` of this face and a server's `url`; gives what it printed when it has ended by itself. */
async function run(
  scope: Scope,
  face: 'http' | 'http-blocking',
  program: string,
  answer: (asked: Asked) => Promise<unknown> = answerLate,
): Promise<unknown> {
  const server = await serve(scope, answer);
  const folder = mkdtempSync(join(tmpdir(), 'moonsocket-http-'));
  scope.defer(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'program.mjs');
  const module = new URL(`../../src/entry/${face}.js`, import.meta.url).href;
  writeFileSync(
    file,
    `import { session } from ${JSON.stringify(module)};\nconst url = ${JSON.stringify(server.url)};\n${program}`,
  );
  const child = new Child(scope, process.execPath, [file]);
  const { code } = await child.ended;
  assert.equal(code, 0, child.stderr);
  assert.ok(server.accepted > 0);
  return JSON.parse(child.stdout);
}

async function answerLate({ client, head, index }: Asked): Promise<void> {
  if (index > 0) await sleep(0.1); // with nothing else to wait for
  await client.send(ok(head.split(' ')[1] as string));
}

for (const face of ['http', 'http-blocking'] as const) {
  fault(`what a server does not take of a body keeps no process alive (${face})`, {}, async (scope) => {
    const program = `
      const { code } = await session().request({ url, method: 'POST', source: Buffer.alloc(16_000_000) });
      console.log(code);`;
    const code = await run(scope, face, program, async ({ client }) => {
      await sleep(0.5); // most often the client has filled all buffers by then
      await client.send('HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n');
      await new Promise(() => {}); // and it reads no more
    });
    assert.equal(code, 401);
  });

  fault(`a session that is not closed lets its process end (${face})`, {}, async (scope) => {
    const program = `
      const kept = session();
      const { code } = await kept.request(url);
      const begin = performance.now();
      process.on('exit', () => console.log(JSON.stringify([code, performance.now() - begin])));`;
    const [code, took] = (await run(scope, face, program)) as [number, number];
    assert.equal(code, 200);
    assert.ok(took < 1000, `${took} ms after its last request`);
  });

  fault(`an idle connection that is taken again keeps its process alive (${face})`, {}, async (scope) => {
    const program = `
      const kept = session();
      await kept.request(url + '/1');
      const { body } = await kept.request({ url: url + '/2', timeout: null }); // and no timer
      console.log(JSON.stringify(String(body)));`;
    assert.equal(await run(scope, face, program), '/2');
  });
}

fault('the blocking face with all connections in use: an error at once', {}, async (scope) => {
  const program = `
    const one = session({ connections: 1 });
    const errors = [];
    const sink = (chunk) => {
      if (chunk === null) return;
      const begin = performance.now();
      try { one.request(url + '/inner'); }
      catch ({ code, message }) { errors.push(code, message, performance.now() - begin < 1000); }
    };
    one.request({ url: url + '/outer', sink });
    const after = one.request(url + '/after');
    console.log(JSON.stringify([...errors, String(after.body)]));`;
  const [code, message, atOnce, after] = (await run(scope, 'http-blocking', program)) as unknown[];
  assert.deepEqual([code, atOnce, after], ['ERR_BUSY', true, '/after']);
  assert.match(String(message), /all connections that the session may have to this server are in use/);
});
