-- Looks a word up in a dictionary server (RFC 2229): dict.lua [-d database] word [host [port]]
local tp = require "socket.tp"
local socket = require "socket"

local database = "*"
if arg[1] == "-d" then
  database = arg[2]
  table.remove(arg, 1)
  table.remove(arg, 1)
end
local word, host, port = arg[1], arg[2] or "dict.org", tonumber(arg[3] or 2628)
if not word then
  io.stderr:write("usage: dict.lua [-d database] word [host [port]]\n")
  os.exit(2)
end

-- All lines up to a dot alone; a dot that begins a line is doubled.
local function text(server, try)
  local lines = {}
  for line in function() return try(server:receive()) end do
    if line == "." then return table.concat(lines, "\n") end
    lines[#lines + 1] = line:gsub("^%.%.", ".")
  end
end

local define = socket.protect(function()
  local server = socket.try(tp.connect(host, port, 10))
  local try = socket.newtry(function() server:close() end)
  try(server:check("220"))
  try(server:command("define", ('%s "%s"'):format(database, word)))
  local definitions = {}
  local code, reply = try(server:check { "150", "552" })
  while code ~= 250 and code ~= 552 do
    code, reply = try(server:check { "151", "250" })
    if code == 151 then definitions[#definitions + 1] = { from = reply:match('^151 ".-" %S+ "(.-)"'), text = text(server, try) } end
  end
  try(server:command("quit"))
  try(server:check("221"))
  server:close()
  return definitions
end)

local definitions, message = define()
if not definitions then
  io.stderr:write(host, ": ", message, "\n")
  os.exit(1)
end
for _, definition in ipairs(definitions) do print(("From %s:\n%s\n"):format(definition.from, definition.text)) end
if #definitions == 0 then print("nothing is known of " .. word) end
