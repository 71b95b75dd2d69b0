/** Schemes that a program adds to those of `socket.http`, and targets that it says itself: one script with us and with LuaSocket. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { alike, lua } from './support.ts';

/**
 * `canned(replies…)` makes connections that give these replies, one each, and show where they go and what is sent, each
 * line of a head but those that differ with the client.
 */
const SETUP = `
  local http, ltn12 = require "socket.http", require "ltn12"
  http.SCHEMES = http.SCHEMES or http.schemes
  local function canned(...)
    local replies = { ... }
    return function()
      local object, text, at, sent = {}, table.remove(replies, 1) or "", 1, {}
      function object:settimeout() return 1 end
      function object:connect(host, port) show("connect", host, tostring(port)) return 1 end
      function object:send(data) sent[#sent + 1] = data return #data end
      function object:receive(pattern, prefix)
        if #sent > 0 then
          local lines = {}
          for line in table.concat(sent):gmatch("[^\\r\\n]+") do
            line = line:gsub("^[%w-]+:", string.lower)
            if not line:find("^user%-agent:") and not line:find("^connection:") and not line:find("^te:") and not line:find("^accept%-encoding:") then lines[#lines + 1] = line end
          end
          local first = table.remove(lines, 1) table.sort(lines)
          show(first, table.concat(lines, "|")) sent = {}
        end
        pattern, prefix = pattern or "*l", prefix or ""
        local from = at
        if pattern == "*l" then
          local line, behind = text:match("^(.-)\\r?\\n()", at)
          if not line then at = #text + 1 return nil, "closed", prefix .. text:sub(from) end
          at = behind return prefix .. line
        end
        at = math.min(at + pattern - #prefix, #text + 1)
        local data = text:sub(from, at - 1)
        if #data + #prefix < pattern then return nil, "closed", data end
        return prefix .. data
      end
      function object:close() return 1 end
      return object
    end
  end
  local OK = "HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok"
  local function to(location) return "HTTP/1.1 302 Found\\r\\nLocation: " .. location .. "\\r\\nContent-Length: 0\\r\\n\\r\\n" end
  local function scheme(name, port, ...)
    local create = canned(...)
    http.SCHEMES[name] = { port = port, create = function(request)
      show(name, request.scheme, request.host, request.port, request.path, request.query, request.url, request.method, request.mine, request.user)
      return create
    end }
  end
`;

alike('schemes of LuaSocket and of the Lua face', SETUP, {
  'a scheme of the program': `
    scheme("foo", 8080, OK, OK, OK, OK, OK, OK)
    show(http.request("foo://host/a;p?b=c")) show(http.request("foo://host:80/")) show(http.request("foo://host:8080/x")) show(http.request("foo://host:/x"))
    show(http.request("foo://host/", "a=b")) show(http.request { url = "foo://host/x", path = "/y", mine = "m", method = "DELETE", headers = { ["X-A"] = "b" } })`,
  'by its parts, with a login, a source and a create': `
    scheme("foo", "81", OK, OK, OK)
    show(http.request { scheme = "foo", host = "h", path = "/p", query = "q", mine = 1 })
    show(http.request("foo://user:p%40ss@h/"))
    show(http.request { url = "foo://h/", method = "PUT", source = ltn12.source.string("data") })
    show(http.request { url = "foo://h/own", create = canned(OK) }) show(http.request { url = "foo://h:82/own", create = canned(OK) })`,
  'a scheme without a port': `
    scheme("unix", nil, OK, OK) show(http.request("unix://h:7/x")) show(http.request { url = "unix://h/x", headers = { host = "other" } })`,
  'names in capitals': `
    scheme("Foo", 1, OK) show(http.request("Foo://h/x"))`,
  'what a scheme of the program raises, and refuses': `
    http.SCHEMES.foo = { port = 1, create = function() error("raised", 0) end } show(pcall(http.request, "foo://h/"))
    http.SCHEMES.foo = { port = 1, create = function() return function() return nil, "none today" end end } show(http.request("foo://h/"))
    http.SCHEMES.foo = { port = 1, create = function() return function() error({ "raised" }, 0) end end } show(pcall(http.request, "foo://h/"))`,
  // Debian's release keeps a create only for a request that names its scheme by itself.
  'redirects from scheme to scheme': `
    scheme("foo", 8080, to "/second", to "bar://other/third", OK) scheme("bar", 99, to "bar://other:99/fourth", OK)
    show(http.request("foo://h/first"))
    scheme("foo", 8080, to "nosuch://h/") show(http.request("foo://h/"))
    scheme("http", 8000, to "foo://h2/x?y") scheme("foo", 8080, to "http://h3/", OK) scheme("http", 8000, to "foo://h2/x?y", OK) show(http.request("http://h1/"))
    scheme("https", 443, to "foo://h/") show(http.request("https://h/"))
    scheme("foo", 8080, OK) show(http.request { url = "foo://h/own", scheme = "foo", create = canned(to "/again", OK) })
    scheme("bar", 1, OK) show(http.request { url = "foo://h/own", scheme = "foo", create = canned(to "bar://h/again") })`,
  'another port of http': `
    scheme("http", 8000, OK, OK, OK) show(http.request("http://h/")) show(http.request("http://h:8000/")) show(http.request("http://h:80/"))`,
  'a target of its own': `
    show(http.request { url = "http://h/x", uri = "*", method = "OPTIONS", create = canned(OK) })
    show(http.request { url = "http://h/x", uri = "/other?y#z", scheme = "http", create = canned(to "/next", OK) })
    show(http.request { url = "http://h/x", uri = "urn:x", proxy = "http://proxy:1", create = canned(OK) })
    scheme("foo", 1, OK) show(http.request { url = "foo://h/x", uri = "/raw" })`,
  'a proxy': `
    scheme("foo", 8080, OK, OK) show(http.request { url = "foo://h:8081/x?y", proxy = "http://proxy:3128" })
    http.PROXY = "http://proxy" show(http.request("foo://h:1/"))`,
});

describe('schemes where the Lua face is safer', () => {
  it('credentials stay with the scheme, too, and lines cannot be forged', () => {
    const { output, errors } = lua([
      '-e',
      `local show = print ${SETUP}
       scheme("foo", 8080, to "bar://h:8080/") scheme("bar", 8080, OK)
       show(http.request { url = "foo://u:p@h/", headers = { authorization = "Bearer x", cookie = "a=b" } })
       for _, uri in ipairs { "/a b", "/\\r\\nX: y", "", "/\\255" } do show(http.request { url = "http://h/", uri = uri, create = canned(OK) }) end
       show(http.request("foo:///x")) show(http.request("nosuch://h/")) show(http.request("Nosuch://h/")) http.SCHEMES.http = nil show(http.request("http://h/"))`,
    ]);
    assert.equal(errors, '');
    const lines = output.split('\n');
    assert.match(output, /GET \/ HTTP\/1\.1\tauthorization: Bearer x\|cookie: a=b\|host: h\n/);
    assert.match(output, /GET \/ HTTP\/1\.1\thost: h\n/);
    assert.equal(lines.filter((line) => /^nil\trequest: the target .* is empty, or has blanks/.test(line)).length, 4);
    assert.deepEqual(lines.slice(-5), [
      `nil\tinvalid host 'nil'`,
      `nil\tunknown scheme 'nosuch'`,
      `nil\tunknown scheme 'Nosuch'`,
      `nil\tunknown scheme 'http'`,
      '',
    ]);
  });
});
