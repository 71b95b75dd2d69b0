/** Lua text for programs of copas. */

/** Where its modules are: the packages are older than 5.4, and written for all of them. */
export const COPAS_PATH = `package.path = package.path .. ";/usr/share/lua/5.3/?.lua;/usr/share/lua/5.2/?.lua"`;

/** `create` of a request whose calls let other threads run while they wait. */
export const COPAS_CREATE = `
  local function create()
    local raw = socket.tcp()
    return {
      settimeout = function() return 1 end,
      connect = function(_, ...) return copas.connect(raw, ...) end,
      send = function(_, ...) return copas.send(raw, ...) end,
      receive = function(_, ...) return copas.receive(raw, ...) end,
      close = function() return raw:close() end,
    }
  end
`;
