-- The module `mbox`: a mailbox as its messages, a message as its headers and its body. Line ends become LF on the way.

local find, gmatch, gsub, lower, match, sub = string.find, string.gmatch, string.gsub, string.lower, string.match, string.sub

local mbox = {}

local function with_lf(text) return (gsub(text, "\r\n", "\n")) end

local function unfolded(text) return (gsub(text, "\n[ ]+", " ")) end

-- The headers with their line ends, and what is behind the first empty line. Text without one is headers.
function mbox.split_message(text)
  text = with_lf(text)
  local headers, body = match(text, "^(.-\n)\n"), match(text, "^.-\n\n(.*)") or match(text, "^\n(.*)")
  if not headers and not body then headers = text end
  return headers or "", body or ""
end

-- Each header with its continuation lines.
function mbox.split_headers(text)
  local headers = {}
  for header in gmatch(unfolded(with_lf(text)), "[^\n]+") do headers[#headers + 1] = header end
  return headers
end

function mbox.parse_header(text)
  local name, value = match((gsub(unfolded(text), "\n+", "")), "([^%s:]-):%s*(.*)")
  return name, value
end

-- By names in lower case; what is repeated is joined.
function mbox.parse_headers(text)
  local headers = {}
  for _, header in ipairs(mbox.split_headers(text)) do
    local name, value = mbox.parse_header(header)
    if name then
      name = lower(name)
      headers[name] = headers[name] and headers[name] .. ", " .. value or value
    end
  end
  return headers
end

-- A name, the address where there is none, and the address.
function mbox.parse_from(text)
  local name, address = match(text, "^%s*(.-)%s*%<(.-)%>")
  address = address or match(text, "%s*(.+)%s*") or ""
  if not name or name == "" then name = address end
  return (gsub(name, '"', "")), address
end

-- Messages are apart by a line "From ", behind an empty one.
function mbox.split_mbox(text)
  local messages, from = {}, 1
  text = with_lf(text) .. "\n\nFrom \n"
  while true do
    local first, last = find(text, "\n\nFrom .-\n", from)
    if not first then return messages end
    messages[#messages + 1] = sub(text, from, first - 1)
    from = last + 1
  end
end

function mbox.parse_message(text)
  local headers, body = mbox.split_message(text)
  return { headers = mbox.parse_headers(headers), body = body }
end

function mbox.parse(text)
  local messages = mbox.split_mbox(text)
  for i, message in ipairs(messages) do messages[i] = mbox.parse_message(message) end
  return messages
end

return mbox
