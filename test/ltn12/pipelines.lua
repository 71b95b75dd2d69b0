-- Runs pipelines with LuaSocket's ltn12: a line in says which, a line out says what came of it.
-- The filters are those of parts.ts.
local ltn12 = require "ltn12"

local function unhex(hex)
  return (hex:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end))
end

local function tohex(text)
  return (text:gsub(".", function(byte) return string.format("%02x", byte:byte()) end))
end

local low = {}

function low.add(before, chunk, key)
  if not chunk then return nil, before end
  local bytes = {}
  for i = 1, #chunk do bytes[i] = string.char((chunk:byte(i) + before + i - 1 + key) % 256) end
  return table.concat(bytes), before + #chunk
end

function low.group(kept, chunk, size)
  if not chunk then return kept ~= "" and kept or nil, "" end
  local all, parts, at = kept .. chunk, {}, 1
  while at + size - 1 <= #all do
    parts[#parts + 1] = all:sub(at, at + size - 1) .. "|"
    at = at + size
  end
  return table.concat(parts), all:sub(at)
end

function low.trickle(kept, chunk, size)
  local all = kept .. (chunk or "")
  if not chunk and all == "" then return nil, "" end
  return all:sub(1, size), all:sub(size + 1)
end

function low.drop(_, chunk, size)
  if not chunk then return nil end
  return (chunk:gsub(".", function(byte) return byte:byte() % size == 0 and "" or byte end))
end

function low.hoard(kept, chunk)
  if chunk then return "", kept .. chunk end
  return kept ~= "" and kept:reverse() or nil, ""
end

local first = { add = 0, group = "", trickle = "", hoard = "" }

local function filters(list)
  local made = {}
  for name, size in list:gmatch("(%a+)(%d+)") do
    made[#made + 1] = ltn12.filter.cycle(low[name], first[name], tonumber(size))
  end
  return made
end

local function sources(list)
  local made = {}
  for kind, text in list:gmatch("(%a)([^;]*)") do
    local chunks = {}
    for hex in text:gmatch("[^,]+") do chunks[#chunks + 1] = hex == "-" and "" or unhex(hex) end
    if kind == "e" then made[#made + 1] = ltn12.source.error("source")
    elseif kind == "s" then made[#made + 1] = ltn12.source.string(table.concat(chunks))
    elseif kind == "t" then made[#made + 1] = ltn12.source.table(chunks)
    else
      local back = ltn12.source.rewind(ltn12.source.empty())
      for i = #chunks, 1, -1 do back(chunks[i]) end
      made[#made + 1] = back
    end
  end
  return ltn12.source.cat(table.unpack(made))
end

for line in io.lines() do
  local from, before, after, limit = line:match("^(%S+) (%S+) (%S+) (%d+)$")
  local src = sources(from)
  local stages = filters(before)
  if #stages > 0 then src = ltn12.source.chain(src, table.unpack(stages)) end
  local taken = {}
  local function snk(chunk, err)
    -- After an error ours drops what the filters still have, and ours passes no empty chunks on.
    if err or not chunk or chunk == "" then return 1 end
    if #taken == tonumber(limit) then return nil, "sink" end
    taken[#taken + 1] = tohex(chunk)
    return 1
  end
  stages = filters(after)
  if #stages > 0 then
    stages[#stages + 1] = snk
    snk = ltn12.sink.chain(table.unpack(stages))
  end
  local ret, err = ltn12.pump.all(src, snk)
  print((ret and "ok" or err) .. " " .. table.concat(taken, ","))
end
