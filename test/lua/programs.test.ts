/** Programs that others have written for LuaSocket, as Debian has them: they print with us what they print with its C core. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { PROGRAM } from '../cli/support.ts';
import { withTools } from '../peers/peer.ts';
import { startNginx } from '../peers/servers/nginx.ts';
import { startRedis } from '../peers/servers/redis.ts';
import { Child, type Cleanup } from '../peers/tools.ts';
import { COPAS_CREATE, COPAS_PATH } from './copas.ts';

/** What both print. */
async function alike(cleanup: Cleanup, code: string, ...args: readonly string[]): Promise<string[]> {
  const [ours, theirs] = await Promise.all(
    [[process.execPath, PROGRAM, 'lua'], ['lua5.4']].map(async ([command, ...before]) => {
      const script = `arg = { ${args.map((arg) => JSON.stringify(arg)).join(', ')} } ${COPAS_PATH} ${code}`;
      const child = new Child(cleanup, command as string, [...before, '-e', script]);
      const end = await child.ended;
      assert.deepEqual([end, child.stderr], [{ code: 0, signal: null }, '']);
      return child.stdout.split('\n');
    }),
  );
  assert.deepEqual(ours, theirs);
  return ours as string[];
}

describe('copas', () => {
  withTools('a server of lines and fifty clients', ['lua5.4', 'luasocket', 'copas'], async (cleanup) => {
    const said = await alike(
      cleanup,
      `local copas, socket = require "copas", require "socket"
       local server = assert(socket.bind("127.0.0.1", 0, 64))
       local port = math.tointeger(tonumber((select(2, server:getsockname()))))
       local served, lines, done = 0, 0, 0
       copas.addserver(server, function(raw)
         local client = copas.wrap(raw)
         served = served + 1
         while true do
           local line = client:receive()
           if not line then break end
           local count = tonumber(line:match("^count (%d+)"))
           client:send(count and client:receive(count) or line .. "\\n")
         end
       end)
       for i = 1, 50 do
         copas.addthread(function()
           local raw = socket.tcp()
           assert(copas.connect(raw, "127.0.0.1", port))
           local client = copas.wrap(raw)
           for j = 1, 20 do
             local line = ("client %d, line %d"):format(i, j)
             assert(client:send(line .. "\\n"))
             assert(client:receive() == line)
             lines = lines + 1
             local data = string.char(i, j, 0, 10, 13, 255):rep(i * j)
             assert(client:send("count " .. #data .. "\\n") and client:send(data))
             assert(client:receive(#data) == data)
           end
           raw:close()
           done = done + 1
         end)
       end
       while done < 50 do copas.step(5) end
       print(served, lines, done)`,
    );
    assert.deepEqual(said, ['50\t1000\t50', '']);
  });

  withTools('ten downloads at once', ['lua5.4', 'luasocket', 'copas', 'nginx'], async (cleanup) => {
    const { url } = await startNginx(cleanup);
    const said = await alike(
      cleanup,
      `local copas, socket = require "copas", require "socket"
       local http, ltn12 = require "socket.http", require "ltn12"
       ${COPAS_CREATE}
       local under_way, most, results = 0, 0, {}
       local paths = { "/1k.bin", "/page.html", "/chunked/page.html", "/missing", "/r302" }
       for i = 1, 10 do
         copas.addthread(function()
           under_way = under_way + 1 most = math.max(most, under_way)
           local chunks = {}
           local ok, code, headers = http.request { url = arg[1] .. paths[(i - 1) % #paths + 1], create = create, sink = ltn12.sink.table(chunks) }
           results[i] = table.concat({ i, tostring(ok), tostring(code), #table.concat(chunks), headers.server }, " ")
           under_way = under_way - 1
         end)
       end
       while #results < 10 or under_way > 0 do copas.step(5) end
       print(most) print(table.concat(results, "\\n"))
       copas.addthread(function() print(http.request { url = "http://127.0.0.1:1/", create = create }) end)
       for i = 1, 3 do copas.step(0.1) end`,
      url,
    );
    assert.equal(said[0], '10');
    assert.match(said[1] as string, /^1 1 200 1024 nginx/);
  });
});

describe('redis-lua', () => {
  withTools('commands of all kinds', ['lua5.4', 'luasocket', 'redis-lua', 'redis-server'], async (cleanup) => {
    const port = await startRedis(cleanup);
    const said = await alike(
      cleanup,
      `local redis = require "redis"
       local client = redis.connect("127.0.0.1", tonumber(arg[1]))
       client:select(1)
       local name = "db" .. tostring({}):match("%w+$") .. ":"
       local function show(...)
         local values = table.pack(...)
         for i = 1, values.n do
           local v = values[i]
           values[i] = type(v) == "table" and "{" .. table.concat(v, ",") .. "}" or tostring(v)
         end
         print((table.concat(values, " "):gsub(name:gsub("%p", "%%%0"), "")))
       end
       local all = {} for i = 0, 255 do all[#all + 1] = string.char(i) end all = table.concat(all):rep(40)
       show(client:ping(), client:echo("said"))
       show(client:set(name .. "all", all), client:get(name .. "all") == all, client:strlen(name .. "all"))
       show(client:get(name .. "none"), client:exists(name .. "none"), client:exists(name .. "all"))
       show(client:incr(name .. "n"), client:incrby(name .. "n", 41), client:decr(name .. "n"))
       for i = 1, 30 do client:rpush(name .. "list", "item " .. i) end
       show(client:llen(name .. "list"), client:lrange(name .. "list", 0, 4), client:lpop(name .. "list"), client:rpop(name .. "list"))
       show(client:hmset(name .. "h", { a = "1", b = "2" }), client:hget(name .. "h", "a"), client:hgetall(name .. "h").b)
       show(client:sadd(name .. "s", "x"), client:sadd(name .. "s", "x"), client:smembers(name .. "s"))
       show(client:zadd(name .. "z", 2, "two"), client:zadd(name .. "z", 1, "one"), client:zrange(name .. "z", 0, -1))
       show(client:mset({ [name .. "k1"] = "v1", [name .. "k2"] = "v2" }), client:mget(name .. "k1", name .. "nothing", name .. "k2")[1])
       show(client:expire(name .. "k1", 100), client:ttl(name .. "k1") > 90, client:type(name .. "list"), client:del(name .. "k1", name .. "k2"))
       local replies, count = client:pipeline(function(p) for i = 1, 500 do p:exists(name .. (i % 2 == 0 and "n" or "none")) end end)
       show(count, #replies, replies[1], replies[500])
       show((pcall(client.incr, client, name .. "list"))) show((select(2, pcall(client.incr, client, name .. "list")):gsub("^.-: ", "")))
       show((pcall(client.transaction, client, { cas = false }, function(t) t:set(name .. "t", "1") t:incr(name .. "t") end))) show(client:get(name .. "t"))
       show(client:raw_cmd("PING\\r\\n")) show(client:ping())
       local big = ("0123456789abcdef"):rep(200000) show(client:set(name .. "big", big), client:get(name .. "big") == big)
       local other = redis.connect("127.0.0.1", tonumber(arg[1])) local n = 0
       for message, abort in client:pubsub({ subscribe = { name .. "c" } }) do
         show(message.kind, message.payload) n = n + 1
         if message.kind == "subscribe" then other:publish(name .. "c", "hello") else abort() end
       end
       show(n, (client.network.socket:getpeername())) client:quit()
       show((select(2, pcall(client.ping, client)):gsub("^.-: ", ""))) show((pcall(redis.connect, "127.0.0.1", 1)))`,
      String(port),
    );
    assert.ok(said.length > 20);
  });
});

describe('a thousand coroutines', () => {
  withTools('over one select', ['lua5.4', 'luasocket'], async (cleanup) => {
    // Half of what the C core can select: descriptors below 1,024.
    const program = (pairs: number): string => `
      local socket = require "socket"
      local server = assert(socket.bind("127.0.0.1", 0, 128))
      local port = math.tointeger(tonumber((select(2, server:getsockname()))))
      local reading, waiting, alive, echoed = {}, {}, 0, 0
      local function start(f, s)
        s:settimeout(0)
        alive = alive + 1
        local co = coroutine.create(function() f(s) s:close() alive = alive - 1 end)
        waiting[s] = co
      end
      local function line(s)
        local got, err, part = nil, nil, ""
        repeat
          got, err, part = s:receive("*l", part)
          if not got and err == "timeout" then coroutine.yield() end
        until got or err ~= "timeout"
        return got, err
      end
      for i = 1, ${pairs} do
        local client = assert(socket.connect("127.0.0.1", port))
        local peer = assert(server:accept())
        start(function(s) for got in function() return (line(s)) end do assert(s:send(got:upper() .. "\\n")) end end, peer)
        start(function(s)
          for j = 1, 5 do
            assert(s:send("line " .. j .. " of " .. i .. "\\n"))
            assert(line(s) == "LINE " .. j .. " OF " .. i)
            echoed = echoed + 1
          end
        end, client)
      end
      print(alive)
      for s, co in pairs(waiting) do assert(coroutine.resume(co)) end
      while alive > 0 do
        local list = {}
        for s, co in pairs(waiting) do
          if coroutine.status(co) == "dead" then waiting[s] = nil else list[#list + 1] = s end
        end
        if #list == 0 then break end
        for _, s in ipairs((assert(socket.select(list, nil, 10)))) do assert(coroutine.resume(waiting[s])) end
      end
      print(echoed, alive)`;
    assert.deepEqual(await alike(cleanup, program(490)), ['980', '2450\t0', '']);
    const child = new Child(cleanup, process.execPath, [PROGRAM, 'lua', '-e', program(1000)]);
    assert.deepEqual(
      [await child.ended, child.stdout, child.stderr],
      [{ code: 0, signal: null }, '2000\n5000\t0\n', ''],
    );
  });
});
