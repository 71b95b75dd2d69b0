/** Names and protocols that both sides agree on. */
import type { Probe } from './probe.ts';

export const NAMES: readonly Probe[] = [
  {
    name: 'sni(), client without a name',
    code: 'local c = ends() return c:sni()',
    says: `"RAISES"  "bad argument #1 to 'sni' (string expected, got no value)"`,
  },
  { name: 'sni(name) returns', code: 'local c = ends() return c:sni("localhost")', says: '(nothing)' },
  {
    name: 'getsniname: client, server',
    code: 'local c, s = secure(CLIENT, SERVER, function(c) c:sni("localhost") end) return c:getsniname(), s:getsniname()',
    says: '"localhost"  "localhost"',
  },
  { name: 'getsniname without', code: 'local c, s = secure() return c:getsniname(), s:getsniname()', says: 'nil  nil' },
  {
    name: `server's sni map chooses`,
    code: 'local second = ssl.newcontext(by "second") local c = secure(CLIENT, SERVER, function(c, s) c:sni("second.test") s:sni({ ["second.test"] = second }) end) return c:getpeercertificate():subject()[1].value',
    says: '"second.test"',
  },
  {
    name: `server's sni map, strict, unknown: client`,
    code: 'local second = ssl.newcontext(SERVER) local _, _, c = secure(CLIENT, SERVER, function(c, s) c:sni("third.test") s:sni({ ["second.test"] = second }, true) end) return table.unpack(c)',
    says: 'false  "tlsv1 unrecognized name"',
  },
  {
    name: 'alpn: client, server',
    code: 'local c, s = secure(with(CLIENT, { alpn = { "h2", "http/1.1" } }), with(SERVER, { alpn = { "http/1.1" } })) return c:getalpn(), s:getalpn()',
    says: '"http/1.1"  "http/1.1"',
  },
  {
    name: 'alpn: none in common',
    code: 'local c, s, cr = secure(with(CLIENT, { alpn = "h2" }), with(SERVER, { alpn = { "x" } })) return cr[1], cr[2], c:getalpn(), s:getalpn()',
    says: 'true  nil  nil  nil',
  },
  {
    name: 'alpn function of a server',
    code: 'local c = secure(with(CLIENT, { alpn = { "a", "b" } }), with(SERVER, { alpn = function(list) return list[2] end })) return c:getalpn()',
    says: '"b"',
  },
  {
    name: 'psk',
    code: 'local c, s, cr = secure(with(CLIENT, { protocol = "tlsv1_2", ciphers = "PSK", verify = "none", psk = function(hint, mi, mp) return "me", "0123456789abcdef" end }), with(SERVER, { ciphers = "PSK", psk = { hint = "hint", callback = function(id, mp) return id == "me" and "0123456789abcdef" end } })) return cr[1], cr[2], c:info("cipher")',
    says: 'true  nil  "ECDHE-PSK-CHACHA20-POLY1305"',
    before: 'false  "no ciphers available"  nil  "closed"',
  },
  {
    name: 'sni of a server with no table',
    code: 'local _, s = ends() return s:sni("x")',
    says: `"RAISES"  "bad argument #1 to 'sni' (table expected, got string)"`,
  },
  {
    name: 'sni of a server with other values',
    code: 'local _, s = ends() return s:sni({ x = 1 })',
    says: `"RAISES"  "bad argument #-2 to 'sni' (SSL:Context expected, got number)"`,
  },
  {
    name: 'alpn: a function that gives nothing',
    code: 'local c, _, cr = secure(with(CLIENT, { alpn = "a" }), with(SERVER, { alpn = function() return nil end })) return cr[1], c:getalpn()',
    says: 'true  nil',
  },
];
