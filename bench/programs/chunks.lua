-- A reply in chunks of one byte each, with LuaSocket's http, into a sink that counts them.

local marginal = dofile((arg[0]:gsub("[^/]*$", "marginal.lua")))
local http = require("socket.http")
local port, units = tonumber(arg[1]), tonumber(arg[2])

local function download(count)
  local calls, bytes = 0, 0
  local function sink(chunk)
    if chunk then calls, bytes = calls + 1, bytes + #chunk end
    return 1
  end
  assert(http.request{ url = string.format("http://127.0.0.1:%d/%d", port, count), sink = sink })
  assert(calls == count and bytes == count)
end

marginal(units, function() download(units / 10) end, function() download(units / 10 * 9) end)
