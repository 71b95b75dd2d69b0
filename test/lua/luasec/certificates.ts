/** The methods of certificates. */
import type { Probe } from './probe.ts';

export const CERTIFICATES: readonly Probe[] = [
  { name: 'loadcertificate', code: 'return ssl.loadcertificate(file "server.pem")', says: 'X509 certificate: 0x…' },
  { name: 'loadcertificate of rubbish', code: 'return ssl.loadcertificate("rubbish")', says: 'nil' },
  {
    name: 'methods',
    code: 'local n = {} for k in pairs(getmetatable(cert).__index) do n[#n + 1] = k end table.sort(n) return table.concat(n, " ")',
    says: '"digest extensions getsignaturename issued issuer notafter notbefore pem pubkey serial setencode subject validat"',
  },
  { name: 'subject', code: 'return cert:subject()', says: '{1={name="commonName", oid="2.5.4.3", value="localhost"}}' },
  { name: 'issuer', code: 'return cert:issuer()', says: '{1={name="commonName", oid="2.5.4.3", value="issuer"}}' },
  {
    name: 'subject with two parts',
    code: 'return ssl.loadcertificate(file "two.pem"):subject()',
    says: '{1={name="commonName", oid="2.5.4.3", value="two.test"}, 2={name="organizationName", oid="2.5.4.10", value="Zwölf"}}',
  },
  {
    name: 'extensions',
    code: 'return cert:extensions()',
    says: '{2.5.29.17={dNSName={1="localhost", 2="*.wild.test"}, iPAddress={1="127.0.0.1", 2="::1"}, name="X509v3 Subject Alternative Name"}}',
  },
  { name: 'extensions of one without', code: 'return ssl.loadcertificate(file "other.pem"):extensions()', says: '{}' },
  {
    name: 'notbefore, notafter have this form',
    code: 'return (cert:notbefore():gsub("%d", "9")), (cert:notafter():gsub("%a%a%a ", "Mon "):gsub("%d", "9"))',
    says: '"Nov 99 99:99:99 9999 GMT"  "Mon 99 99:99:99 9999 GMT"',
  },
  {
    name: 'validat now, in 1990',
    code: 'return cert:validat(os.time()), cert:validat(631152000)',
    says: 'true  false',
  },
  {
    name: 'expired: notafter',
    code: 'return ssl.loadcertificate(file "expired.pem"):notafter()',
    says: '"Jan  1 00:00:00 2021 GMT"',
  },
  {
    name: 'digest: lengths',
    code: 'return #cert:digest(), #cert:digest("sha256"), cert:digest("nonsuch")',
    says: '40  64  nil  "digest algorithm not supported (nonsuch)"',
  },
  { name: 'serial is hex', code: 'return (cert:serial():find("^%x+$"))', says: '1' },
  { name: 'pem round', code: 'return ssl.loadcertificate(cert:pem()):digest() == cert:digest()', says: 'true' },
  {
    name: 'pubkey: type, bits',
    code: 'local pem, kind, bits = cert:pubkey() return pem:sub(1, 26), kind, bits',
    says: '"-----BEGIN PUBLIC KEY-----"  "EC"  256',
  },
  {
    name: 'getsignaturename',
    code: 'return cert.getsignaturename and cert:getsignaturename()',
    says: '"ecdsa-with-SHA256"',
  },
  {
    name: 'issued',
    code: 'local root, issuer, middle = ssl.loadcertificate(file "root.pem"), ssl.loadcertificate(file "issuer.pem"), ssl.loadcertificate(file "middle.pem") return root:issued(cert, issuer, middle)',
    says: 'true',
  },
  {
    name: 'issued by another',
    code: 'local ca = ssl.loadcertificate(file "other.pem") return ca:issued(cert)',
    says: 'nil  "unable to get local issuer certificate"',
  },
  { name: 'setencode', code: 'return cert:setencode("utf8"), cert:setencode("nonsuch")', says: 'true  false' },
  { name: 'tostring', code: 'return tostring(cert)', says: '"X509 certificate: 0x…"' },
  {
    name: 'extensions of many kinds',
    code: 'return ssl.loadcertificate(file "two.pem"):extensions()',
    says: '{2.5.29.17={1.3.6.1.5.5.7.8.5={1="me@jabber.test", name="XmppAddr"}, dNSName={1="two.test", 2="*.two.test"}, iPAddress={1="192.0.2.7", 2="2001:db8::7"}, name="X509v3 Subject Alternative Name", rfc822Name={1="me@two.test"}, uniformResourceIdentifier={1="https://two.test/"}}}',
  },
  {
    name: 'texts as UTF-8',
    code: 'local two = ssl.loadcertificate(file "two.pem") two:setencode("utf8") return two:subject()[2].value, two:extensions()["2.5.29.17"].dNSName',
    says: '"Zwölf"  {1="two.test", 2="*.two.test"}',
  },
  {
    name: 'a method of another object',
    code: 'return cert.pem(ssl.newcontext(CLIENT))',
    says: `"RAISES"  "bad argument #1 to 'pem' (SSL:Certificate expected, got SSL:Context)"`,
  },
  {
    name: 'validat of a text',
    code: 'return cert:validat("now")',
    says: `"RAISES"  "bad argument #1 to 'validat' (number expected, got string)"`,
  },
  {
    name: 'pubkey of RSA',
    code: 'local _, kind, bits = ssl.loadcertificate(file "rsa.pem"):pubkey() return kind, bits',
    says: '"RSA"  2048',
  },
  {
    name: 'issued with one that is none',
    code: 'return cert:issued(cert, 1)',
    says: `"RAISES"  "bad argument #2 to 'issued' (SSL:Certificate expected, got number)"`,
  },
];
