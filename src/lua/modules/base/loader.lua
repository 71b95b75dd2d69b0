-- The loaders of modules in Lua. As that of a loader from a file, the `_ENV` of each is an upvalue, the first one: a program
-- may give it another and load the module once more, which then requires by that environment. So a loader is good for once.
-- Gets package.preload; returns the function that puts a module there.

local preload = ...
local pcall, type = pcall, type
local globals = _ENV

local function prepare(name, open, parent, field)
  local _ENV = globals
  local function loader()
    local environment = _ENV
    local module = open(environment)
    if preload[name] == loader then prepare(name, open, parent, field) end
    if parent then
      local found, whole = pcall(require, parent)
      if found and type(whole) == "table" then whole[field] = module end
    end
    return module
  end
  preload[name] = loader
end

return prepare
