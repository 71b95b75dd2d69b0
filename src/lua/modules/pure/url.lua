-- The module `socket.url`, as LuaSocket has it: RFC 2396, and the same results where RFC 3986 has others.

local concat, gsub, sub = table.concat, string.gsub, string.sub

local url = { _VERSION = "URL 1.0.3" }

local function escape_with(format)
  return function(character) return (format:format(character:byte())) end
end

local lower_case, upper_case = escape_with("%%%02x"), escape_with("%%%02X")

function url.escape(text)
  return (gsub(text, "[^%w_]", lower_case))
end

function url.unescape(text)
  return (gsub(text, "%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

-- What stands before a mark, and what behind; the text and nil without one.
local function cut(text, mark)
  local at = text:find(mark, 1, true)
  if not at then return text end
  return text:sub(1, at - 1), text:sub(at + 1)
end

local function parse_authority(authority, parts)
  parts.authority = authority
  local userinfo, address = authority:match("^([^@]*)@(.*)$")
  if userinfo then
    local user, password = userinfo:match("^(.*):([^:]*)$")
    parts.userinfo, parts.user, parts.password = userinfo, user or userinfo, password or parts.password
  end
  local host, port = (address or authority):match("^(.*):([^:%]]*)$")
  host, parts.port = host or address or authority, port or parts.port
  if host ~= "" then parts.host = host:match("^%[(.+)%]$") or host end
end

function url.parse(text, defaults)
  if not text or text == "" then return nil, "invalid url" end
  local parts = {}
  for name, value in pairs(defaults or parts) do parts[name] = value end
  -- A call that fails for what is no text, as LuaSocket's does.
  local rest = gsub(text, "^$", "")
  local scheme, behind = rest:match("^(%w[%w+.-]*):(.*)$")
  if scheme then parts.scheme, rest = scheme, behind end
  local authority, after = rest:match("^//([^/?#]*)(.*)$")
  if authority then
    parse_authority(authority, parts)
    rest = after
  end
  local found
  rest, found = cut(rest, "#")
  parts.fragment = found or parts.fragment
  rest, found = cut(rest, "?")
  parts.query = found or parts.query
  rest, found = cut(rest, ";")
  parts.params = found or parts.params
  if rest ~= "" then parts.path = rest end
  return parts
end

local function authority_of(parts)
  local host = parts.host
  if not host then return parts.authority end
  local userinfo = parts.userinfo
  if parts.user then userinfo = parts.user .. (parts.password and ":" .. parts.password or "") end
  host = string.find(host, ":", 1, true) and "[" .. host .. "]" or host
  return (userinfo and userinfo .. "@" or "") .. host .. (parts.port and ":" .. parts.port or "")
end

function url.build(parts)
  local authority = authority_of(parts)
  return (parts.scheme and parts.scheme .. ":" or "")
    .. (authority and "//" .. authority or "")
    .. (parts.path or "")
    .. (parts.params and ";" .. parts.params or "")
    .. (parts.query and "?" .. parts.query or "")
    .. (parts.fragment and "#" .. parts.fragment or "")
end

-- An empty segment between two slashes. No segment has a slash in it.
local BLANK = "/"

-- Drops "." between slashes, and x and ".." before a third segment, whatever x is: ".." too, if it is still there. Then what is left
-- of that at the ends. An empty segment counts as none only where it is the first or the last.
local function remove_dots(text)
  local segments = {}
  for segment in (text .. "/"):gmatch("([^/]*)/") do segments[#segments + 1] = segment end
  local last = #segments
  local kept, n = {}, 0
  for i, segment in ipairs(segments) do
    local inside = i > 1 and i < last
    if inside and segment == "" then segment = BLANK end
    if not (inside and segment == ".") then
      if n > 1 and segment ~= "" and kept[n] == ".." and kept[n - 1] ~= "" then n = n - 2 end
      n = n + 1
      kept[n] = segment
    end
  end
  local up = n > 1 and kept[n] == "" and n - 1 or n
  if up > 1 and kept[up] == ".." and kept[up - 1] ~= "" then
    n = up - 1
    kept[n] = ""
  elseif n > 1 and (kept[n] == ".." or kept[n] == ".") then
    kept[n] = ""
  end
  local first = 1
  if n > 2 and kept[1] == "" and kept[2] == ".." then
    first = 2
    kept[2] = ""
  end
  for i = first, n do
    if kept[i] == BLANK then kept[i] = "" end
  end
  return concat(kept, "/", first, n)
end

-- A path that is relative to another one (RFC 2396, section 5.2, step 6).
local function resolve(base, path)
  if sub(path, 1, 1) ~= "/" then
    local folder = base:match("^(.*)/[^/]*$") or ""
    path = folder .. "/" .. path
  end
  return remove_dots(path)
end

function url.absolute(base, reference)
  local from, written = base, base
  if type(base) == "table" then written = url.build(base) else from = url.parse(base) end
  local parts = url.parse(reference)
  local result
  if not from then
    result = reference
  elseif not parts then
    result = written
  elseif parts.scheme then
    result = reference
  else
    parts.scheme = from.scheme
    if not parts.authority then
      parts.authority = from.authority
      if parts.path then
        parts.path = resolve(from.path or "", parts.path)
      else
        parts.path = from.path
        if not parts.params then
          parts.params = from.params
          parts.query = parts.query or from.query
        end
      end
    end
    result = url.build(parts)
  end
  return remove_dots(result)
end

function url.parse_path(path)
  local parsed = {}
  path = path or ""
  gsub(path, "[^/]+", function(segment) parsed[#parsed + 1] = url.unescape(segment) end)
  if sub(path, 1, 1) == "/" then parsed.is_absolute = 1 end
  if sub(path, -1) == "/" then parsed.is_directory = 1 end
  return parsed
end

function url.build_path(parsed, unsafe)
  local count = #parsed
  local segments = {}
  for i = 1, count do
    segments[i] = unsafe and parsed[i] or gsub(parsed[i], "[^%w%-_.!~*'():@&=+$,]", upper_case)
  end
  local path = concat(segments, "/")
  if parsed.is_directory and count > 0 then path = path .. "/" end
  return parsed.is_absolute and "/" .. path or path
end

return url
