-- The module `mime`: filters of the functions of `mime.core`, put into the same table.

local mime, ltn12 = require "mime.core", require "ltn12"
local error, tostring, type = error, tostring, type
local cycle = ltn12.filter.cycle

mime.encodet, mime.decodet, mime.wrapt = {}, {}, {}

-- A function that makes a filter: by the name that comes first, or by "default" where no name does.
local function chosen_from(filters)
  return function(name, first, second)
    if type(name) ~= "string" then name, first, second = "default", name, first end
    local make = filters[name]
    if not make then error("unknown key (" .. tostring(name) .. ")", 3) end
    return make(first, second)
  end
end

mime.encode, mime.decode, mime.wrap = chosen_from(mime.encodet), chosen_from(mime.decodet), chosen_from(mime.wrapt)

mime.encodet["base64"] = function() return cycle(mime.b64, "") end
mime.encodet["quoted-printable"] = function(mode) return cycle(mime.qp, "", mode == "binary" and "=0D=0A" or "\r\n") end

mime.decodet["base64"] = function() return cycle(mime.unb64, "") end
mime.decodet["quoted-printable"] = function() return cycle(mime.unqp, "") end

local LENGTH = 76
local function wrap_text(length) return cycle(mime.wrp, length or LENGTH, length or LENGTH) end
mime.wrapt["text"], mime.wrapt["base64"], mime.wrapt["default"] = wrap_text, wrap_text, wrap_text
mime.wrapt["quoted-printable"] = function() return cycle(mime.qpwrp, LENGTH, LENGTH) end

function mime.normalize(marker) return cycle(mime.eol, 0, marker) end
function mime.stuff() return cycle(mime.dot, 2) end

return mime
