/** The modules without sockets: the same calls with us and with lua5.4 and LuaSocket, and the same values, types and errors. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLua } from '../../src/entry/lua.ts';
import { needs } from '../peers/tools.ts';
import { lua, native } from './support.ts';

/** Shows values with their types; errors without positions, and without what differs by name only. */
const SHOW = `
  local function shown(x)
    if type(x) == "table" then
      local fields = {}
      for k, v in pairs(x) do fields[#fields + 1] = shown_of(k) .. "=" .. shown_of(v) end
      table.sort(fields)
      return "{" .. table.concat(fields, ",") .. "}"
    end
    if type(x) == "string" then return (("%q"):format(x):gsub("\\r", "\\\\r"):gsub("\\\\\\n", "\\\\n")) end
    if type(x) == "number" then return math.type(x) .. ":" .. tostring(x) end
    return (tostring(x):gsub("0x%x+", "ADDRESS"))
  end
  shown_of = shown
  function show(...)
    local values = table.pack(...)
    for i = 1, values.n do values[i] = shown(values[i]) end
    print(values.n, table.concat(values, " "))
  end
  function try(f, ...)
    local results = table.pack(pcall(f, ...))
    if not results[1] then
      results[2] = tostring(results[2]):gsub("^[^:]*:%d+: ", ""):gsub("'[%w.]-(%w+)' %(", "'%1' ("):gsub("%((%a+) '[^']*'%)$", "(%1)")
    end
    show(table.unpack(results, 1, results.n))
  end
  mime, ltn12, url, headers = require "mime", require "ltn12", require "socket.url", require "socket.headers"
  math.randomseed(20)
  local letters = "aZ9 =\\t\\r\\n\\r\\n.." .. "\\0\\127\\200"
  function random_text(most, alphabet)
    local bytes = {}
    alphabet = alphabet or letters
    for i = 1, math.random(0, most) do
      local at = math.random(#alphabet)
      bytes[i] = math.random(5) == 1 and string.char(math.random(0, 255)) or alphabet:sub(at, at)
    end
    return table.concat(bytes)
  end
  -- A text cut at random.
  function pieces(text)
    local list, at = {}, 1
    while at <= #text do
      local size = math.random(0, 6)
      list[#list + 1] = text:sub(at, at + size - 1)
      at = at + size
    end
    return list
  end
`;

function same(title: string, code: string): void {
  it(title, needs('lua5.4', 'luasocket'), () => {
    const args = ['-e', SHOW + code];
    const [ours, theirs] = [lua(args), native(args)];
    assert.equal(ours.errors, theirs.errors);
    assert.equal(theirs.status, 0);
    const [mine, wanted] = [ours.output.split('\n'), theirs.output.split('\n')];
    assert.ok(wanted.length > 1);
    // The first line that differs says more than thousands of them.
    const at = wanted.findIndex((line, i) => line !== mine[i]);
    if (at >= 0) assert.equal(`line ${at}: ${mine[at]}`, `line ${at}: ${wanted[at]}`);
    assert.equal(mine.length, wanted.length);
  });
}

const ALL_BYTES =
  'local bytes = {} for i = 0, 255 do bytes[#bytes + 1] = string.char(i) end local all = table.concat(bytes)';

describe('mime, as LuaSocket has it', () => {
  same(
    'its names',
    `for _, module in ipairs { mime, mime.encodet, mime.decodet, mime.wrapt, ltn12, ltn12.filter, ltn12.source, ltn12.sink, ltn12.pump, url } do
      local names = {} for name, value in pairs(module) do names[#names + 1] = name .. ":" .. (type(value) == "string" and value or type(value)) end
      table.sort(names) show(table.concat(names, " ")) end
    show(headers.canonic) show(ltn12.BLOCKSIZE, require "mime.core" == mime, package.loaded.socket.url == url, package.loaded.socket.headers == headers)
    show(_G.socket, package.loaded["mime.core"] == package.loaded.mime)`,
  );
  same(
    'all bytes, each by itself and together',
    `${ALL_BYTES}
    for _, name in ipairs { "b64", "unb64", "qp", "unqp" } do
      for i = 1, 256 do show(mime[name](all:sub(i, i))) show(mime[name](all:sub(i, i), "")) end
      show(mime[name](all)) show(mime[name]("", all)) show(mime[name](all, all)) end
    for _, name in ipairs { "wrp", "qpwrp", "eol", "dot" } do
      for i = 1, 256 do show(mime[name](2, all:sub(i, i))) end show(mime[name](2, all)) end`,
  );
  for (const name of ['b64', 'unb64', 'qp', 'unqp'] as const) {
    const alphabet = { b64: 'nil', unb64: '"AZaz09+/==-_ \\n"', qp: 'nil', unqp: '"=== \\r\\n\\r\\n3DaFf\\tx"' }[name];
    same(
      `${name}: what is left over goes on, 500 texts cut at random`,
      `for n = 1, 500 do
        local text, rest, out = random_text(40, ${alphabet}), "", nil
        local marker = ${name === 'qp'} and n % 3 == 0 and "=0D=0A" or nil
        for _, piece in ipairs(pieces(text)) do out, rest = mime.${name}(rest, piece, marker) show(out, rest) end
        show(mime.${name}(rest, nil, marker)) show(mime.${name}(text)) show(mime.${name}("", text)) end`,
    );
  }
  for (const name of ['wrp', 'qpwrp', 'eol', 'dot'] as const) {
    const [first, most] = { wrp: [9, true], qpwrp: [9, true], eol: [0, false], dot: [2, false] }[name];
    same(
      `${name}: the counter goes on, 500 texts cut at random`,
      `for n = 1, 500 do
        local text, counter, out = random_text(40), ${first}, nil
        local third = ${most ? 'n % 12' : 'n % 3 == 0 and "--" or nil'}
        for _, piece in ipairs(pieces(text)) do out, counter = mime.${name}(counter, piece, third) show(out, counter) end
        show(mime.${name}(counter, nil, third)) show(mime.${name}(math.random(${name === 'dot' ? 0 : -3}, 20), text)) end`,
    );
  }
  same(
    'arguments of every kind',
    `local values = { "x", "12", 5, 5.0, 2.9, -1, 0, 13, 10, 2, true, false, {}, print, "\\0x", "" , 2^31, 2^53, 1e300, 0/0 }
    local n = #values
    for _, name in ipairs { "b64", "unb64", "qp", "unqp", "wrp", "qpwrp", "eol", "dot" } do
      try(mime[name])
      for i = 0, n do for j = 0, n do for k = (i + j) % 3, name == "dot" and 0 or n, 3 do
        -- A state or a context that is none, and no text: what C makes of that is nobody's contract.
        local odd = (name == "dot" or name == "eol") and type(values[i]) == "number" and (values[i] ~= values[i] or values[i] < 0 or values[i] > 300)
        local huge = (name == "wrp" or name == "qpwrp") and type(values[k]) == "number" and not (values[k] < 2^31)
        if not odd and not huge then try(mime[name], values[i], values[j], values[k]) end
      end end end
    end`,
  );
  same(
    'its filters, by name',
    `try(mime.encode) try(mime.encode, "x") try(mime.encode, nil) try(mime.encode, 5) try(mime.decode, {}) try(mime.wrap, "x") try(mime.wrap, "5")
    local function run(make, ...)
      local ok, filter = pcall(make, ...) show(ok) if not ok then return end
      for _, chunk in ipairs { "abc", "", "d\\r\\n.ef=ghijk", ("q"):rep(80), "\\r", "\\n.x " } do try(filter, chunk) end
      try(filter, nil) try(filter, nil) try(filter, "more") try(filter) try(filter, {}) end
    run(mime.encode, "base64") run(mime.encode, "quoted-printable") run(mime.encode, "quoted-printable", "binary") run(mime.encode, "quoted-printable", "text")
    run(mime.encode, "quoted-printable", 5) run(mime.decode, "base64") run(mime.decode, "quoted-printable") run(mime.decode, "base64", "x")
    run(mime.wrap) run(mime.wrap, 5) run(mime.wrap, "text", 5) run(mime.wrap, "text", 5.7) run(mime.wrap, "text", "5") run(mime.wrap, "base64", 7)
    run(mime.wrap, "quoted-printable", 5) run(mime.wrap, "default", 9) run(mime.wrap, "text", 0) run(mime.wrap, "text", -1) run(mime.wrap, "text", {})
    run(mime.normalize) run(mime.normalize, "--") run(mime.normalize, 5) run(mime.normalize, {}) run(mime.normalize, false) run(mime.stuff)
    mime.encodet.mine = function(...) show("mine", ...) return 1 end try(mime.encode, "mine", 1, 2)
    mime.encodet.default = function(...) show("default", ...) return 2 end try(mime.encode) try(mime.encode, 7, 8, 9) mime.wrapt.default = nil try(mime.wrap, 5)`,
  );
});

describe('socket.url, as LuaSocket has it', () => {
  same(
    '1500 references, parsed, built and resolved',
    `local parts = { "http:", "1s:", "+s:", "//", "u:p@", "u@", "h", "[::1]", ":80", ":", "/", "/", "a", "b", ".", "..", "..", "/../", "/./", ";p", "?q", "#f", "é", " ", "\\n" }
    local function reference() local list = {} for i = 1, math.random(0, 8) do list[i] = parts[math.random(#parts)] end return table.concat(list) end
    -- From upstream we have where an authority ends, which the release has otherwise.
    local function is_open(text) return text:match("^%w?[%w+.-]*:?//[^/]*[?#]") end
    for n = 1, 1500 do
      local base, other = reference(), reference()
      if not is_open(base) and not is_open(other) then
        show(base, url.parse(base)) show(url.parse(base, { host = "d", port = 1, path = "x", password = "w" }))
        local parsed = url.parse(base) if parsed then show(url.build(parsed)) show(url.absolute(parsed, other)) end
        show(base, other, url.absolute(base, other)) show(url.absolute("http://a/b/c/d;p?q", other)) show(url.absolute("a/b/../c", other))
      end
    end`,
  );
  same(
    'paths, escaped and not',
    `${ALL_BYTES}
    show(url.escape(all)) show(url.unescape(all)) show(url.build_path { all, "b", is_absolute = 1 }) show(url.build_path({ all }, true))
    for n = 1, 500 do
      local text = random_text(20, "%%%4aFgz+//") show(url.unescape(text)) show(url.escape(text), url.unescape(url.escape(text)) == text)
      local parsed = url.parse_path(text) show(parsed) show(url.build_path(parsed)) show(url.build_path(parsed, 1))
    end
    show(url.build_path {}, url.build_path { is_absolute = 1 }, url.build_path { is_directory = 1 }, url.build_path { "a", 5, is_directory = true, is_absolute = false })`,
  );
  same(
    'arguments of every kind',
    `for _, name in ipairs { "escape", "unescape", "parse", "parse_path" } do
      for _, value in ipairs { 5, 12.5, "", "x" } do try(url[name], value, "y" and nil) end try(url[name], {} and true) end
    try(url.parse) try(url.parse, nil, {}) try(url.parse, "", { a = 1 }) try(url.parse, false) try(url.parse, "x", 5) try(url.parse, "x", { host = 5, url = 1, [1] = 2 })
    try(url.build, {}) try(url.build, "x") try(url.build, { host = "h", port = 80 }) try(url.build, { host = 5 }) try(url.build, { authority = 5 }) try(url.build, { host = {} })
    try(url.build, { host = "h", user = 1, password = 2 }) try(url.build, { host = "h", userinfo = 5 }) try(url.build, { query = 5, fragment = 6, params = 7 })
    try(url.build, { path = false, query = false, host = false, authority = false }) try(url.build, { host = "h", password = "p" }) try(url.build, { host = "h", path = "p" })
    try(url.absolute, "a") try(url.absolute, {}, "x") try(url.absolute, {}, "") try(url.absolute, "", "x") try(url.absolute, "http://h/a", 5) try(url.absolute, { scheme = "s", host = "h" }, "x")
    try(url.absolute, { scheme = "s", authority = "h", path = "/a/../b" }, "") try(url.build_path, { "a/b", nil, "c" }) try(url.build_path, { "a", {} }) try(url.build_path, { true })`,
  );

  it('an authority ends at a query and a fragment, too, as it does upstream', () => {
    using((machine) => {
      const parse = 'return require("socket.url").parse(...)';
      const parts = { scheme: 'http', authority: 'a', host: 'a', query: 'b@c/d' };
      assert.deepEqual(machine.run(parse, 'http://a?b@c/d'), [parts]);
      assert.deepEqual(machine.run(parse, '//a#b/c'), [{ authority: 'a', host: 'a', fragment: 'b/c' }]);
    });
  });

  it('dots by the thousand take no time to speak of', () => {
    using((machine) => {
      const code =
        'local url = require "socket.url" return #url.absolute("http://h/", (...):rep(50000)), #url.absolute("http://h/", ("a/" .. ...):rep(50000))';
      const before = process.cpuUsage();
      machine.run(code, '../');
      machine.run(code, './');
      machine.run(code, '//');
      assert.ok(process.cpuUsage(before).user < 10e6);
    });
  });
});

/** Filters that keep bytes back, or give more than they get, by the rules of LTN12. */
const FILTERS = `
  local source, sink, filter, pump = ltn12.source, ltn12.sink, ltn12.filter, ltn12.pump
  local function gathering(n)
    local held = ""
    return function(chunk)
      if chunk == nil then if held == "" then return nil end local rest = held held = "" return rest end
      held = held .. chunk if #held < n then return "" end
      local out = held:sub(1, n) held = held:sub(n + 1) return out end
  end
  local function spreading()
    local queue = {}
    return function(chunk)
      if chunk and chunk ~= "" then for c in chunk:gmatch("..?") do queue[#queue + 1] = c .. "|" end end
      return table.remove(queue, 1) or chunk and "" end
  end
  local function upper(chunk) return chunk and chunk:upper() end
  local makers = { function() return gathering(math.random(1, 4)) end, spreading, function() return upper end,
    function() return mime.encode("base64") end, function() return mime.wrap(math.random(3, 9)) end, function() return mime.normalize("!") end }
  local function some() local list = {} for i = 1, math.random(1, 4) do list[i] = makers[math.random(#makers)]() end return table.unpack(list) end
  local function chunks() local list = {} for i = 1, math.random(0, 5) do list[i] = random_text(7) end return list end
  local function logging(fail_at)
    local count = 0
    return function(chunk, err) count = count + 1 show(chunk, err) if count == fail_at then return nil, "full" end return 1 end
  end
`;

describe('ltn12, as LuaSocket has it', () => {
  same(
    '400 chains of random filters, in sources, sinks and by themselves',
    `${FILTERS}
    for n = 1, 400 do
      local from = source.table(chunks()) if n % 5 == 0 then from = source.cat(from, source.error("broken"), source.string("never")) end
      local fail_at = n % 7 == 0 and 2 or nil
      if n % 3 == 0 then show("source") show(pump.all(source.chain(from, some()), logging(fail_at)))
      elseif n % 3 == 1 then show("sink") local parts = { some() } parts[#parts + 1] = logging(fail_at) show(pump.all(from, sink.chain(table.unpack(parts))))
      else
        show("filter") local whole = filter.chain(some())
        for _, chunk in ipairs(chunks()) do local out = whole(chunk) while out ~= "" do show(out) out = whole("") end end
        for i = 1, 100 do local out = whole(nil) show(out) if not out then break end end
      end
    end`,
  );
  same(
    'sources, one by one',
    `${FILTERS}
    local function drain(from) for i = 1, 9 do try(from) end end
    drain(source.empty()) drain(source.error("e")) drain(source.error()) drain(source.string("abc")) drain(source.string("")) drain(source.string()) drain(source.string(5))
    local long = source.string(("abc"):rep(2000)) for i = 1, 5 do local x = long() show(x and #x) end
    try(source.table) try(source.table, "x") drain(source.table { "a", "", "b", nil, "c" }) drain(source.table { 1, false, 2 })
    drain(source.cat()) drain(source.cat(source.string "a", source.empty(), source.string "b")) drain(source.cat(source.string "a", source.error "bad", source.string "b"))
    try(source.simplify) local n = 0
    drain(source.simplify(function() n = n + 1 if n == 1 then return "one", function() return "two", source.string "three" end end return "again" end))
    drain(source.simplify(source.string "ab")) try(source.simplify(function() return nil, "err" end)) drain(source.simplify(function() return nil, source.string "x" end))
    try(source.rewind) local r = source.rewind(source.table { "a", "b", "c" })
    show(r()) show(r("x")) show(r("y")) show(r()) show(r()) show(r()) show(r("")) show(r()) show(r(nil)) show(r()) show(r(false)) drain(source.rewind(source.error "e"))
    try(source.chain) try(source.chain, source.empty()) try(source.chain, nil, upper)
    drain(source.chain(source.table { "a", "b" }, upper)) drain(source.chain(source.error "e", upper)) drain(source.chain(source.table { "a" }, function() return nil end))
    drain(source.chain(source.table { "abcdefgh", "", "ij" }, gathering(3))) drain(source.chain(source.empty(), upper)) drain(source.chain(source.cat(source.table { "abc" }, source.error "late"), gathering(2)))
    drain(source.chain(source.table { "a" }, function(x) if x == nil then return "tail" end return x end)) drain(source.chain(source.table { "a" }, function(x) return x and "" end))
    ltn12.BLOCKSIZE = 2 drain(source.string "abcde")`,
  );
  same(
    'filters and their errors',
    `${FILTERS}
    local function none() return nil end
    try(filter.cycle) try(filter.cycle, nil, 1) local cycle = filter.cycle(function(...) show("low", ...) local context, chunk = ... return chunk and chunk .. tostring(context), (context or 0) + 1 end, nil, "extra")
    show(cycle("a")) show(cycle("b")) show(cycle(nil)) show(cycle()) show(cycle("x", "y"))
    show(pcall(filter.chain)) show(filter.chain(upper) == upper) show(filter.chain(upper)("ab"))
    try(filter.chain(none, upper), "x") try(filter.chain(upper, none), "x") try(filter.chain(upper, none, upper), "x") try(filter.chain(none), "x") try(filter.chain(upper, none), nil) try(filter.chain(upper, none), "")`,
  );
  same(
    'sinks and pumps, one by one',
    `${FILTERS}
    local t = { "x" } local to, same = sink.table(t) show(t == same, to("a")) show(to("")) show(to(nil)) show(to(nil, "e")) show(to(5)) show(t)
    to, t = sink.table() show(to("a"), t) show(sink.null()("x")) show(sink.null()(nil)) show(sink.error("e")("x")) show(sink.error("e")(nil, "f")) show(sink.error()())
    try(sink.simplify) local function second(c) show("second", c) return 1 end to = sink.simplify(function(c) show("first", c) return 1, second end) show(to("a")) show(to("b")) show(to(nil))
    show(sink.simplify(function() return nil, "bad" end)("a")) show(sink.simplify(function() return "text" end)("a"))
    try(sink.chain) try(sink.chain, upper) try(sink.chain, nil, upper) try(sink.chain, upper, nil)
    to = sink.chain(gathering(3), logging()) show(to("ab")) show(to("")) show(to("cdefgh", "e1")) show(to(nil, "e2"))
    to = sink.chain(upper, logging(1)) show(to("a")) show(to(nil, "e"))
    local S, K, null = source, sink, sink.null()
    for _, args in ipairs { { S.empty(), null }, { S.string "x", null }, { S.error "e", null }, { S.string "x", K.error "k" }, { S.error "e", K.error "k" }, { S.empty(), K.error "k" }, { S.string "x", function() return nil end },
      { S.string "x", function() return false, "f" end }, { S.string "x", function() return 0 end }, { function() return false end, logging() }, { function() return nil, "a" end, logging() }, { S.empty(), null, none }, {}, { S.empty() }, { 5 } } do
      try(pump.step, table.unpack(args, 1, 3)) try(pump.all, table.unpack(args, 1, 3)) end
    local n = 0 try(pump.all, S.empty(), null, function() n = n + 1 if n < 3 then return 1 end return nil, "stop" end) show(n)`,
  );
  same(
    'files',
    `${FILTERS}
    local name = os.tmpname() local function put(text) local f = io.open(name, "wb") f:write(text) f:close() end
    for _, from in ipairs { source.file(nil, "mine"), source.file(nil) } do try(from) try(from) end for _, to in ipairs { sink.file(nil, "mine"), sink.file() } do try(to, "x") try(to) end
    put(("z"):rep(5000)) local h = io.open(name) local from = source.file(h) for i = 1, 3 do show(#from()) end show(from()) show(io.type(h)) try(from)
    h = io.open(name, "wb") local to = sink.file(h) show(to("abc") == h) show(to("") == h) show(to(nil)) show(io.type(h)) try(to, "x") try(to)
    h = io.open(name) show(sink.file(h)("abc")) h = io.open(name, "wb") show(sink.file(h)(nil, "failed")) show(io.type(h))
    put("a\\r\\nb") local t = {} pump.all(source.file(io.open(name, "rb")), sink.chain(mime.normalize("\\n"), (sink.table(t)))) show(t) os.remove(name)`,
  );

  it('a filter that gives "" for ever at the end, or nil in the middle, is an error and no loop', () => {
    using((machine) => {
      const at = 'local s, k = require("ltn12").source, require("ltn12").sink return select(2, pcall(';
      assert.match(String(machine.run(`${at}s.chain(s.empty(), function() return "" end)))`)), /filter returned ""/);
      const early = /filter returned inappropriate nil/;
      assert.match(String(machine.run(`${at}k.chain(function() end, k.null()), "x"))`)), early);
    });
  });
});

describe('in a machine for embedding', () => {
  it('they need no permission, and socket is not to be had by them', () => {
    using((machine) => {
      const code =
        'local mime, url = require "mime", require "socket.url" return mime.b64("x"), url.escape("/"), require("socket.headers").canonic.te, package.loaded.socket';
      assert.deepEqual(machine.run(code), ['eA==', '%2f', 'TE', null]);
    });
  });

  it('large inputs go through in memory that does not grow with them', () => {
    const machine = createLua({ memory: 24 * 2 ** 20 });
    try {
      const code = `local ltn12, mime = require "ltn12", require "mime"
        local left, bytes = 4096, ("all kinds of \\0 bytes = \\255\\r\\n."):rep(300)
        local read, written = 0, 0
        local function from() left = left - 1 if left >= 0 then read = read + #bytes return bytes end end
        local function to(chunk) if chunk then written = written + #chunk end return 1 end
        assert(ltn12.pump.all(ltn12.source.chain(from, mime.encode(...), mime.wrap(...)), ltn12.sink.chain(mime.decode(...), to)))
        return read, written`;
      for (const name of ['base64', 'quoted-printable']) {
        const [read, written] = machine.run(code, name) as [number, number];
        assert.ok(read > 30e6);
        // The end of quoted-printable text is a soft break, and what is left before it.
        assert.equal(written, read);
      }
    } finally {
      machine.close();
    }
  });

  it('markers do not make output beyond the memory of the machine', () => {
    const machine = createLua({ memory: 24 * 2 ** 20 });
    try {
      const before = process.memoryUsage().arrayBuffers;
      const code = `local mime, text, marker = require "mime", ("\\r\\n"):rep(2^20), ("m"):rep(4096)
        local function failure(...) return select(2, pcall(...)) end
        return failure(mime.eol, 0, text, marker), failure(mime.qp, "", text, marker), failure(mime.eol, 0, "x", ("m"):rep(4097)), #mime.eol(0, ("x"):rep(2^20) .. "\\n", marker)`;
      const [eol, qp, long, length] = machine.run(code);
      assert.deepEqual([eol, qp, length], ['not enough memory', 'not enough memory', 2 ** 20 + 4096]);
      assert.match(String(long), /marker too long/);
      assert.ok(process.memoryUsage().arrayBuffers - before < 100e6);
    } finally {
      machine.close();
    }
  });

  it('one large text goes through each function', () => {
    using((machine) => {
      const code = `local mime = require "mime" local text = ("%p\\0\\255 =\\r\\n.abc"):rep(2^19)
        assert(mime.unb64((mime.b64(text))) == text) assert(mime.unqp((mime.qp("", text))) == text)
        return #text, #mime.b64(text), #mime.wrp(76, text), #mime.qpwrp(76, text), #mime.eol(0, text), #mime.dot(2, text)`;
      const [size, base64, ...others] = machine.run(code) as number[];
      assert.equal(base64, Math.ceil(size! / 3) * 4);
      assert.ok(others.every((length) => length >= size!));
    });
  });
});

function using(use: (machine: ReturnType<typeof createLua>) => void): void {
  const machine = createLua();
  try {
    use(machine);
  } finally {
    machine.close();
  }
}
