/** What is known of a connection. */
import type { Probe } from './probe.ts';

export const FACTS: readonly Probe[] = [
  {
    name: 'info()',
    code: 'local c = connected(with(CLIENT, { protocol = "tlsv1_2", ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256" })) return c:info()',
    says: '{algbits=128.0, authentication="ECDSA", bits=128.0, cipher="ECDHE-ECDSA-AES128-GCM-SHA256", encryption="AESGCM(128)", export=false, key="ECDH", mac="AEAD", protocol="TLSv1.2"}',
  },
  {
    name: 'info() of TLS 1.3',
    code: 'local c = connected(with(CLIENT, { protocol = "tlsv1_3", ciphersuites = "TLS_AES_128_GCM_SHA256" })) return c:info()',
    says: '{algbits=128.0, authentication="any", bits=128.0, cipher="TLS_AES_128_GCM_SHA256", encryption="AESGCM(128)", export=false, key="any", mac="AEAD", protocol="TLSv1.3"}',
  },
  {
    name: `info('protocol'), info('nonsuch')`,
    code: 'local c = connected() return c:info("protocol"), c:info("nonsuch")',
    says: '"TLSv1.3"  nil',
  },
  { name: 'info() before the handshake', code: 'local c = ends() return c:info()', says: 'nil  "closed"' },
  {
    name: 'sni on a closed one',
    code: 'local c = ends() c:close() return c:sni("x")',
    says: 'nil  "closed"',
    before: '(crashes)',
  },
  {
    name: 'getalpn on a closed one',
    code: 'local c = connected() c:close() return c:getalpn()',
    says: 'nil  "closed"',
    before: '(crashes)',
  },
  {
    name: 'info(), getpeercertificate on a closed one',
    code: 'local c = connected() c:close() local a, b = c:info() return a, b, c:getpeercertificate()',
    says: 'nil  "closed"  nil  "closed"',
  },
  {
    name: 'getpeercertificate()',
    code: 'local c = connected() return c:getpeercertificate()',
    says: 'X509 certificate: 0x…',
  },
  {
    name: 'getpeercertificate(0), (2), (9)',
    code: 'local c = connected() local a, e = c:getpeercertificate(0) return a, e, c:getpeercertificate(2), c:getpeercertificate(9)',
    says: 'nil  "invalid certificate index"  X509 certificate: 0x…  nil',
  },
  { name: 'getpeercertificate before', code: 'local c = ends() return c:getpeercertificate()', says: 'nil  "closed"' },
  {
    name: 'getpeercertificate of a server without',
    code: 'local _, s = connected() return s:getpeercertificate()',
    says: 'nil',
  },
  { name: 'getpeerchain', code: 'local c = connected() return #c:getpeerchain()', says: '3' },
  {
    name: 'getlocalcertificate, getlocalchain',
    code: 'local _, s = connected() if not s.getlocalcertificate then return "none in this version" end return s:getlocalcertificate():subject()[1].value, #s:getlocalchain()',
    says: '"localhost"  3',
    before: '"none in this version"',
  },
  { name: 'getpeerverification', code: 'local c = connected() return c:getpeerverification()', says: 'true' },
  {
    name: 'getpeerverification before',
    code: 'local c = ends() return c:getpeerverification()',
    says: 'false  "closed"',
  },
  {
    name: 'getfinished, getpeerfinished: lengths agree',
    code: 'local c, s = connected() return #c:getfinished(), c:getfinished() == s:getpeerfinished()',
    says: '48  true',
  },
  {
    name: 'exportkeyingmaterial agrees',
    code: 'local c, s = connected() if not c.exportkeyingmaterial then return "none in this version" end return #c:exportkeyingmaterial("EXPORTER-x", 32), c:exportkeyingmaterial("EXPORTER-x", 32) == s:exportkeyingmaterial("EXPORTER-x", 32)',
    says: '32  true',
  },
  {
    name: 'core.info and core.compression',
    code: 'local c = connected(with(CLIENT, { protocol = "tlsv1_3", ciphersuites = "TLS_AES_128_GCM_SHA256" })) local text, bits, algorithm, protocol = core.info(c) return bits, algorithm, protocol, core.compression(c)',
    says: '128.0  128.0  "TLSv1.3"  nil',
  },
  {
    name: 'exportkeyingmaterial with a context',
    code: 'local c, s = connected() return #c:exportkeyingmaterial("EXPORTER-x", 16, "context"), c:exportkeyingmaterial("EXPORTER-x", 16, "") == c:exportkeyingmaterial("EXPORTER-x", 16)',
    says: '16  true',
  },
  {
    name: `the peer's chain, at a server`,
    code: 'local _, s = connected(with(CLIENT, { key = C .. "client.key", certificate = C .. "client.whole.pem" }), MUTUAL) return #s:getpeerchain(), s:getpeercertificate(2):subject()[1].value, s:getpeercertificate(4)',
    says: '3  "issuer"  nil',
  },
];
