/** Where `socket.http` is not as LuaSocket's, for the sake of safety; and its seams: other schemes, TLS, what is still to come. */
import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { describe, it } from 'node:test';
import { createLua } from '../../src/entry/lua.ts';
import { PROGRAM } from '../cli/support.ts';
import { withTools } from '../peers/peer.ts';
import { Child, type Cleanup } from '../peers/tools.ts';

/** A server that notes what it is asked, and answers by the last number in the path. */
async function noting(
  cleanup: Cleanup,
  replies: (n: number) => string,
): Promise<{ readonly port: number; readonly heads: string[] }> {
  const heads: string[] = [];
  const server = createServer((connection) => {
    let head = '';
    connection.on('error', () => {});
    connection.on('data', (bytes) => {
      head += bytes.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      heads.push(head);
      connection.end(replies(Number(/(\d+) HTTP/.exec(head)?.[1] ?? 0)));
    });
  });
  cleanup.defer(() => server.close());
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { port: (server.address() as AddressInfo).port, heads };
}

async function said(cleanup: Cleanup, code: string): Promise<string> {
  const child = new Child(cleanup, process.execPath, [
    PROGRAM,
    'lua',
    '-e',
    `local http, socket = require "socket.http", require "socket" ${code}`,
  ]);
  const end = await child.ended;
  assert.deepEqual([end, child.stderr], [{ code: 0, signal: null }, '']);
  return child.stdout;
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const to = (location: string): string => `HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`;

describe('socket.http where it is safer', () => {
  withTools('308 is followed, as by the newest LuaSocket', [], async (cleanup) => {
    const moved = 'HTTP/1.1 308 Moved\r\nLocation: /2\r\nContent-Length: 0\r\n\r\n';
    const { port, heads } = await noting(cleanup, (n) => (n === 1 ? moved : OK));
    const request = `{ url = "http://127.0.0.1:${port}/1", headers = { ["content-type"] = "a/b" } }`;
    assert.equal(await said(cleanup, `print((select(2, http.request ${request})))`), '200\n');
    assert.equal(heads.length, 2);
    for (const head of heads)
      assert.match(head, /\r\ncontent-type: a\/b\r\n/i, 'a GET has no body that it would be about');
  });

  withTools('a redirected HEAD is a HEAD', [], async (cleanup) => {
    const { port, heads } = await noting(cleanup, (n) => (n === 1 ? to('/2') : OK));
    await said(cleanup, `print(http.request { url = "http://127.0.0.1:${port}/1", method = "HEAD" })`);
    assert.deepEqual(
      heads.map((head) => head.slice(0, 7)),
      ['HEAD /1', 'HEAD /2'],
    );
  });

  withTools('another origin is told no secrets', [], async (cleanup) => {
    const other = await noting(cleanup, () => OK);
    const { port, heads } = await noting(cleanup, (n) => (n === 1 ? to('/2') : to(`http://127.0.0.1:${other.port}/`)));
    const secrets = 'headers = { authorization = "Bearer s", cookie = "c=1", ["X-Mine"] = "yes" }';
    await said(cleanup, `assert(http.request { url = "http://127.0.0.1:${port}/1", ${secrets} })`);
    await said(cleanup, `assert(http.request { url = "http://user:secret@127.0.0.1:${port}/1" })`);
    assert.equal(heads.filter((head) => /^authorization: /im.test(head)).length, 4);
    assert.equal(other.heads.length, 2);
    assert.ok(other.heads[0]?.includes('X-Mine: yes'));
    for (const head of other.heads) assert.doesNotMatch(head, /authorization|cookie|secret/i);
  });

  withTools('what a header, a method or a URL could smuggle in is refused, or escaped', [], async (cleanup) => {
    const { port, heads } = await noting(cleanup, () => OK);
    const url = `http://127.0.0.1:${port}/`;
    const output = await said(
      cleanup,
      `print(http.request { url = "${url}", headers = { a = "b\\r\\nc: d" } })
       print(http.request { url = "${url}", headers = { ["a\\r\\nb"] = "c" } })
       print(http.request { url = "${url}", method = "GET / HTTP/1.1\\r\\n\\r\\nGET" })
       print(http.request("${url}\\r\\nx"))
       print(http.request { url = "${url}", method = "PUT", headers = { ["content-length"] = 3 }, source = coroutine.wrap(function() coroutine.yield("four") end) })
       http.USERAGENT = "x\\r\\ny: z" print(http.request("${url}")) http.USERAGENT = nil
       print(http.request("${url}\\u{e9} b?\\u{20ac}#part"))`,
    );
    const lines = output.split('\n').slice(0, -1);
    assert.equal(lines.length, 7);
    for (const line of lines.slice(0, -1)) assert.match(line, /^nil\t/);
    assert.match(lines[4] as string, /length says 3/);
    assert.match(lines[6] as string, /^ok\t200/);
    assert.match(heads.at(-1) as string, /^GET \/%C3%A9%20b\?%E2%82%AC HTTP\/1\.1\r\n/);
    assert.doesNotMatch(heads.at(-1) as string, /user-agent: LuaSocket/i);
  });
});

describe('the seams of socket.http', () => {
  withTools('https goes over the ssl.https that the program has', [], async (cleanup) => {
    const { port, heads } = await noting(cleanup, (n) => (n === 1 ? to(`https://127.0.0.1:${port}/2`) : OK));
    const output = await said(
      cleanup,
      `local url = "http://127.0.0.1:${port}/1"
       package.preload["ssl.https"] = function() error("none today", 0) end
       print(http.request("https://127.0.0.1:${port}/2"))
       print(http.request(url))
       print(http.request { url = url, create = socket.tcp })
       print((http.request { url = "https://127.0.0.1:${port}/2", create = socket.tcp }))
       package.preload["ssl.https"] = function()
         return { tcp = function(request) print("tls for", request.url or request.host) return socket.tcp end }
       end
       print((http.request(url)))
       http.schemes.https.create = function() return function() return nil, "no TLS today" end end
       print(http.request(url))
       http.schemes.http.create = function() return function() print("mine") return socket.tcp() end end
       print((http.request("http://127.0.0.1:${port}/3")))
       http.PORT = ${port} print((http.request("http://127.0.0.1/4")))`,
    );
    const lines = output.split('\n');
    assert.deepEqual(lines, [
      ...Array<string>(3).fill('nil\tnone today'),
      '1',
      `tls for\thttps://127.0.0.1:${port}/2`,
      'ok',
      'nil\tno TLS today',
      'mine',
      'ok',
      'mine',
      'ok',
      '',
    ]);
    assert.equal(heads.length, 8);
  });

  it('is not there without the network', () => {
    const closed = createLua();
    assert.throws(() => closed.run('require "socket.http"'), { message: /permission 'network'/ });
    closed.close();
    const lua = createLua({ permissions: { network: true } });
    assert.doesNotMatch(String(lua.run('return select(2, pcall(require, "nosuch"))')[0]), /moonsocket/);
    assert.deepEqual(lua.run('return require("socket.http").request("http://127.0.0.1:1/")'), [
      null,
      'connection refused',
    ]);
    lua.close();
  });
});
