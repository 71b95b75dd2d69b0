/** Contexts, and what is wrong with one. */
import type { Probe } from './probe.ts';

export const CONTEXTS: readonly Probe[] = [
  {
    name: 'newcontext: fields of ssl',
    code: 'local k = {} for n, v in pairs(ssl) do k[n] = type(v) end k._VERSION, k._COPYRIGHT = nil, nil return k',
    says: '{config="table", loadcertificate="function", newcontext="function", wrap="function"}',
  },
  {
    name: 'ssl.config.protocols',
    code: 'return ssl.config.protocols',
    says: '{tlsv1=true, tlsv1_1=true, tlsv1_2=true, tlsv1_3=true}',
  },
  {
    name: 'ssl.config.capabilities',
    code: 'return ssl.config.capabilities',
    says: '{alpn=true, curves_list=true, dane={no_ee_namechecks=true}, ecdh_auto=true, psk=true}',
    before: '{alpn=true, curves_list=true, dane={no_ee_namechecks=true}, ecdh_auto=true}',
  },
  {
    name: 'ssl.config.options: some',
    code: 'local o = ssl.config.options return o.all, o.no_sslv2, o.no_sslv3, o.no_tlsv1, o.no_tlsv1_3, o.single_dh_use, o.nonsuch',
    says: 'true  true  true  true  true  true  nil',
  },
  { name: 'protocol any', code: 'return ssl.newcontext(with(CLIENT, { protocol = "any" }))', says: 'SSL context: 0x…' },
  {
    name: 'protocol sslv23',
    code: 'return ssl.newcontext(with(CLIENT, { protocol = "sslv23" }))',
    says: 'SSL context: 0x…',
  },
  {
    name: 'protocol tlsv1',
    code: 'return ssl.newcontext(with(CLIENT, { protocol = "tlsv1" }))',
    says: 'SSL context: 0x…',
  },
  {
    name: 'protocol tlsv1_1',
    code: 'return ssl.newcontext(with(CLIENT, { protocol = "tlsv1_1" }))',
    says: 'SSL context: 0x…',
  },
  {
    name: 'protocol tlsv1_2',
    code: 'return ssl.newcontext(with(CLIENT, { protocol = "tlsv1_2" }))',
    says: 'SSL context: 0x…',
  },
  {
    name: 'protocol tlsv1_3',
    code: 'return ssl.newcontext(with(CLIENT, { protocol = "tlsv1_3" }))',
    says: 'SSL context: 0x…',
  },
  {
    name: 'protocol sslv3',
    code: 'return ssl.newcontext(with(CLIENT, { protocol = "sslv3" }))',
    says: 'nil  "invalid protocol (sslv3)"',
  },
  {
    name: 'protocol nonsuch',
    code: 'return ssl.newcontext(with(CLIENT, { protocol = "nonsuch" }))',
    says: 'nil  "invalid protocol (nonsuch)"',
  },
  {
    name: 'no protocol',
    code: 'return ssl.newcontext { mode = "client" }',
    says: `"RAISES"  "bad argument #1 to 'create' (string expected, got nil)"`,
  },
  {
    name: 'no mode',
    code: 'return ssl.newcontext { protocol = "any" }',
    says: `"RAISES"  "bad argument #2 to 'setmode' (string expected, got nil)"`,
  },
  {
    name: 'mode nonsuch',
    code: 'return ssl.newcontext { mode = "nonsuch", protocol = "any" }',
    says: 'SSL context: 0x…',
  },
  {
    name: 'newcontext()',
    code: 'return ssl.newcontext()',
    says: `"RAISES"  "attempt to index a nil value (local 'cfg')"`,
  },
  {
    name: 'cafile missing',
    code: 'return ssl.newcontext(with(CLIENT, { cafile = "nonsuch.pem" }))',
    says: 'nil  "error loading CA locations ((null))"',
  },
  {
    name: 'capath missing',
    code: 'return ssl.newcontext(with(CLIENT, { cafile = "NONE", capath = "nonsuch" }))',
    says: 'SSL context: 0x…',
  },
  {
    name: 'cafile is a key',
    code: 'return ssl.newcontext(with(CLIENT, { cafile = C .. "root.key" }))',
    says: 'nil  "error loading CA locations (no such file)"',
  },
  {
    name: 'key missing',
    code: 'return ssl.newcontext(with(SERVER, { key = "nonsuch.key" }))',
    says: 'nil  "error loading private key (system lib)"',
  },
  {
    name: 'key of another certificate',
    code: 'return ssl.newcontext(with(SERVER, { key = C .. "client.key" }))',
    says: 'nil  "private key does not match public key"',
  },
  {
    name: 'certificate missing',
    code: 'return ssl.newcontext(with(SERVER, { certificate = "nonsuch.pem" }))',
    says: 'nil  "error loading certificate ((null))"',
  },
  {
    name: 'encrypted key, right password',
    code: 'return ssl.newcontext(with(CLIENT, { key = C .. "encrypted.key", certificate = C .. "client.whole.pem", password = "secret" }))',
    says: 'SSL context: 0x…',
  },
  {
    name: 'encrypted key, password function',
    code: 'return ssl.newcontext(with(CLIENT, { key = C .. "encrypted.key", certificate = C .. "client.whole.pem", password = function() return "secret" end }))',
    says: 'SSL context: 0x…',
  },
  {
    name: 'encrypted key, wrong password',
    code: 'return ssl.newcontext(with(CLIENT, { key = C .. "encrypted.key", certificate = C .. "client.whole.pem", password = "wrong" }))',
    says: 'nil  "error loading private key (bad decrypt)"',
  },
  {
    name: 'password of a wrong type',
    code: 'return ssl.newcontext(with(CLIENT, { key = C .. "encrypted.key", password = 5 }))',
    says: 'nil  "invalid password type"',
  },
  {
    name: 'ciphers nonsuch',
    code: 'return ssl.newcontext(with(CLIENT, { ciphers = "NONSUCH" }))',
    says: 'nil  "error setting cipher list (bad decrypt)"',
  },
  {
    name: 'ciphersuites nonsuch',
    code: 'return ssl.newcontext(with(CLIENT, { ciphersuites = "NONSUCH" }))',
    says: 'nil  "error setting cipher list (PEM lib)"',
  },
  {
    name: 'verify nonsuch',
    code: 'return ssl.newcontext(with(CLIENT, { verify = "nonsuch" }))',
    says: 'nil  "invalid verify option (nonsuch)"',
  },
  {
    name: 'verifyext nonsuch',
    code: 'return ssl.newcontext(with(CLIENT, { verifyext = "nonsuch" }))',
    says: 'nil  "invalid verify option (nonsuch)"',
  },
  {
    name: 'options nonsuch',
    code: 'return ssl.newcontext(with(CLIENT, { options = "nonsuch" }))',
    says: 'nil  "invalid option (nonsuch)"',
  },
  {
    name: 'curve nonsuch',
    code: 'return ssl.newcontext(with(SERVER, { curve = "nonsuch" }))',
    says: `nil  "elliptic curve 'nonsuch' not supported"`,
  },
  {
    name: 'curveslist nonsuch',
    code: 'return ssl.newcontext(with(SERVER, { curveslist = "nonsuch" }))',
    says: 'nil  "unknown elliptic curve in \\"nonsuch\\""',
  },
  {
    name: 'alpn empty name',
    code: 'return ssl.newcontext(with(CLIENT, { alpn = { "" } }))',
    says: 'nil  "invalid ALPN name (empty string)"',
  },
  {
    name: 'alpn of a wrong type',
    code: 'return ssl.newcontext(with(CLIENT, { alpn = 5 }))',
    says: 'nil  "invalid ALPN parameter"',
  },
  {
    name: 'dhparam of a wrong type',
    code: 'return ssl.newcontext(with(SERVER, { dhparam = 5 }))',
    says: 'nil  "invalid DH parameter type"',
  },
  {
    name: 'psk of a wrong type',
    code: 'return ssl.newcontext(with(CLIENT, { psk = 5 }))',
    says: 'nil  "invalid PSK configuration"',
    before: 'SSL context: 0x…',
  },
  { name: 'tostring(context)', code: 'return tostring(ssl.newcontext(CLIENT))', says: '"SSL context: 0x…"' },
  {
    name: 'wrap with a bad configuration',
    code: 'return ssl.wrap(plain(), { protocol = "nonsuch" })',
    says: 'nil  "invalid protocol (nonsuch)"',
  },
  {
    name: 'wrap: the socket below afterwards',
    code: 'local c = plain() local w = ssl.wrap(c, CLIENT) return c:getfd(), w:getfd() > 0, c:send("x")',
    says: '-1.0  true  nil  "closed"  0.0',
  },
  {
    name: 'wrap(nil)',
    code: 'return ssl.wrap(nil, CLIENT)',
    says: `"RAISES"  "attempt to index a nil value (local 'sock')"`,
  },
  {
    name: 'setcurve: of TLS, and unknown',
    code: 'local c = context.create("any") return context.setcurve(c, "P-256"), context.setcurve(c, "X25519")',
    says: `true  false  "elliptic curve 'X25519' not supported"`,
  },
  { name: 'setcurveslist', code: 'return context.setcurveslist(context.create("any"), "P-384:X25519")', says: 'true' },
  {
    name: 'setdane: as the flags were before',
    code: 'local c = context.create("any") return context.setdane(c), context.setdane(c, "no_ee_namechecks"), context.setdane(c, "no_ee_namechecks")',
    says: 'true  false  true',
  },
  {
    name: 'setdane nonsuch',
    code: 'return context.setdane(context.create("any"), "nonsuch")',
    says: `"RAISES"  "bad argument #2 to 'setdane' (invalid option 'nonsuch')"`,
  },
  {
    name: 'nothing to set',
    code: 'local c = context.create("any") return context.setoptions(c), context.setverify(c), c:setverifyext()',
    says: 'true  true  true',
  },
  { name: 'setdepth', code: 'return context.setdepth(context.create("any"), 3)', says: 'true' },
  {
    name: 'setdepth of a text',
    code: 'return context.setdepth(context.create("any"), "deep")',
    says: `"RAISES"  "bad argument #2 to 'setdepth' (number expected, got string)"`,
  },
  {
    name: 'locations of nothing',
    code: 'context.loadcert(context.create("any"), "nonsuch") return context.locations(context.create("any"))',
    says: 'false  "error loading CA locations (system lib)"',
  },
  {
    name: 'a context of a wrong type',
    code: 'return context.setmode(1, "client")',
    says: `"RAISES"  "bad argument #1 to 'setmode' (SSL:Context expected, got number)"`,
  },
  {
    name: 'loadkey without a password',
    code: 'return context.loadkey(context.create("any"), C .. "server.key")',
    says: '"RAISES"  "invalid callback value"',
  },
  {
    name: 'loadkey with a table',
    code: 'return context.loadkey(context.create("any"), C .. "server.key", {})',
    says: '"RAISES"  "invalid callback value"',
  },
  {
    name: 'loadkey of rubbish',
    code: 'local c = context.create("any") context.loadcert(c, C .. "server.pem") return context.loadkey(c, C .. "extensions.txt", nil)',
    says: 'false  "error loading private key (unsupported)"',
  },
  {
    name: 'what its errors leave to others',
    code: 'local c, words = context.create("any"), {} for i = 1, 4 do words[i] = select(2, context.setcipher(c, "NONSUCH")) end return words',
    says: '{1="error setting cipher list (PEM lib)", 2="error setting cipher list (no cipher match)", 3="error setting cipher list (no cipher match)", 4="error setting cipher list (no cipher match)"}',
  },
  {
    name: 'loadcert of rubbish',
    code: 'return context.loadcert(context.create("any"), C .. "extensions.txt")',
    says: 'false  "error loading certificate (no start line)"',
  },
  { name: 'locations of a folder', code: 'return context.locations(context.create("any"), nil, C)', says: 'true' },
  {
    name: 'password that is no text',
    code: 'return context.loadkey(context.create("any"), C .. "encrypted.key", function() return 5 end)',
    says: 'false  "error loading private key (PEM lib)"',
  },
  {
    name: 'core.create of no context',
    code: 'return core.create(1)',
    says: `"RAISES"  "bad argument #1 to 'create' (invalid context)"`,
  },
  {
    name: 'core.create without a mode',
    code: 'return core.create(context.create("any"))',
    says: 'nil  "invalid mode"',
  },
  {
    name: 'core.setfd of no number',
    code: 'return core.setfd(core.create(ssl.newcontext(CLIENT)), {})',
    says: `"RAISES"  "bad argument #2 to 'setfd' (number expected, got table)"`,
  },
  {
    name: 'a connection without a descriptor',
    code: 'local s = core.create(ssl.newcontext(CLIENT)) return s:send("x"), s:dirty(), s:want()',
    says: 'nil  false  "nothing"',
  },
  {
    name: 'setfd after the end',
    code: 'local s = core.create(ssl.newcontext(CLIENT)) s:close() return core.setfd(s, -1)',
    says: `"RAISES"  "bad argument #1 to 'setfd' (invalid SSL object state)"`,
  },
  {
    name: 'config: options and curves',
    code: 'local n = {} for _, t in ipairs { "options", "curves", "algorithms" } do for k in pairs(ssl.config[t]) do n[#n + 1] = k end end table.sort(n) return table.concat(n, " ")',
    says: 'string of 2090 bytes',
  },
  {
    name: 'the metatables',
    code: 'local n = {} for _, c in ipairs { "SSL:Connection", "SSL:Context", "SSL:Certificate" } do for k, v in pairs(debug.getregistry()[c]) do n[#n + 1] = k .. " " .. type(v) end end table.sort(n) return table.concat(n, " ")',
    says: '"__close function __close function __close function __gc function __gc function __gc function __index table __index table __index table __name string __name string __name string __tostring function __tostring function __tostring function"',
  },
];
