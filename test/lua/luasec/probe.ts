/** Probes: calls of LuaSec's functions, and how a script asks them. Both ends of a connection are in it, and take turns. */

export interface Probe {
  readonly name: string;
  /** Lua, whose results are shown. */
  readonly code: string;
  /** What LuaSec 1.3.2 says. */
  readonly says: string;
  /** What 1.2.0 says, if otherwise; or that its program of C crashes. */
  readonly before?: string;
}

/** The script that asks them, one line each. Its arguments are the folder of the certificates, and `all` for those that crash C. */
export function scriptOf(probes: readonly Probe[]): string {
  const asking = probes.map(({ name, code, before }) => {
    const ask = before === '(crashes)' ? 'crashes' : 'probe';
    return `${ask}(${JSON.stringify(name)}, function() ${code} end)`;
  });
  return [PRELUDE, ...asking].join('\n');
}

/** What probes stand on. */
export const PRELUDE = String.raw`
local socket, ssl, https = require "socket", require "ssl", require "ssl.https"
local core, context = require "ssl.core", require "ssl.context"

local function shown(v)
  if type(v) == "string" then
    v = v:gsub("0x%x+", "0x…"):gsub("%d+%.%d+%.%d+%.%d+:%d+", "…")
    return #v > 2000 and ("string of %d bytes"):format(#v) or (("%q"):format(v):gsub("\\\n", "\\n"))
  elseif type(v) == "table" then
    local keys, out = {}, {}
    for k in pairs(v) do keys[#keys + 1] = k end
    table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
    for i, k in ipairs(keys) do out[i] = tostring(k) .. "=" .. shown(v[k]) end
    return "{" .. table.concat(out, ", ") .. "}"
  end
  return (tostring(v):gsub("0x%x+", "0x…"))
end

local function report(...)
  local out, n = {}, select("#", ...)
  for i = 1, n do out[i] = shown((select(i, ...))) end
  print(n == 0 and "(nothing)" or table.concat(out, "  "))
end

local function probe(name, f)
  local results = table.pack(pcall(f))
  if results[1] then return report(table.unpack(results, 2, results.n)) end
  report("RAISES", (tostring(results[2]):gsub("^[^:]*:%d+: ", "")))
end

-- What ends the program of C by a segmentation fault.
local function crashes(name, f)
  if arg[2] == "all" then return probe(name, f) end
  print("(crashes)")
end

local C = arg[1] .. "/"
local CLIENT = { mode = "client", protocol = "any", cafile = C .. "root.pem", verify = { "peer", "fail_if_no_peer_cert" }, options = { "all" } }
local SERVER = { mode = "server", protocol = "any", key = C .. "server.key", certificate = C .. "server.whole.pem", verify = "none", options = { "all" } }
local function with(base, more)
  local fields = {}
  for name, value in pairs(base) do fields[name] = value end
  for name, value in pairs(more or {}) do fields[name] = value ~= "NONE" and value or nil end
  return fields
end
local function by(name) return with(SERVER, { key = C .. name .. ".key", certificate = C .. name .. ".whole.pem" }) end
local MUTUAL = with(SERVER, { cafile = C .. "root.pem", verify = { "peer", "fail_if_no_peer_cert" } })
local function file(name)
  local opened <close> = assert(io.open(C .. name, "rb"))
  return opened:read "a"
end
local function bytes_of(hex) return (hex:gsub("%x%x", function(two) return string.char(tonumber(two, 16)) end)) end
local cert = ssl.loadcertificate(file "server.pem")

local kept = {} -- an end that nothing holds would be closed by the collector in the middle of a probe
local function plain()
  local listening = assert(socket.bind("127.0.0.1", 0))
  local _, port = listening:getsockname()
  local c = assert(socket.connect("127.0.0.1", port))
  local s = assert(listening:accept())
  listening:close()
  kept[#kept + 1] = { c, s }
  return c, s
end

-- Two ends, which take turns; a function may set them up before.
local function ends(client, server, before)
  local c, s = plain()
  local cw, wrong = ssl.wrap(c, client or CLIENT)
  if not cw then error(wrong, 0) end
  local sw, wrong = ssl.wrap(s, server or SERVER)
  if not sw then error(wrong, 0) end
  cw:settimeout(0) sw:settimeout(0)
  kept[#kept + 1] = { cw, sw, c, s }
  if before then before(cw, sw) end
  return cw, sw
end

local function goes_on(results)
  return results[1] ~= true and (results[2] == nil or results[2] == "wantread" or results[2] == "wantwrite")
end

-- Both handshakes, and the results of their last calls.
local function secure(client, server, before)
  local cw, sw = ends(client, server, before)
  local cr, sr = {}, {}
  for _ = 1, 10000 do
    if goes_on(cr) then cr = { cw:dohandshake() } end
    if goes_on(sr) then sr = { sw:dohandshake() } end
    if not goes_on(cr) and not goes_on(sr) then break end
    socket.select({ cw, sw }, nil, 0.01)
  end
  return cw, sw, cr, sr
end

local function connected(...)
  local cw, sw = secure(...)
  cw:settimeout(5) sw:settimeout(5)
  return cw, sw
end
`;
