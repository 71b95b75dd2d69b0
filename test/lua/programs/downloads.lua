-- Downloads at once by socket.http and ssl.https over cosocket.lua. arg: an http origin, an https origin, a file of roots.

package.path = arg[0]:match "^(.*)/" .. "/?.lua;" .. package.path
local cosocket = require "cosocket"
local http, https = cosocket.asyncify "socket.http", cosocket.asyncify "ssl.https"
assert(http ~= package.loaded["socket.http"] and https ~= package.loaded["ssl.https"])

local plain, secure, roots = arg[1], arg[2], arg[3]
local under_way, most, results = 0, 0, {}

local function download(number, module, fields)
  cosocket.spawn(function()
    under_way = under_way + 1
    most = math.max(most, under_way)
    local size, sum = 0, 0
    function fields.sink(chunk)
      for at = 1, #(chunk or "") do sum = (sum * 31 + chunk:byte(at)) % 1000000007 end
      size = size + #(chunk or "")
      return 1
    end
    local done, code = module.request(fields)
    results[number] = ("%d %s %s %d %d"):format(number, done, code, size, sum)
    under_way = under_way - 1
  end)
end

local PATHS = { "/1k.bin", "/page.html", "/missing" }
for number = 1, 12 do
  local path = PATHS[number % #PATHS + 1]
  if number % 2 == 0 then download(number, http, { url = plain .. path })
  else download(number, https, { url = secure .. path, verify = "peer", cafile = roots }) end
end
-- Refused: nothing that it signed is at that origin.
download(13, https, { url = secure .. "/1k.bin", verify = "peer", cafile = arg[4] })
cosocket.run()
print(most)
print(table.concat(results, "\n"))
