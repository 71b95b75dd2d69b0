/** `receive` with the longest result that it may have: the third argument of LuaSocket's newest release, which Debian's has not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lua } from './support.ts';

const PAIR = `
  local socket = require "socket"
  local server = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  local function pair(text)
    local client = assert(socket.connect("127.0.0.1", port))
    local peer = assert(server:accept())
    client:settimeout(0.02)
    peer:send(text)
    return client, peer
  end
  local function show(...)
    local values = table.pack(...)
    for i = 1, values.n do values[i] = type(values[i]) == "string" and ("%q"):format(values[i]) or tostring(values[i]) end
    print(table.concat(values, " "))
  end
`;

function says(title: string, code: string, wanted: readonly string[]): void {
  it(title, () => {
    const { errors, output } = lua(['-e', PAIR + code]);
    assert.equal(errors, '');
    assert.deepEqual(output.split('\n').slice(0, -1), wanted);
  });
}

describe('receives that may not become longer', () => {
  says(
    'lines',
    `local c = pair("12345\\r\\n123456\\nab\\rcde\\n")
     show(c:receive("*l", nil, 5)) show(c:receive("*l", "", 5)) show(c:receive("*l", "", 5)) show(c:receive("*l", "x", 6)) show(c:receive("*l", "", 5))`,
    ['"12345" nil nil', 'nil "oversized" "12345"', '"6" nil nil', '"xabcde" nil nil', 'nil "timeout" ""'],
  );
  says(
    'what is no line yet',
    `local c, p = pair("1234") show(c:receive("*l", "", 5)) p:send("12345") show(c:receive("*l", "", 5)) p:send("\\r\\n") show(c:receive("*l", "", 5))
     p:send("12345") p:close() show(c:receive("*l", "", 5)) show(c:receive("*l", "", 5))`,
    ['nil "timeout" "1234"', 'nil "oversized" "12345"', '"" nil nil', 'nil "closed" "12345"', 'nil "closed" ""'],
  );
  says(
    'everything until the end',
    `local c, p = pair("123456789") show(c:receive("*a", "ab", 6)) show(c:receive("*a", "", 6)) p:send("abcde") show(c:receive("*a", "", 5))
     p:send("12345") p:close() show(c:receive("*a", "", 5)) show(c:receive("*a", "", 5))
     c, p = pair(("x"):rep(100000)) p:close() local all, wrong, part = c:receive("*a", "", 99999) show(all, wrong, #part) show(c:receive("*a", nil, 2))`,
    [
      'nil "oversized" "ab1234"',
      'nil "timeout" "56789"',
      'nil "oversized" "abcde"',
      '"12345" nil nil',
      'nil "closed" ""',
      'nil "oversized" 99999',
      '"x" nil nil',
    ],
  );
  says(
    'numbers, and what can only fail',
    `local c = pair("123\\n") show(c:receive(2, "", 2)) show(c:receive(1, nil, 5))
     for _, arguments in ipairs { { "*l", "", 0 }, { "*l", "", -1 }, { 6, "", 5 }, { "*l", "12345", 5 }, { "*l", "", "x" } } do
       show((select(2, pcall(c.receive, c, table.unpack(arguments)))))
     end
     show(c:receive())`,
    [
      '"12" nil nil',
      '"3" nil nil',
      `"bad argument #4 to '?' (maximum size must be positive)"`,
      `"bad argument #4 to '?' (maximum size must be positive)"`,
      `"bad argument #2 to '?' (more than the maximum size)"`,
      `"bad argument #3 to '?' (prefix as long as the maximum size)"`,
      `"bad argument #4 to '?' (number expected, got string)"`,
      '"" nil nil',
    ],
  );
});
