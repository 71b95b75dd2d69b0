/** Programs over LuaSec: with us they do what they do with LuaSec's C core; and what ssl.https of ours does otherwise. */
import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { withTools } from '../peers/peer.ts';
import { read } from '../peers/tls-files.ts';
import type { Cleanup, Tool } from '../peers/tools.ts';
import { COPAS_PATH } from './copas.ts';
import { makeFiles } from './luasec/files.ts';
import { type Host, start } from './support.ts';

const FOLDER = makeFiles();
const LUASEC: readonly Tool[] = ['lua5.4', 'luasocket', 'luasec', 'openssl'];

const whole = (name: string): { cert: string; key: string } => ({
  cert: read(FOLDER, `${name}.whole.pem`),
  key: read(FOLDER, `${name}.key`),
});

async function said(
  cleanup: Cleanup,
  host: Host,
  code: string,
  env: NodeJS.ProcessEnv,
  ...args: string[]
): Promise<string[]> {
  const texts = [FOLDER, ...args].map((arg) => JSON.stringify(arg)).join(', ');
  const child = start(cleanup, host, ['-e', `arg = { ${texts} } ${code}`], env);
  const end = await child.ended;
  assert.deepEqual([end, child.stderr], [{ code: 0, signal: null }, '']);
  return child.stdout.split('\n');
}

/** What both print. */
async function alike(cleanup: Cleanup, code: string, ...args: string[]): Promise<string[]> {
  const [ours, theirs] = await Promise.all(
    (['ours', 'native'] as const).map((host) => said(cleanup, host, code, {}, ...args)),
  );
  assert.deepEqual(ours, theirs);
  return ours as string[];
}

/** Closes what a test has started in this process. */
async function listening(cleanup: Cleanup, server: ReturnType<typeof createTlsServer>): Promise<number> {
  const open = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => open.add(socket));
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanup.defer(() => {
    for (const socket of open) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

describe('copas over TLS', () => {
  withTools('a server of lines and twenty clients', [...LUASEC, 'copas'], async (cleanup) => {
    const lines = await alike(
      cleanup,
      `${COPAS_PATH}
       local copas, socket, ssl = require "copas", require "socket", require "ssl"
       local C = arg[1] .. "/"
       local SERVER = assert(ssl.newcontext { mode = "server", protocol = "any", key = C .. "server.key", certificate = C .. "server.whole.pem" })
       local CLIENT = assert(ssl.newcontext { mode = "client", protocol = "any", cafile = C .. "root.pem", verify = "peer" })
       local function waits(wrong) return (wrong == "wantread" or wrong == "wantwrite") and "timeout" or wrong end

       -- Debian's copas knows sockets that say "timeout": a connection of LuaSec's says which event it waits for.
       local function secure(raw, context)
         local conn = assert(ssl.wrap(raw, context))
         conn:settimeout(0)
         local object = { getfd = function() return conn:getfd() end, dirty = function() return conn:dirty() end }
         function object:receive() local done, wrong = conn:dohandshake() return done or nil, waits(wrong), "" end
         assert(copas.receive(object))
         function object:receive(...) local data, wrong, part = conn:receive(...) return data, waits(wrong), part end
         function object:send(...) local sent, wrong, last = conn:send(...) return sent, waits(wrong), last end
         function object:settimeout() end
         function object:close() return conn:close() end
         return copas.wrap(object), conn
       end

       local server = assert(socket.bind("127.0.0.1", 0, 64))
       local port = math.tointeger(tonumber((select(2, server:getsockname()))))
       local served, exchanged, done = 0, 0, 0
       copas.addserver(server, function(raw)
         local client, conn = secure(raw, SERVER)
         served = served + 1
         for line in function() return client:receive() end do
           local count = tonumber(line:match("^count (%d+)"))
           client:send(count and client:receive(count) or line .. "\\n")
         end
         conn:close()
       end)
       for i = 1, 20 do
         copas.addthread(function()
           local raw = socket.tcp()
           assert(copas.connect(raw, "127.0.0.1", port))
           local client, conn = secure(raw, CLIENT)
           for j = 1, 10 do
             local line = ("client %d, line %d"):format(i, j)
             client:send(line .. "\\n")
             assert(client:receive() == line)
             local data = string.char(i, j, 0, 10, 13, 255):rep(i * j * 10)
             client:send("count " .. #data .. "\\n")
             client:send(data)
             assert(client:receive(#data) == data)
             exchanged = exchanged + 1
           end
           conn:close()
           done = done + 1
         end)
       end
       while done < 20 do copas.step(5) end
       print(served, exchanged, done)`,
    );
    assert.deepEqual(lines, ['20\t200\t20', '']);
  });
});

describe('a bot of IRC over TLS', () => {
  withTools('joins, answers and leaves, by select and wantread', LUASEC, async (cleanup) => {
    const server = createTlsServer(whole('server'), (socket) => {
      socket.setEncoding('latin1');
      let text = '';
      const answer = (line: string): void => {
        const [word = ''] = line.split(' ');
        const say = (...lines: string[]): void => void socket.write(lines.map((one) => `${one}\r\n`).join(''));
        if (word === 'USER') say(':irc 001 bot :Welcome', 'PING :token');
        else if (word === 'PONG') say(`:irc NOTICE bot :got ${line}`);
        else if (word === 'JOIN') {
          socket.write(':bot!b@h JO');
          setImmediate(() =>
            say('IN #lua', ':ann!a@h PRIVMSG #lua :!add 2 3', `:ann!a@h PRIVMSG #lua :!size ${'x'.repeat(400)}`),
          );
        } else if (word === 'PRIVMSG' && line.endsWith('400')) say(':ann!a@h PRIVMSG #lua :!quit');
        else if (word === 'QUIT') socket.end('ERROR :Closing Link\r\n');
      };
      socket.on('error', () => {});
      socket.on('data', (data: string) => {
        const lines = (text + data).split('\r\n');
        text = lines.pop() as string;
        for (const line of lines) answer(line);
      });
    });
    const port = await listening(cleanup, server);
    const lines = await alike(
      cleanup,
      `local socket, ssl = require "socket", require "ssl"
       local conn = assert(socket.connect("127.0.0.1", tonumber(arg[2])))
       conn = assert(ssl.wrap(conn, { mode = "client", protocol = "any", cafile = arg[1] .. "/root.pem", verify = "peer", options = "all" }))
       conn:sni("localhost")
       assert(conn:dohandshake())
       conn:settimeout(0)
       local queue, partial = { "NICK bot\\r\\n", "USER bot 0 * :bot\\r\\n" }, ""
       local function say(text) print("> " .. text) queue[#queue + 1] = text .. "\\r\\n" end
       local function heard(line)
         print("< " .. line)
         local token = line:match("^PING (.*)")
         if token then return say("PONG " .. token) end
         if line:find(" NOTICE ", 1, true) then return say("JOIN #lua") end
         local a, b = line:match("!add (%d+) (%d+)")
         if a then return say(("PRIVMSG #lua :%d"):format(a + b)) end
         local text = line:match("!size (%S+)")
         if text then return say(("PRIVMSG #lua :%d"):format(#text)) end
         if line:find("!quit", 1, true) then say("QUIT :bye") end
       end
       while true do
         local readable, writable = socket.select({ conn }, queue[1] and { conn } or nil, 20)
         if writable[conn] then
           local sent, wrong, last = conn:send(queue[1])
           if sent then table.remove(queue, 1) elseif wrong == "wantwrite" then queue[1] = queue[1]:sub(last + 1) else error(wrong) end
         end
         if readable[conn] then
           repeat
             local line, wrong, part = conn:receive("*l", partial)
             partial = line and "" or part
             if line then heard(line) end
             if wrong == "closed" then print("closed", part) conn:close() return end
           until not line
         end
       end`,
      String(port),
    );
    assert.deepEqual(lines.slice(-5), [
      '< :ann!a@h PRIVMSG #lua :!quit',
      '> QUIT :bye',
      '< ERROR :Closing Link',
      'closed\t',
      '',
    ]);
    assert.ok(lines.includes('> PRIVMSG #lua :5') && lines.includes('> PRIVMSG #lua :400'), lines.join('\n'));
  });
});

describe('ssl.https', () => {
  /** Echoes the method, the path and the body. */
  async function web(cleanup: Cleanup, name: string): Promise<number> {
    const server = createServer(whole(name), (request, reply) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const body = `${request.method} ${request.url} ${Buffer.concat(pieces)}`;
        reply.writeHead(request.url === '/missing' ? 404 : 200, {
          'Content-Length': body.length,
          'X-Host': request.headers.host,
        });
        reply.end(body);
      });
    });
    return listening(cleanup, server);
  }

  const ASK = `local https, http, ltn12 = require "ssl.https", require "socket.http", require "ltn12"
    local function ask(fields)
      local body = {}
      fields.sink = ltn12.sink.table(body)
      local done, code, headers, status = https.request(fields)
      print(done, code, status, headers and headers["content-length"], table.concat(body))
    end
    local function url(host, path) return "https://" .. host .. ":" .. arg[2] .. path end
    local CA = arg[1] .. "/root.pem" `;

  withTools('is as LuaSec where a program names what it verifies', LUASEC, async (cleanup) => {
    const port = await web(cleanup, 'server');
    const lines = await alike(
      cleanup,
      `${ASK}
       ask { url = url("localhost", "/page?q=1"), verify = "peer", cafile = CA }
       ask { url = url("localhost", "/missing"), verify = "none" }
       ask { url = url("localhost", "/"), verify = "peer", cafile = arg[1] .. "/other.pem" }
       ask { url = url("localhost", "/post"), method = "POST", verify = "none", source = ltn12.source.string("body"), headers = { ["content-length"] = "4" } }
       ask { url = url("localhost", "/old"), verify = "none", protocol = "tlsv1_2" }
       print(https.request { url = url("localhost", "/"), protocol = "nonsuch" })
       print(https.request { url = url("localhost", "/"), cafile = "nonsuch" })
       print((http.request { url = url("localhost", "/"), create = https.tcp { verify = "none" }, sink = ltn12.sink.null() }))
       local fields = { url = url("localhost", "/"), verify = "none", sink = ltn12.sink.null() }
       print((https.request(fields)), (https.request(fields)))`,
      String(port),
    );
    assert.equal(lines[0], '1\t200\tHTTP/1.1 200 OK\t14\tGET /page?q=1 ');
    assert.equal(lines[2], 'nil\tcertificate verify failed\tnil\tnil\t');
  });

  withTools('verifies the certificate and its name where a program says nothing', ['openssl'], async (cleanup) => {
    const [good, expired, nameless] = await Promise.all(
      ['server', 'expired', 'second'].map((name) => web(cleanup, name)),
    );
    const code = `${ASK}
      local function asks(host, more)
        local fields = { url = url(host, "/") }
        for name, value in pairs(more or {}) do fields[name] = value end
        ask(fields)
      end
      asks("localhost") asks("localhost", { cafile = CA }) asks("127.0.0.1", { cafile = CA }) asks("localhost", { capath = arg[1] .. "/hashed" })
      asks("localhost", { cafile = arg[1] .. "/other.pem" }) asks("localhost", { verify = "none" })
      print(https.request(url("localhost", "/text")))
      print((http.request(url("localhost", "/text"))))`;
    const refused = 'nil\tcertificate verify failed\tnil\tnil\t';
    const fine = '1\t200\tHTTP/1.1 200 OK\t6\tGET / ';
    const text = (...lines: string[]): string[] => [...lines, ''];
    assert.deepEqual(
      await said(cleanup, 'ours', code, {}, String(good)),
      text(refused, fine, fine, fine, refused, fine, 'nil\tcertificate verify failed\tnil\tnil', 'nil'),
    );
    const trusting = { NODE_EXTRA_CA_CERTS: join(FOLDER, 'root.pem') };
    const [first, ...more] = await said(cleanup, 'ours', code, trusting, String(good));
    assert.equal(first, fine);
    assert.match(more.join('\n'), /GET \/text \t200\ttable: .*\nGET \/text \n$/);
    for (const port of [expired, nameless]) {
      const lines = await said(cleanup, 'ours', code, trusting, String(port));
      assert.deepEqual(
        lines,
        text(refused, refused, refused, refused, refused, fine, 'nil\tcertificate verify failed\tnil\tnil', 'nil'),
      );
    }
  });
});
