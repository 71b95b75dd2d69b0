/** What `moonsocket get` asks of HTTP besides a download: as curl's users say it. */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, it } from 'node:test';
import { failed, Place } from './support.ts';

/** Answers with what was asked. */
function echo(request: IncomingMessage, response: ServerResponse): void {
  let body = '';
  request.setEncoding('latin1').on('data', (piece: string) => {
    body += piece;
  });
  request.on('end', () => {
    response.setHeader('X-Escape', 'a\x9bb');
    const { method, headers } = request;
    response.end(JSON.stringify({ method, type: headers['content-type'], accept: headers.accept, body }));
  });
}

/** What comes of `get -o -` with these. */
async function asked(place: Place, input: string | Buffer, ...args: readonly string[]): Promise<unknown> {
  const { status, output, errors } = await place.runWith({ input }, 'get', '-o', '-', ...args, place.url);
  assert.deepEqual([status, errors], [0, '']);
  return JSON.parse(String(output));
}

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

describe('get of http', () => {
  it('posts data: a form, files as they are, JSON', () =>
    Place.with(echo, async (place) => {
      writeFileSync(place.path('file'), 'c=3\r\nd=4\n');
      const form = await asked(place, '', '-d', 'a=1', '-d', '@file');
      assert.deepEqual(form, { method: 'POST', type: FORM, body: 'a=1&c=3\r\nd=4\n' });
      const text = await asked(place, 'from\0input', '--data', '@-', '-H', 'content-type: text/plain');
      assert.deepEqual(text, { method: 'POST', type: 'text/plain', body: 'from\0input' });
      const json = await asked(place, '', '--json', '{"a":1}', '-X', 'PUT');
      assert.deepEqual(json, { method: 'PUT', type: JSON_TYPE, accept: JSON_TYPE, body: '{"a":1}' });
      assert.deepEqual(await asked(place, '', '-X', 'DELETE'), { method: 'DELETE', body: '' });
    }));

  it('sends headers in the place of its own', () =>
    Place.with(echo, async (place) => {
      await asked(place, '', '-H', 'X-One: 1', '-H', 'x-two:  2 ', '-H', 'accept-encoding: gzip', '-H', 'Empty:');
      const { headers } = place.asked[0] as IncomingMessage;
      assert.deepEqual(
        [headers['x-one'], headers['x-two'], headers['accept-encoding'], headers.empty],
        ['1', '2', 'gzip', ''],
      );
    }));

  it('shows the head of the reply, which does nothing to a terminal', () =>
    Place.with(echo, async (place) => {
      const { output } = await place.run('get', '-i', '-o', '-', place.url);
      assert.match(String(output), /^HTTP\/1\.1 200 OK\nX-Escape: a.?\?b\n[\s\S]*\n\n\{"method":"GET"/);
      const head = await place.run('get', '-X', 'HEAD', `${place.url}file`);
      assert.deepEqual([head.status, head.errors], [0, '']);
      assert.match(String(head.output), /^HTTP\/1\.1 200 OK\n[\s\S]*\n\n$/);
      assert.deepEqual(readdirSync(place.folder), []);
    }));

  it('shows the head of a reply that says no, too', () =>
    Place.with(
      (_, response) => response.writeHead(404, { 'X-Why': 'gone' }).end('no'),
      async (place) => {
        const { status, output, errors } = await place.run('get', '-i', `${place.url}file`);
        assert.equal(status, 1);
        assert.match(String(output), /^HTTP\/1\.1 404 Not Found\nX-Why: gone\n/);
        assert.match(errors, /^moonsocket: [^\n]*the server said: HTTP\/1\.1 404[^\n]*\n$/);
      },
    ));

  it('shows what is said in both directions, without secrets', () =>
    Place.with(echo, async (place) => {
      const { errors } = await place.runWith(
        { env: { MOONSOCKET_PASSWORD: 'hidden' } },
        ...['get', '-v', '-o', '-', '-u', 'joe', '-H', 'Cookie: a=hidden', place.url],
      );
      assert.match(
        errors,
        /^> GET \/ HTTP\/1\.1\n> [\s\S]*\n> Authorization: Basic \*{4}\n[\s\S]*\n< HTTP\/1\.1 200 OK\n< X-Escape: a.?\?b\n/,
      );
      assert.doesNotMatch(errors, new RegExp(`hidden|${Buffer.from('joe:hidden').toString('base64')}`));
    }));

  it('is refused what has no meaning', () =>
    Place.with(echo, async (place) => {
      for (const [args, message] of [
        [['-H', 'nothing', place.url], /-H takes a header: 'Name: value'/],
        [['-H', 'A: b\r\nC: d', place.url], /./],
        [['-X', 'A B', place.url], /-X takes a method/],
        [['-d', 'a', '--json', 'b', place.url], /--json and -d are two bodies/],
        [['-C', '-d', 'a', place.url], /-C resumes a download, and POST is another request/],
        [['-d', '@', place.url], /@ stands before the name of a file/],
        [['-i', 'ftp://127.0.0.1/a'], /--include is for http/],
      ] as const) {
        const { status, errors } = await place.run('get', ...args);
        assert.equal(status, 2, errors);
        assert.match(errors, message);
        assert.match(errors, /^moonsocket: [^\n]*; moonsocket get --help says more\n$/);
      }
      failed(await place.run('get', '-d', '@none', place.url), /ENOENT.*none/);
      assert.equal(place.asked.length, 0);
    }));
});
