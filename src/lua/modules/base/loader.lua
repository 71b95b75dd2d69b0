-- The loader of a module in Lua. As that of a loader from a file, its `_ENV` is an upvalue, the first one, and no other loader's:
-- a program may give it another and load the module once more, which then requires by that environment.
-- Gets the function that opens the module in an environment, and the module that has it as a field, with that field's name.

local open, parent, field = ...
local pcall, type = pcall, type

return function()
  local environment = _ENV
  local module = open(environment)
  if parent then
    local found, whole = pcall(require, parent)
    if found and type(whole) == "table" then whole[field] = module end
  end
  return module
end
