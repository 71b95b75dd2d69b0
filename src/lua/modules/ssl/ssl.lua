-- The module `ssl`: contexts of a table's fields, in LuaSec's order of steps, and connections over sockets.
-- Gets the functions of ssl.ts.

local release = (...).release
local core, context, x509, config = require "ssl.core", require "ssl.context", require "ssl.x509", require "ssl.config"
local ipairs, next, setmetatable, type, unpack = ipairs, next, setmetatable, type, table.unpack
local byte, char, concat, find, match, sub = string.byte, string.char, table.concat, string.find, string.match, string.sub

-- A context lasts as long as its connections: it keeps the functions that they ask.
local contexts = setmetatable({}, { __mode = "k" })

-- A value, or a list of them, as the arguments of a function of the context's.
local function apply(f, ctx, values)
  if not values then return true end
  if type(values) == "table" then return f(ctx, unpack(values)) end
  return f(ctx, values)
end

-- Names of protocols, each behind its length (RFC 7301).
local function to_wire(names)
  local pieces = {}
  for _, name in ipairs(names) do
    if type(name) ~= "string" then return nil end
    if name == "" then return nil, "invalid ALPN name (empty string)" end
    if #name > 255 then return nil, "invalid ALPN name (length > 255)" end
    pieces[#pieces + 1] = char(#name) .. name
  end
  if not pieces[1] then return nil, "invalid ALPN list (empty)" end
  return concat(pieces)
end

local function from_wire(list)
  local names, at = {}, 1
  while at < #list do
    local length = byte(list, at)
    names[#names + 1] = sub(list, at + 1, at + length)
    at = at + 1 + length
  end
  return names
end

local function identify(ctx, cfg)
  local certificates = cfg.certificates or { { certificate = cfg.certificate, key = cfg.key, password = cfg.password } }
  for _, one in ipairs(certificates) do
    local done, msg
    if one.key then
      local kind = type(one.password)
      if one.password and kind ~= "function" and kind ~= "string" then return nil, "invalid password type" end
      done, msg = context.loadkey(ctx, one.key, one.password)
      if not done then return nil, msg end
    end
    if one.certificate then
      done, msg = context.loadcert(ctx, one.certificate)
      if not done then return nil, msg end
      if one.key and not context.checkkey(ctx) then return nil, "private key does not match public key" end
    end
  end
  return true
end

local function trust(ctx, cfg)
  if not (cfg.cafile or cfg.capath) then return true end
  return context.locations(ctx, cfg.cafile, cfg.capath)
end

local function ciphers(ctx, cfg)
  return apply(context.setcipher, ctx, cfg.ciphers)
end

local function ciphersuites(ctx, cfg)
  return apply(context.setciphersuites, ctx, cfg.ciphersuites)
end

local function verify(ctx, cfg)
  return apply(context.setverify, ctx, cfg.verify)
end

local function options(ctx, cfg)
  return apply(context.setoptions, ctx, cfg.options)
end

local function depth(ctx, cfg)
  return not cfg.depth or context.setdepth(ctx, cfg.depth)
end

local function parameters(ctx, cfg)
  if not cfg.dhparam then return true end
  if type(cfg.dhparam) ~= "function" then return nil, "invalid DH parameter type" end
  context.setdhparam(ctx, cfg.dhparam)
  return true
end

local function curves(ctx, cfg)
  if cfg.curveslist then return context.setcurveslist(ctx, cfg.curveslist) end
  if cfg.curve then return context.setcurve(ctx, cfg.curve) end
  return true
end

local function verify_more(ctx, cfg)
  return apply(ctx.setverifyext, ctx, cfg.verifyext)
end

local function server_protocols(ctx, alpn)
  if type(alpn) == "table" then
    local list, msg = to_wire(alpn)
    if not list then return nil, msg end
    -- The table is looked at for each client anew.
    return context.setalpncb(ctx, function() return (to_wire(alpn)) end)
  end
  if type(alpn) ~= "function" then return nil, "invalid ALPN parameter" end
  return context.setalpncb(ctx, function(list)
    local names = alpn(from_wire(list))
    if type(names) == "string" then names = { names } end
    if type(names) ~= "table" then return nil end
    return (to_wire(names))
  end)
end

local function protocols(ctx, cfg)
  local alpn = cfg.alpn
  if not alpn then return true end
  if cfg.mode == "server" then return server_protocols(ctx, alpn) end
  if cfg.mode ~= "client" then return true end
  if type(alpn) == "string" then alpn = { alpn } end
  if type(alpn) ~= "table" then return nil, "invalid ALPN parameter" end
  local list, msg = to_wire(alpn)
  if not list then return nil, msg end
  return context.setalpn(ctx, list)
end

local function shared_keys(ctx, cfg)
  local psk, mode = cfg.psk, cfg.mode
  if not psk or (mode ~= "client" and mode ~= "server") then return true end
  local kind = type(psk)
  if mode == "client" and kind == "function" then return context.setclientpskcb(ctx, psk) end
  if mode == "server" and kind == "function" then return context.setserverpskcb(ctx, psk) end
  if mode == "server" and kind == "table" and type(psk.hint) == "string" and type(psk.callback) == "function" then
    return context.setpskhint(ctx, psk.hint) and context.setserverpskcb(ctx, psk.callback)
  end
  return nil, "invalid PSK configuration"
end

local function dane(ctx, cfg)
  if cfg.dane then context.setdane(ctx, unpack(type(cfg.dane) == "table" and cfg.dane or {})) end
  return true
end

local steps = {
  identify, trust, ciphers, ciphersuites, verify, options, depth, parameters, curves, verify_more, protocols,
  shared_keys, dane,
}

local function newcontext(cfg)
  local ctx, msg = context.create(cfg.protocol)
  if not ctx then return nil, msg end
  local done
  done, msg = context.setmode(ctx, cfg.mode)
  if not done then return nil, msg end
  for _, step in ipairs(steps) do
    done, msg = step(ctx, cfg)
    if not done then return nil, msg end
  end
  return ctx
end

-- Takes the descriptor of a socket over, which is closed to it from then on.
local function wrap(sock, cfg)
  local ctx, msg = cfg, nil
  if type(cfg) == "table" then
    ctx, msg = newcontext(cfg)
    if not ctx then return nil, msg end
  end
  local connection
  connection, msg = core.create(ctx)
  if not connection then return nil, msg end
  core.setfd(connection, sock:getfd())
  sock:setfd(core.SOCKET_INVALID)
  contexts[connection] = ctx
  return connection
end

local DESCRIPTION = "^(%S+)%s+(%S+)%s+Kx=(%S+)%s+Au=(%S+)%s+Enc=(%S+)%s+Mac=(%S+)"

core.setmethod("info", function(connection, field)
  local compression, err = core.compression(connection)
  if err or field == "compression" then return compression, err end
  local info = { compression = compression }
  local text, protocol
  text, info.bits, info.algbits, protocol = core.info(connection)
  if text then
    info.cipher, info.protocol, info.key, info.authentication, info.encryption, info.mac = match(text, DESCRIPTION)
    info.export = find(text, "%sexport%s*$") ~= nil
  end
  if protocol then info.protocol = protocol end
  if field then return info[field] end
  return next(info) and info
end)

return {
  _VERSION = release(),
  _COPYRIGHT = core.copyright(),
  config = config,
  loadcertificate = x509.load,
  newcontext = newcontext,
  wrap = wrap,
}
