-- A server of lines and its clients in one program, with and without TLS, all by select, over cosocket.lua.
-- arg: the folder of the certificates, and whether there is TLS.

package.path = arg[0]:match "^(.*)/" .. "/?.lua;" .. package.path
local cosocket, ssl = require "cosocket", require "ssl"

local folder, over_tls = arg[1], arg[2] == "tls"
local SERVER = assert(ssl.newcontext {
  mode = "server", protocol = "any", key = folder .. "/server.key", certificate = folder .. "/server.whole.pem",
})
local CLIENT = assert(ssl.newcontext { mode = "client", protocol = "any", cafile = folder .. "/root.pem", verify = "peer" })

local function secured(connection, context)
  if not over_tls then return connection end
  local secure = assert(cosocket.wrap(connection, context))
  assert(secure:dohandshake())
  return secure
end

local CLIENTS = 20
local server = cosocket.bind("127.0.0.1", 0, CLIENTS)
local host, port = server.object:getsockname()
local served, exchanged = 0, 0

cosocket.spawn(function()
  for _ = 1, CLIENTS do
    local raw = assert(server:accept())
    cosocket.spawn(function()
      local connection = secured(raw, SERVER)
      for line in function() return (connection:receive()) end do
        local count = tonumber(line:match "^count (%d+)")
        assert(connection:send(count and connection:receive(count) or line .. "\n"))
      end
      connection:close()
      served = served + 1
    end)
  end
  server:close()
end)

for i = 1, CLIENTS do
  cosocket.spawn(function()
    local raw = cosocket.tcp()
    assert(raw:connect(host, tonumber(port)))
    local connection = secured(raw, CLIENT)
    for j = 1, 10 do
      local line = ("client %d, line %d"):format(i, j)
      assert(connection:send(line .. "\n"))
      assert(connection:receive() == line)
      local data = string.char(i, j, 0, 10, 13, 255):rep(i * j * 20)
      assert(connection:send("count " .. #data .. "\n"))
      assert(connection:send(data))
      assert(connection:receive(#data) == data)
      exchanged = exchanged + 1
    end
    connection:close()
  end)
end

cosocket.run()
print(served, exchanged)
