-- Lua's own work: calls of functions, and arithmetic. No socket is in it. fib(n) takes 6.9 times as long as fib(n - 4).

local marginal = dofile((arg[0]:gsub("[^/]*$", "marginal.lua")))
local n = tonumber(arg[2])

local function fib(i)
  if i < 2 then return i end
  return fib(i - 1) + fib(i - 2)
end

marginal(n, function() fib(n - 4) end, function() fib(n) end)
