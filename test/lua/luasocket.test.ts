/** LuaSocket's own Lua modules, as Debian has them, on our C parts, socket.core and mime.core: they do what they do on its own. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe } from 'node:test';
import { PROGRAM } from '../cli/support.ts';
import { withTools } from '../peers/peer.ts';
import { Child, type Cleanup } from '../peers/tools.ts';

const ALL = ['socket', 'socket.url', 'socket.headers', 'ltn12', 'mime'];

/** Makes `require` find these on the disk. There is no such table to be changed in the system's Lua, where they are there only. */
function theirs(modules: readonly string[]): string {
  return `for _, name in ipairs { ${modules.map((name) => `"${name}"`).join(', ')} } do package.preload[name] = nil end
    local function is_theirs(f) return debug.getinfo(f, "S").source:find("^@.*/[%w]+%.lua$") ~= nil end
  `;
}

const MODULES = `
  local socket, url, headers, ltn12, mime = require "socket", require "socket.url", require "socket.headers", require "ltn12", require "mime"
  print(is_theirs(socket.bind), is_theirs(url.parse), is_theirs(ltn12.pump.all), is_theirs(mime.encode), require "mime.core" == mime)
  print(socket.url == url, socket.headers == headers, headers.canonic["content-md5"], socket.BLOCKSIZE, ltn12._VERSION, url._VERSION, mime._VERSION)
  local bytes = {} for i = 0, 255 do bytes[#bytes + 1] = string.char(i) end local all = table.concat(bytes):rep(64)
  for _, name in ipairs { "base64", "quoted-printable" } do
    for _, size in ipairs { 1, 2, 7, 2048 } do
      ltn12.BLOCKSIZE = size
      local coded, back = {}, {}
      print(ltn12.pump.all(ltn12.source.chain(ltn12.source.string(all), ltn12.filter.chain(mime.encode(name, "binary"), mime.wrap(name))), (ltn12.sink.table(coded))))
      print(ltn12.pump.all(ltn12.source.table(coded), ltn12.sink.chain(mime.decode(name), (ltn12.sink.table(back)))))
      print(#table.concat(coded), table.concat(back) == all)
    end
  end
  print(pcall(mime.encode, "none")) print(mime.normalize()("a\\nb\\r"), mime.stuff()(".\\r\\n."))
  local server = socket.tcp() assert(server:bind("127.0.0.1", 0) and server:listen()) local _, port = server:getsockname()
  local client = assert(socket.connect("127.0.0.1", port)) local peer = assert(server:accept())
  print(ltn12.pump.all(ltn12.source.string(all), socket.sink("close-when-done", client)))
  local got = {} print(ltn12.pump.all(socket.source("by-length", peer, 100), (ltn12.sink.table(got)))) print(#table.concat(got))
  print(ltn12.pump.all(socket.source("until-closed", peer), (ltn12.sink.table(got)))) print(table.concat(got) == all)
  print(pcall(socket.sink, "none", client))
`;

const HTTP = `
  local http, ltn12 = require "socket.http", require "ltn12"
  http.USERAGENT = "test" -- the release names an older version
  print(is_theirs(http.open))
  local base = "http://user:pass%21@127.0.0.1:" .. arg[1]
  local function show(body, code, headers, status)
    print(body and #tostring(body), type(body) == "string" and body:sub(1, 300), code, status)
    local names = {}
    for name, value in pairs(headers or {}) do if name ~= "date" then names[#names + 1] = name .. "=" .. value end end
    table.sort(names) print(table.concat(names, "|"))
  end
  show(http.request(base .. "/echo;p?a=b#c")) show(http.request(base .. "/post", "form=data")) show(http.request(base .. "/chunked")) show(http.request(base .. "/close"))
  show(http.request(base .. "/redirect/3")) show(http.request(base .. "/redirect/9")) show(http.request(base .. "/none")) show(http.request(base .. "/missing"))
  local got = {}
  show(http.request { url = base .. "/post", method = "PUT", headers = { ["X-Mine"] = "1", ["content-type"] = "text/plain" }, source = ltn12.source.string(("body"):rep(20000)), sink = ltn12.sink.table(got) }) print(table.concat(got))
  show(http.request { url = base .. "/echo", method = "HEAD" }) show(http.request { url = base .. "/redirect/1", redirect = false })
  show(http.request { url = base .. "/large", sink = ltn12.sink.chain(require "mime".encode "base64", function(chunk) if chunk then got[1] = #got[1] + #chunk .. "" end return 1 end) })
  show(http.request { url = base .. "/short" }) show(http.request("http://127.0.0.1:" .. arg[2] .. "/")) print(pcall(http.request, "gopher://x/"))
  show(http.request { url = base .. "/echo", sink = function() return nil, "full" end }) show(http.request { url = base .. "/echo", proxy = "http://127.0.0.1:" .. arg[1] })
`;

function answer(request: IncomingMessage, response: ServerResponse): void {
  const [path = ''] = (request.url ?? '').replace(/^http:\/\/[^/]*/, '').split(/[;?#]/);
  const hops = /^\/redirect\/(\d+)$/.exec(path)?.[1];
  // In the order of Lua's tables, which is any.
  const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}`);
  const seen = { method: request.method, url: request.url, headers: headers.sort() };
  if (hops !== undefined) {
    response.writeHead(302, { location: hops === '0' ? '/echo' : `${Number(hops) - 1}`, 'content-length': 0 }).end();
  } else if (path === '/echo') response.end(JSON.stringify(seen));
  else if (path === '/post') {
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
    });
    request.on('end', () => response.end(JSON.stringify({ ...seen, length })));
  } else if (path === '/chunked') {
    for (const piece of ['one\r\n', 'x'.repeat(9000), '\0end']) response.write(piece);
    response.addTrailers({ 'x-trailer': 'there' });
    response.end();
  } else if (path === '/close') {
    response.shouldKeepAlive = false;
    response.useChunkedEncodingByDefault = false;
    response.removeHeader('transfer-encoding');
    response.end('until the end');
  } else if (path === '/none') response.writeHead(204).end();
  else if (path === '/large') response.end(Buffer.alloc(1_000_000, 'large'));
  else if (path === '/short') {
    response.writeHead(200, { 'content-length': 100 });
    response.write('too short');
    setImmediate(() => response.destroy());
  } else response.writeHead(404, 'Not here').end('nothing');
}

async function serve(cleanup: Cleanup): Promise<[port: string, closed: string]> {
  const server = createServer(answer);
  const unused = createServer();
  for (const one of [server, unused]) await new Promise<void>((done) => one.listen(0, '127.0.0.1', done));
  const [port, closed] = [server, unused].map((one) => String((one.address() as AddressInfo).port));
  await new Promise((done) => unused.close(done));
  cleanup.defer(() => server.closeAllConnections());
  cleanup.defer(() => server.close());
  return [port as string, closed as string];
}

async function output(
  cleanup: Cleanup,
  command: readonly string[],
  code: string,
  args: readonly string[],
): Promise<string> {
  const [program, ...before] = command as [string, ...string[]];
  const child = new Child(cleanup, program, [...before, '-e', `arg = { ${args.join(', ')} } ${code}`]);
  assert.deepEqual([await child.ended, child.stderr], [{ code: 0, signal: null }, '']);
  return child.stdout;
}

const OURS = [process.execPath, PROGRAM, 'lua'];
const NATIVE = ['lua5.4'];

describe("LuaSocket's Lua modules over our cores", () => {
  const programs: readonly [title: string, code: string, modules: readonly string[]][] = [
    ['socket, ltn12, mime, url and headers', MODULES, ALL],
    ['http, and all that it wants', HTTP, [...ALL, 'socket.http']],
    ['http and socket, over ltn12, mime, url and headers of ours', HTTP, ['socket', 'socket.http']],
  ];
  for (const [title, code, modules] of programs) {
    withTools(title, ['lua5.4', 'luasocket'], async (cleanup) => {
      const args = await serve(cleanup);
      const program = theirs(modules) + code;
      const [mine, wanted] = [await output(cleanup, OURS, program, args), await output(cleanup, NATIVE, program, args)];
      assert.deepEqual(mine.split('\n'), wanted.split('\n'));
      assert.match(wanted, /^true\s/);
    });
  }
});
