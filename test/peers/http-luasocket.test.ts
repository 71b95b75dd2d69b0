/** LuaSocket's `http.request` and ours, of either face, ask the same of one nginx, and are told the same. */
import assert from 'node:assert/strict';
import type { HttpResponse } from '../../src/entry/http.ts';
import { withFaces, withLogin } from './http-faces.ts';
import { LOGIN, startNginx } from './servers/nginx.ts';
import { Child, type Cleanup } from './tools.ts';

/** What each tells of a reply. */
interface Told {
  readonly status: string;
  readonly code: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Prints the code, the status line, each header, a blank line, and the body in hex, which has no ends of lines. */
const PROGRAM = `
local http = require 'socket.http'
for _, url in ipairs(arg) do
  local body, code, headers, status = assert(http.request(url))
  print(code) print(status)
  for name, value in pairs(headers) do print(name .. ': ' .. value) end
  print()
  print((body:gsub('.', function(c) return ('%02x'):format(c:byte()) end)))
end`;

async function askLua(cleanup: Cleanup, urls: readonly string[]): Promise<Told[]> {
  const child = new Child(cleanup, 'lua5.4', ['-e', PROGRAM, '/dev/null', ...urls]);
  assert.deepEqual(await child.ended, { code: 0, signal: null }, child.stderr);
  const told: Told[] = [];
  for (let rest = child.stdout; rest !== ''; ) {
    const [, code, status, headers = '', body = '', behind = ''] =
      /^(\d+)\n(.*)\n((?:.+\n)*)\n([\da-f]*)\n([\s\S]*)$/.exec(rest) ?? assert.fail(rest);
    const fields = headers
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]);
    told.push({ code: Number(code), status: String(status), headers: comparable(fields), body });
    rest = behind;
  }
  return told;
}

function ours({ code, status, headers, body }: HttpResponse): Told {
  const names = new Set([...headers].map(([name]) => name.toLowerCase()));
  const fields = [...names].map((name): [string, string] => [name, headers.getAll(name).join(', ')]);
  return { code, status, headers: comparable(fields), body: body.toString('hex') };
}

/** Without what depends on when and how was asked: the second, and whether the connection is kept. */
function comparable(fields: readonly (readonly [string, string])[]): Record<string, string> {
  // LuaSocket adds a Location to what a redirect has led to.
  const apart = new Set(['date', 'connection', 'keep-alive', 'location']);
  return Object.fromEntries(fields.filter(([name]) => !apart.has(name)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

withFaces("what LuaSocket's client is told, ours is", ['lua5.4', 'luasocket', 'nginx'], async (ask, cleanup) => {
  const { url } = await startNginx(cleanup);
  const urls = [
    `${url}/1k.bin`,
    `${url}/r301`,
    `${url}/r302`,
    `${url}/r307`,
    `${url}/auth/1k.bin`,
    withLogin(`${url}/auth/1k.bin`, LOGIN),
    `${url}/chunked/page.html`,
    `${url}/large`,
    `${url}/missing`,
    `${url}/name?a=b;c`,
  ];
  const told = await askLua(cleanup, urls);
  assert.deepEqual(
    told.map(({ code }) => code),
    [200, 200, 200, 200, 401, 200, 200, 200, 404, 200],
  );
  for (const [i, one] of urls.entries()) {
    const reply = await ask({ url: one, headers: { 'Accept-Encoding': 'identity' } });
    assert.deepEqual(ours(reply), told[i], one);
  }
});
