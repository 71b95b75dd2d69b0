/**
 * Streams through LuaSec: whatever is sent in whatever pieces, each receive gives the same as LuaSec's C core does, with its
 * parts, its counts and what is left over.
 */
import assert from 'node:assert/strict';
import { withTools } from '../peers/peer.ts';
import { makeFiles } from './luasec/files.ts';
import { PRELUDE } from './luasec/probe.ts';
import { lua, native } from './support.ts';

/** Rounds of each seed. What chance decides, a generator of its own decides in both programs alike. */
const ROUNDS = 60;

const STREAMS = `${PRELUDE}
  local state
  local function chance(most)
    state = (state * 1103515245 + 12345) % 2147483648
    return state // 65536 % most + 1
  end
  local PIECES = {
    function() return ("line %d"):format(chance(1000)) .. "\\r\\n" end,
    function() return ("\\r"):rep(chance(3)) .. "\\n" end,
    function() return ("x"):rep(chance(300)) end,
    function() return "\\n\\n" end,
    function() return ("0123456789"):rep(chance(2500)) .. "\\n" end,
    function() return string.char(0, 255, 13, 10, 200) end,
  }
  local PATTERNS = {
    function() return "*l" end,
    function() return chance(50) end,
    function() return chance(30000) end,
    function() return nil end,
    function() return 0 end,
    function() return chance(40), ("p"):rep(chance(20)) end,
    function() return "*l", "prefix " end,
  }
  local function sum(text)
    local total = #text
    for at = 1, #text, 7 do total = (total * 31 + text:byte(at)) % 1000000007 end
    return #text .. ":" .. total
  end
  local function told(data, wrong, part)
    return (data and sum(data) or "nil") .. " " .. tostring(wrong) .. " " .. (part and sum(part) or "nil")
  end
  local versions = { "tlsv1_2", "tlsv1_3" }
  for round = 1, ${ROUNDS} do
    state = round * 7919 + tonumber(arg[3])
    local c, s = connected(CLIENT, with(SERVER, { protocol = versions[chance(2)] }))
    -- The tickets of TLS 1.3 come before it: a close without having read them is a reset.
    s:send("!") assert(c:receive(1) == "!")
    c:setstats(0, 0) s:setstats(0, 0)
    local lines, from, to = {}, c, s
    if chance(2) == 1 then from, to = s, c end
    local sent = 0
    for _ = 1, chance(12) do
      local piece = PIECES[chance(#PIECES)]()
      local first = chance(#piece)
      sent = sent + from:send(piece) + from:send(piece, first) - first + 1
    end
    local _, count = from:getstats()
    local closes = chance(2) == 1
    if closes then from:close() end
    -- Only where it cannot wait for what does not come is the time over at once.
    to:settimeout(closes and 20 or 0)
    local left = sent
    repeat
      local data, wrong, part = to:receive(PATTERNS[chance(#PATTERNS)]())
      lines[#lines + 1] = told(data, wrong, part)
      if wrong == "wantread" and to:getstats() < sent then socket.select({ to }, nil, 20) end
    until wrong == "closed" or (wrong == "wantread" and to:getstats() == sent)
    if closes then lines[#lines + 1] = told(to:receive("*a")) end
    -- With a time that is over, how many steps it took is for the kernel to say.
    local got, _ = to:getstats()
    print(round, sent, count == sent, got == sent, to:dirty(), closes and table.concat(lines, "|") or "")
    c:close() s:close()
    kept = {}
  end`;

for (const seed of [1, 2, 3]) {
  withTools(`chance, seed ${seed}`, ['lua5.4', 'luasocket', 'luasec', 'openssl'], async () => {
    const script = ['-e', `arg = { ${JSON.stringify(makeFiles())}, "", "${seed}" } ${STREAMS}`];
    const [ours, theirs] = [lua(script), native(script)];
    assert.deepEqual([ours.errors, theirs.errors], ['', '']);
    const lines = ours.output.split('\n');
    assert.equal(lines.length, ROUNDS + 1);
    assert.deepEqual(lines, theirs.output.split('\n'));
    for (const line of lines.slice(0, -1)) assert.match(line, /^\d+\t[\d.]+\ttrue\ttrue\tfalse\t/);
  });
}
