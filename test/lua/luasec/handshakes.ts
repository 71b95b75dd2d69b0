/** Handshakes, good and bad. */
import type { Probe } from './probe.ts';

export const HANDSHAKES: readonly Probe[] = [
  {
    name: 'tostring before, after, closed',
    code: 'local c = ends() local a = tostring(c) c:close() return a, tostring(c)',
    says: '"SSL connection: 0x…"  "SSL connection: 0x… (closed)"',
  },
  {
    name: 'methods of a connection',
    code: 'local c = ends() local n = {} for k in pairs(getmetatable(c).__index) do n[#n + 1] = k end table.sort(n) return table.concat(n, " ")',
    says: '"close dirty dohandshake exportkeyingmaterial getalpn getfd getfinished getlocalcertificate getlocalchain getpeercertificate getpeerchain getpeerfinished getpeerverification getsniname getstats info receive send setdane setstats settimeout settlsa sni want"',
    before:
      '"close dirty dohandshake exportkeyingmaterial getalpn getfd getfinished getpeercertificate getpeerchain getpeerfinished getpeerverification getsniname getstats info receive send setdane setstats settimeout settlsa sni want"',
  },
  { name: 'first step, timeout 0', code: 'local c = ends() return c:dohandshake()', says: 'false  "wantread"' },
  {
    name: 'want: new, in the handshake, closed',
    code: 'local c = ends() local a = c:want() c:dohandshake() local b = c:want() c:close() return a, b, c:want()',
    says: '"nothing"  "read"  "nothing"',
  },
  {
    name: 'silent peer, timeout 0.1',
    code: 'local c = ends() c:settimeout(0.1) local t = socket.gettime() local a, b = c:dohandshake() return a, b, socket.gettime() - t < 1',
    says: 'false  "wantread"  true',
  },
  { name: 'good: client', code: 'local _, _, c = secure() return table.unpack(c)', says: 'true' },
  { name: 'good: server', code: 'local _, _, _, s = secure() return table.unpack(s)', says: 'true' },
  { name: 'handshake again', code: 'local c = secure() return c:dohandshake()', says: 'true' },
  {
    name: 'handshake on a closed one',
    code: 'local c = ends() c:close() return c:dohandshake()',
    says: 'false  "closed"',
    before: '(crashes)',
  },
  {
    name: 'peer closes first',
    code: 'local c, s = ends() s:close() c:settimeout(1) return c:dohandshake()',
    says: 'false  "unexpected eof while reading"',
  },
  {
    name: 'peer speaks plain text',
    code: 'local a, b = plain() local w = ssl.wrap(a, CLIENT) w:settimeout(1) b:send("220 mail.example ESMTP\\r\\n") return w:dohandshake()',
    says: 'false  "wrong version number"',
  },
  {
    name: 'server hears HTTP',
    code: 'local a, b = plain() local w = ssl.wrap(b, SERVER) w:settimeout(1) a:send("GET / HTTP/1.0\\r\\n\\r\\n") return w:dohandshake()',
    says: 'false  "http request"',
  },
  {
    name: 'certificate self: client',
    code: 'local _, _, c = secure(CLIENT, by "self") return table.unpack(c)',
    says: 'false  "certificate verify failed"',
  },
  {
    name: 'certificate self: server',
    code: 'local _, _, _, s = secure(CLIENT, by "self") return table.unpack(s)',
    says: 'false  "tlsv1 alert unknown ca"',
  },
  {
    name: 'certificate expired: client',
    code: 'local _, _, c = secure(CLIENT, by "expired") return table.unpack(c)',
    says: 'false  "certificate verify failed"',
  },
  {
    name: 'certificate expired: server',
    code: 'local _, _, _, s = secure(CLIENT, by "expired") return table.unpack(s)',
    says: 'false  "sslv3 alert certificate expired"',
  },
  {
    name: 'certificate purpose: client',
    code: 'local _, _, c = secure(CLIENT, by "purpose") return table.unpack(c)',
    says: 'false  "certificate verify failed"',
  },
  {
    name: 'certificate purpose: server',
    code: 'local _, _, _, s = secure(CLIENT, by "purpose") return table.unpack(s)',
    says: 'false  "sslv3 alert unsupported certificate"',
  },
  {
    name: 'unknown CA: client',
    code: 'local _, _, c = secure(with(CLIENT, { cafile = C .. "other.pem" })) return table.unpack(c)',
    says: 'false  "certificate verify failed"',
  },
  {
    name: 'no CA at all: client',
    code: 'local _, _, c = secure(with(CLIENT, { cafile = "NONE" })) return table.unpack(c)',
    says: 'false  "certificate verify failed"',
  },
  {
    name: `another host's certificate (sni)`,
    code: 'local _, _, c = secure(CLIENT, SERVER, function(cw) cw:sni("wrong.test") end) return table.unpack(c)',
    says: 'true',
  },
  {
    name: 'verify none, self-signed',
    code: 'local _, _, c = secure(with(CLIENT, { verify = "none" }), by "self") return table.unpack(c)',
    says: 'true',
  },
  {
    name: 'its getpeerverification',
    code: 'local c = secure(with(CLIENT, { verify = "none" }), by "self") return c:getpeerverification()',
    says: 'false  "self-signed certificate"',
  },
  {
    name: 'lsec_continue, expired',
    code: 'local _, _, c = secure(with(CLIENT, { verifyext = { "lsec_continue" } }), by "expired") return table.unpack(c)',
    says: 'true',
  },
  {
    name: 'its getpeerverification',
    code: 'local c = secure(with(CLIENT, { verifyext = { "lsec_continue" } }), by "expired") return c:getpeerverification()',
    says: 'false  {1={1="certificate has expired"}}',
  },
  {
    name: 'lsec_continue, self-signed: verification',
    code: 'local c = secure(with(CLIENT, { verifyext = { "lsec_continue" } }), by "self") return c:getpeerverification()',
    says: 'false  {1={1="self-signed certificate"}}',
  },
  {
    name: 'lsec_ignore_purpose, another purpose',
    code: 'local _, _, c = secure(with(CLIENT, { verifyext = { "lsec_ignore_purpose" } }), by "purpose") return table.unpack(c)',
    says: 'false  "certificate verify failed"',
  },
  {
    name: 'crl_check without a CRL',
    code: 'local _, _, c = secure(with(CLIENT, { verifyext = { "crl_check" } })) return table.unpack(c)',
    says: 'false  "certificate verify failed"',
  },
  {
    name: 'versions apart: client',
    code: 'local _, _, c = secure(with(CLIENT, { protocol = "tlsv1_3" }), with(SERVER, { protocol = "tlsv1_2" })) return table.unpack(c)',
    says: 'false  "tlsv1 alert protocol version"',
  },
  {
    name: 'versions apart: server',
    code: 'local _, _, _, s = secure(with(CLIENT, { protocol = "tlsv1_3" }), with(SERVER, { protocol = "tlsv1_2" })) return table.unpack(s)',
    says: 'false  "unsupported protocol"',
  },
  {
    name: 'no cipher in common: client',
    code: 'local _, _, c = secure(with(CLIENT, { protocol = "tlsv1_2", ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256" }), with(SERVER, { ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384" })) return table.unpack(c)',
    says: 'false  "sslv3 alert handshake failure"',
  },
  {
    name: 'no cipher in common: server',
    code: 'local _, _, _, s = secure(with(CLIENT, { protocol = "tlsv1_2", ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256" }), with(SERVER, { ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384" })) return table.unpack(s)',
    says: 'false  "no shared cipher"',
  },
  {
    name: 'client certificate given: server',
    code: 'local _, s, _, sr = secure(with(CLIENT, { key = C .. "client.key", certificate = C .. "client.whole.pem" }), MUTUAL) return sr[1], sr[2], s:getpeercertificate():subject()',
    says: 'true  nil  {1={name="commonName", oid="2.5.4.3", value="a client"}}',
  },
  {
    name: 'client certificate missing, 1.2: client',
    code: 'local _, _, c = secure(with(CLIENT, { protocol = "tlsv1_2" }), MUTUAL) return table.unpack(c)',
    says: 'false  "sslv3 alert handshake failure"',
  },
  {
    name: 'client certificate missing, 1.2: server',
    code: 'local _, _, _, s = secure(with(CLIENT, { protocol = "tlsv1_2" }), MUTUAL) return table.unpack(s)',
    says: 'false  "peer did not return a certificate"',
  },
  {
    name: 'client certificate missing, 1.3: client',
    code: 'local c, _, cr = secure(with(CLIENT, { protocol = "tlsv1_3" }), MUTUAL) c:settimeout(1) return cr[1], c:receive()',
    says: 'true  nil  "tlsv13 alert certificate required"  ""',
  },
  {
    name: 'server without a certificate: client',
    code: 'local _, _, c = secure(CLIENT, with(SERVER, { key = "NONE", certificate = "NONE" })) return table.unpack(c)',
    says: 'false  "sslv3 alert handshake failure"',
  },
  {
    name: 'server without a certificate: server',
    code: 'local _, _, _, s = secure(CLIENT, with(SERVER, { key = "NONE", certificate = "NONE" })) return table.unpack(s)',
    says: 'false  "no shared cipher"',
  },
  {
    name: 'a revoked certificate',
    code: 'local _, _, c = secure(with(CLIENT, { cafile = C .. "revoking.pem", verifyext = { "crl_check" } })) return table.unpack(c)',
    says: 'false  "certificate verify failed"',
  },
  {
    name: 'a list that revokes another',
    code: 'local _, _, c = secure(with(CLIENT, { cafile = C .. "revoking.pem", verifyext = { "crl_check" } }), by "second") return table.unpack(c)',
    says: 'true',
  },
  {
    name: 'what a folder trusts',
    code: 'local _, _, c = secure(with(CLIENT, { cafile = "NONE", capath = C .. "hashed" })) return table.unpack(c)',
    says: 'true',
  },
  {
    name: 'too deep a chain',
    code: 'local _, _, c = secure(with(CLIENT, { depth = 1 })) return table.unpack(c)',
    says: 'false  "certificate verify failed"',
  },
  {
    name: 'certificates of two kinds',
    code: 'local c = secure(CLIENT, with(SERVER, { key = "NONE", certificate = "NONE", certificates = { { key = C .. "server.key", certificate = C .. "server.whole.pem" } } })) return c:getpeercertificate():subject()[1].value',
    says: '"localhost"',
  },
  {
    name: 'DH parameters',
    code: 'local asked local c, _, cr = secure(with(CLIENT, { protocol = "tlsv1_2", ciphers = "DHE-RSA-AES128-GCM-SHA256", verify = "none" }), with(SERVER, { key = C .. "rsa.key", certificate = C .. "rsa.pem", dhparam = function(is_export, bits) asked = { is_export, bits } return file "dh.pem" end })) return cr[1], cr[2], asked, c:info("key")',
    says: 'true  nil  {1=false, 2=1024.0}  "DH"',
  },
  {
    name: 'DH parameters that are none',
    code: 'local _, _, cr = secure(with(CLIENT, { protocol = "tlsv1_2", ciphers = "DHE-RSA-AES128-GCM-SHA256", verify = "none" }), with(SERVER, { key = C .. "rsa.key", certificate = C .. "rsa.pem", dhparam = function() return nil end })) return table.unpack(cr)',
    says: 'false  "tlsv1 alert internal error"',
  },
  {
    name: 'TLSA record that fits',
    code: 'local client = ssl.newcontext(with(CLIENT, { dane = { } })) local record = bytes_of(ssl.loadcertificate(file "server.pem"):digest("sha256")) local _, _, c = secure(client, SERVER, function(cw) cw:setdane("localhost") settlsa = { cw:settlsa(3, 0, 1, record) } end) return c[1], c[2], settlsa[1]',
    says: 'true  nil  true',
  },
  {
    name: 'TLSA record of another',
    code: 'local client = ssl.newcontext(with(CLIENT, { dane = { } })) local _, _, c = secure(client, SERVER, function(cw) cw:setdane("localhost") cw:settlsa(3, 0, 1, ("x"):rep(32)) end) return table.unpack(c)',
    says: 'false  "certificate verify failed"',
  },
  {
    name: 'settlsa without setdane',
    code: 'local c = ends() return c:settlsa(3, 0, 1, ("x"):rep(32)), c:setdane("localhost")',
    says: 'false  false',
  },
];
