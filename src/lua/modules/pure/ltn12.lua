-- The module `ltn12`, by the description of LTN12: filters, sources, sinks and pumps.

local assert, error, select, type = assert, error, select, type
local insert, remove, unpack, sub = table.insert, table.remove, table.unpack, string.sub

local ltn12 = { _VERSION = "LTN12 1.0.3", BLOCKSIZE = 2048, filter = {}, source = {}, sink = {}, pump = {} }
local filter, source, sink, pump = ltn12.filter, ltn12.source, ltn12.sink, ltn12.pump

-- A filter takes a chunk, or nil for the end, and gives one: "" where it wants more. After a chunk it is called with "", or with
-- nil at the end, until it has no more to give.

local EARLY_END = "filter returned inappropriate nil"

function filter.cycle(low, context, extra)
  assert(low)
  return function(chunk)
    local output
    output, context = low(context, chunk, extra)
    return output
  end
end

-- Two filters as one. While the second has something to give, it alone is called.
local function compose(first, second)
  local draining, ended, idle = false, false, ""
  return function(chunk)
    if not chunk then idle = nil end
    while true do
      if draining then
        chunk = second(chunk or "")
        if not chunk then error(EARLY_END) end
        if chunk ~= "" then return chunk end
        draining, chunk = false, idle
      elseif ended then
        return second(chunk)
      else
        chunk = first(chunk)
        if chunk == "" then return chunk end
        if chunk then draining = true else ended = true end
      end
    end
  end
end

function filter.chain(...)
  local count, whole = select("#", ...), (...)
  for i = 2, count do whole = compose(whole, (select(i, ...))) end
  return count > 1 and whole or function(chunk) return whole(chunk) end
end

-- A source gives a chunk at each call, nil at the end, and nil and a message after an error.

function source.empty()
  return function() return nil end
end

function source.error(message)
  return function() return nil, message end
end

function source.file(handle, message)
  if not handle then return source.error(message or "unable to open file") end
  return function()
    local chunk = handle:read(ltn12.BLOCKSIZE)
    if not chunk then handle:close() end
    return chunk
  end
end

-- A fancy source may say with a chunk which source comes next.
function source.simplify(fancy)
  assert(fancy)
  return function()
    local chunk, following = fancy()
    fancy = following or fancy
    if chunk then return chunk end
    return nil, following
  end
end

function source.string(text)
  if not text then return source.empty() end
  local at = 1
  return function()
    local chunk = sub(text, at, at + ltn12.BLOCKSIZE - 1)
    at = at + ltn12.BLOCKSIZE
    if chunk ~= "" then return chunk end
    return nil
  end
end

source.table = function(chunks)
  assert(type(chunks) == "table")
  local at = 0
  return function()
    at = at + 1
    return chunks[at]
  end
end

-- Called with a chunk, takes it back.
function source.rewind(original)
  assert(original)
  local back = {}
  return function(chunk)
    if chunk then
      insert(back, chunk)
      return
    end
    chunk = remove(back)
    if not chunk then return original() end
    return chunk
  end
end

function source.chain(original, ...)
  assert(original and ...)
  local through = filter.chain(...)
  local done = false
  -- What the filter is called with next; "" and nil to draw the rest of what it has.
  local chunk, is_fresh = "", true
  return function()
    if done then error("source is empty!", 2) end
    while true do
      if is_fresh then
        local message
        chunk, message = original()
        if message then return nil, message end
      end
      local output = through(chunk)
      is_fresh = false
      if not output then
        done = true
        if chunk then error(EARLY_END) end
        return nil
      end
      if chunk then
        chunk, is_fresh = "", output == ""
      elseif output == "" then
        error('filter returned ""')
      end
      if output ~= "" then return output end
    end
  end
end

function source.cat(...)
  local sources = { ... }
  local current = remove(sources, 1)
  return function()
    while current do
      local chunk, message = current()
      if chunk then return chunk end
      if message then return nil, message end
      current = remove(sources, 1)
    end
  end
end

-- A sink takes a chunk, or nil for the end and a message after an error. It gives something true if all is well, else nil and a message.

sink.table = function(chunks)
  chunks = chunks or {}
  return function(chunk)
    if chunk then chunks[#chunks + 1] = chunk end
    return 1
  end, chunks
end

-- A fancy sink may say which sink comes next.
function sink.simplify(fancy)
  assert(fancy)
  return function(chunk, message)
    local ok, following = fancy(chunk, message)
    if not ok then return nil, following end
    fancy = following or fancy
    return 1
  end
end

function sink.file(handle, message)
  if not handle then return sink.error(message or "unable to open file") end
  return function(chunk)
    if chunk then return handle:write(chunk) end
    handle:close()
    return 1
  end
end

function sink.null()
  return function() return 1 end
end

function sink.error(message)
  return function() return nil, message end
end

function sink.chain(...)
  local count = select("#", ...)
  local parts = { ... }
  local target = parts[count]
  assert(count > 1 and ... and target)
  local through = filter.chain(unpack(parts, 1, count - 1))
  return function(chunk, message)
    if chunk == "" then return 1 end
    local rest = chunk and ""
    local output = through(chunk)
    while true do
      if chunk and not output then error(EARLY_END) end
      local ok, failure = target(output, message)
      if not ok then return nil, failure end
      if output == rest then return 1 end
      output = through(rest)
    end
  end
end

-- A pump moves chunks from a source to a sink.

function pump.step(from, to)
  local chunk, broken = from()
  local ok, refused = to(chunk, broken)
  if chunk and ok then return 1 end
  return nil, broken or refused
end

function pump.all(from, to, step)
  assert(from and to)
  step = step or pump.step
  while true do
    local ok, message = step(from, to)
    if not ok then
      if message then return nil, message end
      return 1
    end
  end
end

return ltn12
