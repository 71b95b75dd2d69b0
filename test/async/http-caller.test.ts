/** The line of a program that asked, in the stack of the error that it gets, in the await face. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fetch, request, session } from '../../src/entry/http.ts';
import { bind, SocketError } from '../../src/entry/index.ts';

it('the caller is in the stack of a request, a fetch and a session that fail', async () => {
  const server = await bind('127.0.0.1', 0);
  const url = `http://127.0.0.1:${server.getsockname().port}/x`;
  server.close();
  const kept = session();
  for (const ask of [request, fetch, (url: string) => kept.request(url), (url: string) => kept.fetch(url)]) {
    async function theCaller(): Promise<void> {
      await ask(url);
    }
    await assert.rejects(theCaller(), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'ECONNREFUSED');
      assert.match(String(error.stack), /theCaller .*http-caller\.test/);
      const failed = error.cause instanceof SocketError ? error.cause : error;
      assert.match(failed.message, /^GET http:\/\/127\.0\.0\.1:\d+\/x: connect /);
      assert.match(String(failed.stack), /dial/, 'and the line that failed');
      return true;
    });
  }
  kept.close();
});
