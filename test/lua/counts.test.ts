/** Numbers that stand for counts and places in calls of LuaSocket's: fractions, negative ones, NaN, and as many as there may be. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { needs } from '../peers/tools.ts';
import { alike, lua, SHOW } from './support.ts';

const CONNECTION = `
  local server = assert(socket.bind("127.0.0.1", 0)) local _, port = name(server)
  local function pair() local client = assert(socket.connect("127.0.0.1", port)) return client, assert(server:accept()) end
  local function receiving(count, ...)
    local client, peer = pair() peer:send(("x"):rep(20000)) peer:close() client:settimeout(5)
    local ok, data, reason, partial = pcall(client.receive, client, count, ...)
    show(count, ok, ok and data and #data, ok and reason, partial and #partial, (client:getstats())) client:close()
  end
  local function sending(...)
    local client, peer = pair() show(client:send("abcdef", ...)) client:close() show(peer:receive("*a")) peer:close()
  end
`;

alike('counts of LuaSocket and of the Lua face', CONNECTION, {
  receive: `
    for _, count in ipairs { 0, -0.0, 0.5, 1.9, "1e3", "0x10", 9000.7, 2^31, 2^32, 2^53, math.maxinteger, -1, -0.5, "-1", math.mininteger, -math.huge, 0 / 0, -(0 / 0), "inf", "nan" } do
      receiving(count) receiving(count, "ab") receiving(count, ("p"):rep(9001)) end`,
  send: `
    for _, n in ipairs { 0 / 0, -(0 / 0), 0.9, -0.9, 2.9, -2.9, 2^31, -2^31, 2^53, -2^53, -math.huge } do sending(n) sending(1, n) sending(n, n) end`,
  'backlogs, statistics, and sizes of datagrams': `
    for _, n in ipairs { 0.9, -0.9, -1, 2^31 - 1 } do
      local master = socket.tcp4() master:bind("127.0.0.1", 0) show(pcall(master.listen, master, n)) master:close()
      local udp = socket.udp4() udp:setsockname("127.0.0.1", 0) udp:settimeout(0) show(pcall(udp.receive, udp, n)) udp:close() end
    local client = pair() show(client:setstats(1.9, 2.9)) local r, s = client:getstats() show(r, s)`,
});

// C leaves undefined how such a number becomes a size_t: on x86 it is 0 there, on ARM the most.
it('of bytes, more than there may be are all until the end', needs('lua5.4'), () => {
  const code = `${SHOW}${CONNECTION} for _, count in ipairs { math.huge, 1e300, 2^64, "1e400" } do receiving(count) receiving(count, "ab") end sending(1, math.huge)
    for _, n in ipairs { 0 / 0, math.huge } do local master = socket.tcp4() master:bind("127.0.0.1", 0) show(master:listen(n)) end`;
  const { output, errors } = lua(['-e', code]);
  assert.equal(errors, '');
  const [lines, rest] = [output.split('\n').slice(0, 8), output.split('\n').slice(8)];
  lines.forEach((line, i) => {
    assert.match(line, i % 2 === 0 ? /true nil "closed" 20000 20000.0$/ : /true nil "closed" 20002 20000.0$/);
  });
  assert.deepEqual(rest, ['6.0 nil nil', '"abcdef" nil nil', '1.0', '1.0', '']);
});
