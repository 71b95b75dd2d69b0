-- Returns the function that runs a task over what it holds: see task.ts.
-- Gets the function that begins a task's flow and goes on with it.

local step = ...
local pcall = pcall

local function method(object, name, ...) return object[name](object, ...) end

local function go(task, held, more, ...)
  if not more then return ... end
  return go(task, held, step(task, held, pcall(...)))
end

return function(task, held)
  held.send_method = method
  return go(task, held, step(task, held))
end
