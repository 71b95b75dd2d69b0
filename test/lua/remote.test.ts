/**
 * The Lua face against the peer of the conformance suite, which sends in pieces, drips, cuts connections and reports what it
 * got. The suite itself runs over this face, too, but it is written for the library's own ways: in them a failed receive consumes
 * nothing, and a block timeout bounds each wait. Here the judge is LuaSocket: each script runs with both, in LuaSocket's ways.
 */
import { describe } from 'node:test';
import { CUTS } from '../conformance/support.ts';
import { alikeOverPeer as alike, sent, steps } from './talk.ts';

for (const cut of CUTS) {
  describe(`LuaSocket and the Lua face, in pieces of ${cut ?? 'all'}`, () => {
    alike(
      'patterns in any order',
      `local client = talk(${steps(sent('first\r\nsec\rond\n12345\r\n\r\n\0a\0\n\n-rest\nof it\r', cut), { do: 'end' })})
       for _, pattern in ipairs { "*l", "*l", 5, "*l", "*l", "*l", "*l", 1, 0, "*a", "*a", "*l" } do
         show(pattern, client:receive(pattern)) show((client:getstats()))
       end`,
    );
    alike(
      'lines of all bytes',
      `local client = talk(${steps(sent({ hex: '00ff80e9c3a9097f0d0e0b0a'.repeat(20) }, cut), { do: 'end' })})
       for i = 1, 21 do show(client:receive()) end`,
    );
    alike(
      'what had come before a timeout is the prefix of the next call',
      `for _, pattern in ipairs { "*l", 8, "*a" } do
         local client = talk(${steps(sent('abc', cut), { do: 'receive', count: 1 }, sent('def\r\ng', cut), { do: 'end' })})
         client:settimeout(0.02)
         local got, wrong, partial = ""
         repeat
           _, wrong, partial = client:receive(pattern, got) assert(wrong == "timeout") got = partial
         until got == "abc"
         client:settimeout(0) show(client:receive(pattern, got))
         client:settimeout() client:send(".")
         show(client:receive(pattern, got)) show(client:receive("*a")) show((client:getstats()))
       end`,
    );
    alike(
      'an end in the middle',
      `for _, pattern in ipairs { "*l", 100, "*a" } do
         local client = talk(${steps(sent('whole\nhalf-', cut), { do: 'end' })})
         show(client:receive()) show(client:receive(pattern, "pre ")) show(client:receive(pattern, "pre ")) show(client:receive(0))
       end`,
    );
    alike(
      'a reset, after what came before it',
      `local client = talk(${steps(sent('line\nabc', cut), { do: 'receive', count: 1 }, { do: 'reset' })})
       show(client:receive()) show(client:receive(3)) client:send(".") show(client:receive()) show(client:receive(1))`,
    );
  });
}

describe('LuaSocket and the Lua face, one at a time', () => {
  alike(
    'megabytes',
    `local function sum(text)
       local total = 0 for i = 1, #text, 97 do total = (total * 31 + text:byte(i)) % 65521 end return total
     end
     local client = talk(${steps({ do: 'send', bytes: { pattern: 3_000_000 } }, { do: 'end' })})
     local some, rest = client:receive(1000001), client:receive("*a") show(#some, sum(some), #rest, sum(rest))
     local text = ("0123456789abcde"):rep(300000)
     client = talk(${steps({ do: 'receiveAll' }, { do: 'report' })})
     show(client:send(text) == #text, client:shutdown("send"), client:receive())`,
  );
  alike(
    'a peer that does not read',
    `local steps = ${steps({ do: 'sleep', seconds: 5 })}
     local client = talk(steps) client:settimeout(0.1) local n, wrong, last = client:send(("x"):rep(2^26)) show(n, wrong, last > 0 and last < 2^26)
     show(select(2, client:getstats()) == last + #steps + 1)`,
  );
  alike(
    'two timeouts, and a drip',
    `local function drip(block, total)
       local client = talk(${steps({ do: 'send', bytes: '0123456789', cut: 1, pause: 80 })})
       client:settimeout(block, "b") client:settimeout(total, "t")
       local begin = socket.gettime()
       local all, wrong, partial = client:receive(10)
       local took = socket.gettime() - begin
       -- The first byte comes at once, the last one after 720 ms.
       show(all, wrong, partial and #partial > 0 and #partial < 10, took > 0.28 and took < 0.6, took >= 0.6)
     end
     drip(0.3) drip(nil, 0.3) drip(0.3, 5) drip(5, 0.3) drip(5)`,
  );
});
