/** The low level of `socket.http` where it is not as LuaSocket's, for the sake of safety, and what a hostile peer meets. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lua } from './support.ts';

/** `over(text)`: an object h of the low level whose peer has sent this, and its peer; `safe(f)` shows what f gives or throws. */
const SETUP = `
  local socket, http, ltn12 = require "socket", require "socket.http", require "ltn12"
  local server = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  local function over(text)
    local h = http.open("127.0.0.1", port, socket.tcp)
    local peer = assert(server:accept())
    h.c:settimeout(1)
    if text then peer:settimeout(1) peer:send(text) end
    return h, peer
  end
  local function show(...)
    local values = table.pack(...)
    for i = 1, values.n do values[i] = type(values[i]) == "string" and ("%q"):format(values[i]) or tostring(values[i]) end
    print((table.concat(values, " "):gsub("\\n", "n")))
  end
  local function safe(f, ...) show(socket.protect(f)(...)) end
  local function wire(h, peer) h.c:shutdown("send") return (peer:receive("*a")) end
`;

function says(title: string, code: string, ...wanted: readonly (string | RegExp)[]): void {
  it(title, () => {
    const { output, errors } = lua(['-e', SETUP + code]);
    assert.equal(errors, '');
    const lines = output.split('\n').slice(0, -1);
    assert.equal(lines.length, wanted.length, output);
    wanted.forEach((line, i) => {
      if (typeof line === 'string') assert.equal(lines[i], line);
      else assert.match(lines[i] as string, line);
    });
  });
}

describe('what a program writes by the low level of http', () => {
  says(
    'a forged request line is refused before anything is sent, and the connection closed',
    `for _, line in ipairs { { "GET", "/ HTTP/1.1\\r\\nX: y" }, { "GET /", "/" }, { "GET\\r\\n", "/" }, { "GET", "" }, { "GET", "/\\0" }, { "GET", "/\\255" } } do
       local h, peer = over() safe(h.sendrequestline, h, table.unpack(line)) show(h.c:getfd(), (peer:receive("*a")))
     end`,
    ...[/target/, /no method/, /no method/, /target/, /target/, /target/].flatMap((refusal) => [refusal, '-1.0 nil']),
  );
  says(
    'forged headers, and those that give a body two ends',
    `for _, headers in ipairs { { a = "b\\r\\nc: d" }, { ["a\\r\\nb"] = "c" }, { ["a b"] = "c" }, { a = "\\0" }, { ["content-length"] = 1, ["Transfer-Encoding"] = "chunked" } } do
       local h, peer = over() safe(h.sendheaders, h, headers) show(h.c:getfd(), (peer:receive("*a")))
     end
     local h = over() show((select(2, pcall(h.sendheaders, h, { a = {} }))))`,
    ...[/control character/, /no name/, /no name/, /control character/, /exclude each other/].flatMap((refusal) => [
      refusal,
      '-1.0 nil',
    ]),
    /header 'a': string expected, got table/,
  );
  says(
    'an empty chunk does not end a body, nor does a source that fails',
    `local h, peer = over() local sink = socket.sink("http-chunked", h.c) show(sink("")) show(sink("a")) show(sink(nil, "cut off")) show(wire(h, peer))
     local h, peer = over() local chunks = { "a", "", "b" } show(h:sendbody({}, function() return table.remove(chunks, 1) end)) show(wire(h, peer))
     local h, peer = over() safe(h.sendbody, h, {}, ltn12.source.cat(ltn12.source.string("a"), ltn12.source.error("failed"))) show((peer:receive(6))) show(peer:receive("*a"))`,
    '1',
    '6.0 nil nil',
    'nil "cut off"',
    '"1\\13\\na\\13\\n"',
    '1',
    '"1\\13\\na\\13\\n1\\13\\nb\\13\\n0\\13\\n\\13\\n"',
    'nil "failed"',
    '"1\\13\\na\\13\\n"',
    'nil "closed" ""',
  );
  says(
    'a body is as long as its headers say',
    `for _, length in ipairs { 2, 4, -1, "x", 3.5 } do
       local h, peer = over() safe(h.sendbody, h, { ["content-length"] = length }, ltn12.source.string("abc")) show((peer:receive("*a")))
     end`,
    'nil "the source gives more bytes than content-length says: 2"',
    'nil',
    'nil "the source gives fewer bytes than content-length says: 4"',
    '"abc"',
    'nil "the source gives more bytes than content-length says: -1"',
    'nil',
    'nil "content-length is no number of bytes: x"',
    'nil',
    'nil "content-length is no number of bytes: 3.5"',
    'nil',
  );
});

const FOREVER = `
  -- A server that sends the same for as long as it is read from, and its client: both of it in Lua.
  local function endless(begin, unit)
    local served, object = 0, {}
    function object:settimeout() return 1 end
    function object:connect() return 1 end
    function object:getfd() return -1 end
    function object:dirty() return false end
    function object:close() return 1 end
    local ahead = begin
    function object:receive(pattern, prefix, most)
      pattern, prefix = pattern or "*l", prefix or ""
      while true do
        local from, to = ahead:find("\\n", 1, true)
        if pattern == "*l" and from and not (most and from - 1 + #prefix > most) then
          local line = ahead:sub(1, from - 1):gsub("\\r", "") ahead = ahead:sub(to + 1) return prefix .. line
        elseif pattern == "*l" and most and #ahead + #prefix > most then
          local part = ahead:sub(1, most) ahead = ahead:sub(most + 1) return nil, "oversized", prefix .. part
        elseif pattern ~= "*l" and #ahead >= pattern - #prefix then
          local data = ahead:sub(1, pattern - #prefix) ahead = ahead:sub(#data + 1) return prefix .. data
        end
        ahead = ahead .. unit served = served + #unit
        assert(served < 2^22, "nobody stops it")
      end
    end
    return object
  end
  local function h_over(object) return http.open("h", 1, function() return object end) end
`;

describe('what a peer of the low level of http sends', () => {
  says(
    'sizes of chunks that overflow, are negative, or none',
    `for _, size in ipairs { "10000000000000005", "-5", "", " 5", "0x5", "5 5", "+5", "5.0", "5\\0", ";5" } do
       local h = over(size .. "\\r\\nabcde\\r\\n0\\r\\n\\r\\n") local source = socket.source("http-chunked", h.c) local first, wrong = source() local second, again = source()
       show(first, wrong, second, again)
     end`,
    ...Array.from({ length: 10 }, () => 'nil "invalid chunk size" nil "invalid chunk size"'),
  );
  says(
    'a chunk that is longer than its size, and a large size without bytes',
    `local h = over("3\\r\\nabcdef\\r\\n0\\r\\n\\r\\n") local source = socket.source("http-chunked", h.c) show(source()) show(source()) show(source())
     local h, peer = over("fffffffffffff\\r\\nabc") peer:close() source = socket.source("http-chunked", h.c) show(source()) show(source()) show(source())`,
    '"abc" nil',
    'nil "invalid chunk size"',
    'nil "invalid chunk size"',
    '"abc" nil',
    'nil "closed"',
    'nil "closed"',
  );
  says(
    'large chunks come in parts',
    `local h, peer = over() local text = ("x"):rep(150000) 
     h.c:settimeout(5) peer:send(("%x\\r\\n"):format(#text)) local source, sizes, rest = socket.source("http-chunked", h.c), {}, text
     for size in ipairs { 1, 2, 3 } do peer:send(rest:sub(1, 65536)) rest = rest:sub(65537) if size == 3 then peer:send("\\r\\n0\\r\\n\\r\\n") end sizes[size] = #source() end
     show(table.unpack(sizes)) show(select("#", source())) show(select("#", source()))`,
    '65536 65536 18928',
    '0',
    '0',
  );
  says(
    'what came before a timeout is not lost',
    `local h, peer = over("1") h.c:settimeout(0) local source, headers = nil, {} source = socket.source("http-chunked", h.c, headers)
     local function try(text) peer:send(text) socket.select({ h.c }, nil, 1) show(source()) end
     show(source()) try("0") try("\\r\\nabcd") show(source()) try("efghijkl") show(source()) try("mnop\\r") show(source()) try("\\n3\\r") try("\\nxyz\\r\\n0\\r\\nX: ") show(source()) show(source()) try("y\\r\\n\\r\\n") show(headers.x)`,
    'nil "timeout"',
    'nil "timeout"',
    '"abcd" nil',
    'nil "timeout"',
    '"efghijkl" nil',
    'nil "timeout"',
    '"mnop" nil',
    'nil "timeout"',
    'nil "timeout"',
    '"xyz" nil',
    'nil "timeout"',
    'nil "timeout"',
    '',
    '"y"',
  );
  says(
    'endless lines, extensions, headers and trailers',
    `${FOREVER}
     safe(function() return h_over(endless("HTTP/1.1 200 ", ("y"):rep(100))):receivestatusline() end)
     safe(function() return h_over(endless("", ("y"):rep(100))):receiveheaders() end)
     safe(function() return h_over(endless("", "X: y\\r\\n")):receiveheaders() end)
     safe(function() return h_over(endless("", "X: " .. ("y"):rep(60000) .. "\\r\\n")):receiveheaders() end)
     for _, text in ipairs { { "", "5" }, { "", "5;" }, { "", "1;" .. ("e"):rep(100) .. "\\r\\na\\r\\n" }, { "0\\r\\n", "X: y\\r\\n" }, { "0\\r\\nX", "y" } } do
       local source, chunk, wrong = socket.source("http-chunked", endless(table.unpack(text))) repeat chunk, wrong = source() until not chunk show(wrong)
     end`,
    `nil "a line of the reply's head is longer than 65536 bytes"`,
    `nil "a line of the reply's head is longer than 65536 bytes"`,
    /more than 1000 headers/,
    /more than 262144 bytes of headers/,
    '"the chunks have more than 16384 bytes of extensions"',
    '"the chunks have more than 16384 bytes of extensions"',
    '"the chunks have more than 16384 bytes of extensions"',
    /more than 1000 headers/,
    '"a trailer is longer than 65536 bytes"',
  );
  says(
    'an endless line over a socket ends with its limit, and not with the memory',
    `local h, peer = over() h.c:settimeout(0.1)
     peer:send("HTTP/1.1 200 " .. ("y"):rep(60000)) peer:settimeout(0) peer:send(("y"):rep(200000)) safe(h.receivestatusline, h) show(h.c:getfd())`,
    `nil "a line of the reply's head is longer than 65536 bytes"`,
    '-1.0',
  );
  says(
    'bodies that could end in two ways',
    `for _, head in ipairs { "Content-Length: 1\\r\\nTransfer-Encoding: chunked", "Content-Length: 1\\r\\nContent-Length: 2", "Content-Length: -1", "Content-Length: 1e1", "Transfer-Encoding: identity", "Transfer-Encoding: gzip, chunked" } do
       local h = over("HTTP/1.1 200 OK\\r\\n" .. head .. "\\r\\n\\r\\n0\\r\\n\\r\\n") h:receivestatusline() local headers = h:receiveheaders() safe(h.receivebody, h, headers) show(h.c:getfd())
     end
     local h = over("HTTP/1.0 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n") h:receivestatusline() safe(h.receivebody, h, h:receiveheaders())
     h = over("HTTP/1.1 204 OK\\r\\nContent-Length: 5\\r\\n\\r\\nnext\\n") h:receivestatusline() show(h:receivebody(h:receiveheaders())) show(h.c:receive())
     h = over("HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nContent-Length: 2\\r\\n\\r\\nab") h:receivestatusline() show(h:receivebody(h:receiveheaders()))`,
    ...Array.from({ length: 6 }, () => [/^nil "it is not clear where the body ends/, '-1.0']).flat(),
    /not clear where the body ends: Transfer-Encoding in a reply of HTTP\/1.0/,
    '1',
    '"next" nil nil',
    '1',
  );
  says(
    'headers that another program might read in another way',
    `for _, line in ipairs { "a : b", " folded: first", "a\\0: b", "no colon", ": b", "a: b\\0" } do
       local h = over(line .. "\\r\\n\\r\\n") safe(h.receiveheaders, h)
     end`,
    ...Array.from({ length: 6 }, () => 'nil "malformed response headers"'),
  );
  says(
    'an object that gives what is no text, or nothing at all',
    `for _, value in ipairs { {}, true, false } do
       local object = { receive = function() return value end, getfd = function() return -1 end } show(socket.source("http-chunked", object)())
     end
     show(socket.source("http-chunked", { receive = function() end })()) show(pcall(socket.source("http-chunked", { receive = function() error("raised", 0) end })))
     show((pcall(socket.source("http-chunked", {}))))`,
    /^nil/,
    /^nil/,
    /^nil/,
    'nil "closed"',
    'false "raised"',
    'false',
  );
});
