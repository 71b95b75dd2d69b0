/** `socket.http`: one script with us and with LuaSocket's own, against nginx and against servers that are no servers. */
import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe } from 'node:test';
import { PROGRAM } from '../cli/support.ts';
import { withTools } from '../peers/peer.ts';
import { LOGIN, startNginx } from '../peers/servers/nginx.ts';
import { Child, type Cleanup, eventually } from '../peers/tools.ts';

/** Prints what a call gives: headers by their names, without those that differ with time or the client. */
const SHOW = `
  local http, ltn12, socket = require "socket.http", require "ltn12", require "socket"
  local URL, OTHER = arg[1], arg[2]
  local apart = { date = true, connection = true, etag = true, ["last-modified"] = true }
  local function shown(value)
    if type(value) == "table" then
      local lines = {}
      for name, v in pairs(value) do if not apart[name] then lines[#lines + 1] = name .. "=" .. tostring(v):gsub("^/up/.*", "") end end
      table.sort(lines) return "{" .. table.concat(lines, "; ") .. "}"
    end
    return (math.type(value) or type(value)) .. ":" .. (#tostring(value) > 200 and #value .. " bytes " .. value:sub(-20) or tostring(value))
  end
  local function show(...)
    local values = table.pack(...)
    for i = 1, values.n do values[i] = shown(values[i]) end
    print((table.concat(values, " "):gsub("%c", function(c) return ("\\\\%d"):format(c:byte()) end)))
  end
  local function uploaded(name) return URL .. "/up/" .. name .. (arg[0] or "") end
  local function taken(...) show(...) return 1 end
`;

const OURS = [process.execPath, PROGRAM, 'lua'] as const;
const NATIVE = ['lua5.4'] as const;

/** What a script prints in one of the two. */
async function printed(
  cleanup: Cleanup,
  [command, ...before]: readonly [string, ...string[]],
  code: string,
  args: readonly string[],
): Promise<string[]> {
  const child = script(cleanup, [command, ...before], code, args);
  const end = await child.ended;
  assert.deepEqual([end, child.stderr], [{ code: 0, signal: null }, '']);
  return child.stdout.split('\n');
}

function script(
  cleanup: Cleanup,
  [command, ...before]: readonly [string, ...string[]],
  code: string,
  args: readonly string[],
): Child {
  const program = `arg = { [0] = "${command.replace(/\W/g, '')}", ${args.map((arg) => JSON.stringify(arg)).join(', ')} } ${SHOW} ${code}`;
  return new Child(cleanup, command, [...before, '-e', program]);
}

async function alike(cleanup: Cleanup, code: string, ...args: readonly string[]): Promise<string[]> {
  const theirs = await printed(cleanup, NATIVE, code, args);
  assert.deepEqual(await printed(cleanup, OURS, code, args), theirs);
  return theirs;
}

const ON_NGINX: Record<string, string> = {
  'the simple form': `
    for _, path in ipairs { "/1k.bin", "/page.html", "/chunked/page.html", "/gzip/page.html", "/missing", "/name?a=b;c", "/large", "/line?x", "" } do
      show(path, http.request(URL .. path)) end
    show(http.request(URL .. "/asked", "a=b&c=d")) show(http.request(URL .. "/asked", "")) show(http.request(URL .. "/asked", 12.5))`,
  'the general form': `
    local chunks = {}
    show(http.request { url = URL .. "/1k.bin", sink = ltn12.sink.table(chunks) }) show(table.concat(chunks))
    show(http.request { url = URL .. "/1k.bin" })
    show(http.request { scheme = "http", host = "127.0.0.1", port = URL:match("%d+$"), path = "/asked", method = "OPTIONS", sink = taken })
    show(http.request { url = URL .. "/1k.bin", path = "/name", query = "z", sink = taken })
    show(http.request { url = URL .. "/1k.bin", method = "HEAD", sink = function(...) show("no body, no call", ...) return 1 end })
    show(http.request { url = URL .. "/1k.bin", headers = { Range = "bytes=1-3", ["X-Large"] = 5 }, sink = taken })
    show(http.request { url = URL .. "/large", headers = { ["x-large"] = "lower" } })`,
  'bodies that are sent': `
    show(http.request { url = uploaded "file", method = "PUT", source = ltn12.source.string(("0123456789"):rep(1000)), headers = { ["content-length"] = 10000 } })
    show(http.request(uploaded "file"))
    show(http.request { url = uploaded "file", method = "PUT", source = ltn12.source.cat(ltn12.source.string("one"), ltn12.source.string("\\0\\r\\n\\255")) })
    show(http.request(uploaded "file"))
    show(http.request { url = URL .. "/up/x", method = "PUT", source = ltn12.source.error("no source") })
    show(http.request { url = URL .. "/small", method = "PUT", source = ltn12.source.string(("x"):rep(2000)), headers = { ["content-length"] = 2000 } })`,
  redirects: `
    for _, path in ipairs { "/r301", "/r302", "/r303", "/r307" } do show(path, http.request(URL .. path)) end
    show(http.request(URL .. "/r301", "posted")) show(http.request { url = URL .. "/r302", method = "POST" })
    show(http.request { url = URL .. "/r302", redirect = false }) show(http.request { url = URL .. "/loop" })
    show(http.request { url = URL .. "/r302", maxredirects = 0 }) show(http.request { url = URL .. "/loop", maxredirects = 2 })
    show(http.request { url = URL .. "/r301", sink = taken, redirect = true })`,
  credentials: `
    show(http.request(URL .. "/auth/1k.bin")) show(http.request("http://" .. arg[3] .. "@" .. URL:match("//(.*)") .. "/auth/1k.bin"))
    show(http.request { url = URL .. "/auth/1k.bin", user = "user", password = "p%3Aa%20ss" })
    show(http.request { url = URL .. "/auth/1k.bin", user = "user", password = "wrong" })
    show(http.request { url = URL .. "/credentials", headers = { authorization = "Bearer x" }, sink = taken })
    show(http.request { url = URL .. "/name", user = "user" })`,
  'module variables': `
    http.USERAGENT = "mine/1" show(http.request { url = URL .. "/name", create = function()
      local c = socket.tcp()
      return setmetatable({}, { __index = function(_, name) return function(_, ...)
        local agent = name == "send" and (...):match("[Uu]ser%-[Aa]gent: [^\\r]*") if agent then show(agent) end
        return c[name](c, ...) end end })
    end })
    http.PROXY = URL show(http.request("http://nosuch.invalid/name")) http.request { url = "http://nosuch.invalid/line", sink = function(line) if line then show((line:gsub(":80", ""))) end return 1 end }
    show(http.request { url = OTHER, proxy = "http://127.0.0.1:1", sink = taken }) http.PROXY = nil
    show(http.request { url = "http://nosuch.invalid/credentials", proxy = "http://a:b@" .. URL:match("//(.*)"), sink = taken })
    http.PROXY = "http://127.0.0.1:1" show(http.request(URL .. "/name")) http.PROXY = nil
    show(http.request("http://127.0.0.1:1/")) show(http.request("http://nosuch.invalid/")) show(http.request("http:///x"))`,
  'sinks and steps': `
    local count = 0
    show(http.request { url = URL .. "/1k.bin", sink = function(chunk, err) count = count + (chunk and #chunk or 10000) return 1 end }) show(count)
    show(http.request { url = URL .. "/page.html", sink = function() return nil, "full" end })
    show(http.request { url = URL .. "/page.html", sink = function() return nil end })
    show(http.request { url = URL .. "/page.html", sink = function() return false, { code = 1 } end })
    show(pcall(http.request, { url = URL .. "/page.html", sink = function() error("raised", 0) end }))
    show(pcall(http.request, { url = URL .. "/page.html", sink = function() error { code = 2 } end }))
    show(pcall(http.request, { url = URL .. "/asked", method = "PUT", source = function() error("source", 0) end }))
    show(pcall(http.request, { url = URL .. "/asked", create = function() error("create", 0) end }))
    show(http.request { url = URL .. "/asked", create = function() return nil, "none today" end })
    local steps, total = 0, 0
    local function step(source, sink) steps = steps + 1 return ltn12.pump.step(source, sink) end
    show(http.request { url = URL .. "/1k.bin", step = step, sink = function(chunk) total = total + (chunk and #chunk or 0) return 1 end }) show(steps > 0, total)
    show(http.request { url = uploaded "stepped", method = "PUT", step = step, source = ltn12.source.cat(ltn12.source.string("ab"), ltn12.source.string("c")) })
    show(http.request(uploaded "stepped"))
    show(http.request { url = URL .. "/1k.bin", step = function() return nil, "step" end }) show(http.request { url = URL .. "/1k.bin", step = function() end })
    show(pcall(http.request, { url = URL .. "/1k.bin", step = function() error("stepped", 0) end }))`,
  'connections of the program': `
    local made
    show(http.request { url = URL .. "/1k.bin", create = function() made = socket.tcp() return made end }) show(made:getfd(), made:receive())
    local function wrapped()
      local c, names = socket.tcp(), {}
      return setmetatable({ used = names }, { __index = function(_, name) names[name] = true return function(_, ...) return c[name](c, ...) end end })
    end
    for _, path in ipairs { "/1k.bin", "/page.html", "/chunked/page.html", "/missing", "/hang-up", "/r302" } do
      local chunks = {} show(path, http.request { url = URL .. path, create = wrapped, sink = ltn12.sink.table(chunks) }) show(table.concat(chunks)) end
    local w = wrapped() http.request { url = URL .. "/name", create = function() return w end } show(w.used.used)
    local names = {} for name in pairs(w.used) do names[#names + 1] = name end table.sort(names) show(table.concat(names, " "))
    show(http.request { url = uploaded "created", method = "PUT", create = wrapped, source = ltn12.source.string("created") })`,
  'what yields': `
    local function yielding()
      local c = socket.tcp()
      return setmetatable({}, { __index = function(_, name) return function(_, ...) coroutine.yield(name) return c[name](c, ...) end end })
    end
    local seen = {}
    local co = coroutine.wrap(function()
      show(http.request { url = URL .. "/chunked/page.html", create = yielding, sink = function(chunk) coroutine.yield("sink") return 1 end })
      show(http.request { url = URL .. "/1k.bin", create = yielding, step = function(...) coroutine.yield("step") return ltn12.pump.step(...) end })
      show(pcall(http.request, { url = URL .. "/1k.bin", create = yielding, step = function(source) source() coroutine.yield("step") error("in a step", 0) end }))
      return "end"
    end)
    local what repeat what = co() seen[what] = true until what == "end"
    local names = {} for name in pairs(seen) do names[#names + 1] = name end table.sort(names) show(table.concat(names, " "))`,
  'a transport that is no socket': `
    local function canned(text, reason)
      local at, sent = 1, {}
      return sent, function()
        local object = {}
        function object:settimeout(seconds) show("settimeout", seconds) return 1 end
        function object:connect(host, port) show("connect", host, tostring(port)) return 1 end
        function object:send(data) sent[#sent + 1] = data return #data end
        function object:close() self.closed = true return 1 end
        function object:receive(pattern, prefix)
          pattern, prefix = pattern or "*l", prefix or ""
          if pattern == "*l" then
            local line, behind = text:match("^(.-)\\r?\\n()", at)
            if not line then return nil, reason, prefix .. text:sub(at) end
            at = behind
            return prefix .. line
          end
          local data = text:sub(at, at + pattern - 1)
          at = at + #data
          if #data < pattern then return nil, reason, data end
          return prefix .. data
        end
        return object
      end
    end
    local ok = "HTTP/1.1 200 OK\\r\\n"
    for _, reason in ipairs { "closed", "timeout", "quite another reason" } do
      for _, text in ipairs { ok .. "\\r\\nall\\0\\255", ok .. "Content-Length: 3\\r\\n\\r\\nabcd", ok .. "Transfer-Encoding: chunked\\r\\n\\r\\n2\\r\\nab\\r\\n0\\r\\n\\r\\n", "", "HTTP/1" } do
        local sent, create = canned(text, reason)
        local chunks = {}
        show(http.request { url = "http://nowhere.invalid:81/x", create = create, method = "PUT", source = ltn12.source.string("data"), sink = ltn12.sink.table(chunks) })
        show(reason == "closed" and table.concat(chunks), (table.concat(sent):match("PUT [^\\r]*")), (table.concat(sent):match("4\\r\\ndata\\r\\n0\\r\\n\\r\\n$")))
      end
    end
    show(http.request { url = URL, create = function() return { settimeout = function() return 1 end, connect = function() return nil, "no way" end, close = function() show "closed" end } end })
    show((pcall(http.request, { url = URL, create = function() return {} end })))`,
  'requests within requests': `
    show(http.request { url = URL .. "/1k.bin", sink = function(chunk) if chunk then show(http.request(URL .. "/name")) end return 1 end })
    show(http.request { url = URL .. "/1k.bin", step = function(source, sink)
      local chunk = coroutine.wrap(function() return source() end)() show(http.request(URL .. "/name")) sink(chunk) return chunk end })
    local threads = {}
    for i = 1, 3 do
      threads[i] = coroutine.wrap(function()
        show(i, http.request { url = URL .. "/1k.bin", sink = function(chunk) coroutine.yield() return 1 end }) end)
      threads[i]()
    end
    for _, i in ipairs { 2, 3, 1 } do threads[i]() threads[i]() end`,
};

describe('socket.http and nginx', () => {
  for (const [title, code] of Object.entries(ON_NGINX)) {
    withTools(title, ['lua5.4', 'luasocket', 'nginx'], async (cleanup) => {
      const { url, other } = await startNginx(cleanup);
      const said = await alike(cleanup, code, url, other, LOGIN);
      assert.ok(said.length > 3);
    });
  }
});

const OK = 'HTTP/1.1 200 OK\r\n';

/** Replies that both read alike, by names. */
const REPLIES: Record<string, string> = {
  'until closed': `${OK}\r\nall of it`,
  'line feeds': 'HTTP/1.0 200 Fine\nA: b\n\nbody',
  'no body at all': `${OK}Content-Length: 0\r\n\r\n`,
  'no content': 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nbytes',
  'not modified': 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
  'repeated headers': `${OK}Set-Cookie: a=1\r\nSet-Cookie: b=2; x,y\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 2\r\n\r\nab`,
  'all bytes in a header': `${OK}X: \x80\xff\tz\r\nContent-Length: 1\r\n\r\na`,
  chunks: `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n000A;ext=1\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n`,
  'more than its length': `${OK}Content-Length: 3\r\n\r\nabcdef`,
  'no last chunk': `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n`,
  nothing: '',
  'half a status line': 'HTTP/1.1 2',
  'half a header': `${OK}Content-Le`,
  'continue first': `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\nX: y\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`,
  'no reason': 'HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n',
  'a redirect to nowhere': 'HTTP/1.1 302 Found\r\nContent-Length: 2\r\n\r\nno',
  'a redirect to another scheme': 'HTTP/1.1 302 Found\r\nLocation: ftp://x/\r\nContent-Length: 2\r\n\r\nno',
  'a choice': 'HTTP/1.1 300 Choices\r\nLocation: /0\r\nContent-Length: 2\r\n\r\nno',
};

/** LuaSocket loses what came of such a body; with us a sink gets it, and then is told that it was cut off. */
const CUT_OFF: Record<string, string> = {
  'less than its length': `${OK}Content-Length: 30\r\n\r\nabc`,
  'a chunk cut off': `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nabc`,
};

/** What LuaSocket reads in some way, and we refuse, in these words. */
const REFUSED: Record<string, [reply: string, refusal: RegExp]> = {
  'HTTP/0.9': ['plain text, without a head\n', /no reply of HTTP\/1/],
  'HTTP/2': ['HTTP/2 200 OK\r\n\r\n', /no reply of HTTP\/1/],
  'a length and chunks': [
    `${OK}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    /not clear where the body ends/,
  ],
  'two lengths': [`${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`, /not clear where the body ends/],
  'a negative length': [`${OK}Content-Length: -1\r\n\r\nab`, /not clear where the body ends/],
  'another coding': [`${OK}Transfer-Encoding: gzip\r\n\r\nab`, /not clear where the body ends/],
  'no size of a chunk': [`${OK}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`, /malformed chunks/],
  'chunks with line feeds': [`${OK}Transfer-Encoding: chunked\r\n\r\n1\na\n0\n\n`, /malformed chunks/],
  'no colon': [`${OK}no colon\r\n\r\n`, /malformed response headers/],
  'switching protocols': ['HTTP/1.1 101 Switching Protocols\r\n\r\n', /another protocol/],
  'endless headers': [`${OK}${`X: ${'y'.repeat(60_000)}\r\n`.repeat(40)}\r\n`, /limit|more than|longer/],
};

/** A server that answers a request for `/0` with the first reply, and so on, whole or in pieces of so many bytes. */
async function answering(cleanup: Cleanup, replies: readonly string[], size: number): Promise<string> {
  const server = createServer((connection) => {
    connection.on('error', () => {});
    connection.setNoDelay();
    connection.once('data', async (asked) => {
      const reply = Buffer.from(replies[Number(/^\w+ \/(\d+)/.exec(String(asked))?.[1])] ?? '', 'latin1');
      for (let at = 0; at < reply.length; at += size) {
        await new Promise((done) => connection.write(reply.subarray(at, at + size), done));
      }
      connection.end();
    });
  });
  cleanup.defer(() => server.close());
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Asks for all of them, by the simple form, and through a transport in Lua. */
const ALL = `
  local function wrapped()
    local c = socket.tcp()
    return setmetatable({}, { __index = function(_, name) return function(_, ...) return c[name](c, ...) end end })
  end
  for i = 0, arg[2] do show(i, http.request(URL .. "/" .. i)) end
  if arg[3] then for i = 0, arg[2] do show(i, http.request { url = URL .. "/" .. i, create = wrapped, sink = taken }) end end`;

describe('socket.http and servers of all kinds', () => {
  const last = String(Object.keys(REPLIES).length - 1);
  for (const size of [1, 2, 7, 65_536]) {
    withTools(
      `replies in pieces of ${size} are read as LuaSocket reads them`,
      ['lua5.4', 'luasocket'],
      async (cleanup) => {
        const url = await answering(cleanup, Object.values(REPLIES), size);
        assert.equal((await alike(cleanup, ALL, url, last, 'wrapped')).length > 2 * Object.keys(REPLIES).length, true);
      },
    );
  }

  withTools('what came of a body that is cut off is not lost', ['lua5.4', 'luasocket'], async (cleanup) => {
    const url = await answering(cleanup, Object.values(CUT_OFF), 65_536);
    await alike(cleanup, ALL, url, '1');
    const said = await printed(cleanup, OURS, ALL, [url, '1', 'wrapped']);
    const one = (i: number): string[] => [
      'string:abc nil:nil',
      'nil:nil string:closed',
      `integer:${i} nil:nil string:closed`,
    ];
    assert.deepEqual(said.slice(2, -1), [...one(0), ...one(1)]);
  });

  withTools('a server that says nothing, and one that stops', ['lua5.4', 'luasocket'], async (cleanup) => {
    const connections: Socket[] = [];
    const server = createServer((connection) => {
      connections.push(connection.on('error', () => {}));
      connection.once('data', (asked) => {
        if (String(asked).includes('/half')) connection.write(`${OK}Content-Length: 10\r\n\r\nabc`);
      });
    });
    cleanup.defer(() => {
      for (const connection of connections) connection.destroy();
      server.close();
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await alike(
      cleanup,
      `http.TIMEOUT = 0.2
       for _, path in ipairs { "/silent", "/half" } do
         local begin = socket.gettime()
         show(http.request(URL .. path)) show(http.request { url = URL .. path, method = "HEAD" })
         show(socket.gettime() - begin > 0.15, socket.gettime() - begin < 5)
       end
       http.TIMEOUT = 0 show(http.request(URL)) http.TIMEOUT = -1 show(http.request("http://127.0.0.1:1"))`,
      url,
    );
  });

  withTools('a request that is forgotten in the middle is closed', [], async (cleanup) => {
    let closed = false;
    const server = createServer((connection) => {
      connection
        .on('error', () => {})
        .on('close', () => {
          closed = true;
        });
      connection.once('data', () => connection.write(`${OK}Content-Length: 10\r\n\r\nabc`));
    });
    cleanup.defer(() => server.close());
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const code = `
      local co = coroutine.wrap(function() http.request { url = URL, sink = function(chunk) coroutine.yield(chunk) return 1 end } end)
      show(co()) co = nil collectgarbage() collectgarbage() io.stdout:flush() io.read()`;
    const child = script(cleanup, OURS, code, [`http://127.0.0.1:${(server.address() as AddressInfo).port}`]);
    await child.said(/abc/);
    await eventually('the end of the connection', () => closed);
    assert.equal(child.over, false);
  });

  withTools('what can be read in two ways is refused', [], async (cleanup) => {
    const url = await answering(
      cleanup,
      Object.values(REFUSED).map(([reply]) => reply),
      65_536,
    );
    const said = await printed(cleanup, OURS, ALL, [url, String(Object.keys(REFUSED).length - 1), 'wrapped']);
    const ours = said.filter((line) => line.includes('nil:nil string:') && !line.startsWith('nil:nil'));
    assert.equal(ours.length, 2 * Object.keys(REFUSED).length);
    Object.entries(REFUSED).forEach(([name, [, refusal]], i) => {
      assert.match(ours[i] as string, refusal, name);
    });
  });
});
