/** The module ssl.https, as far as no server is needed. */
import type { Probe } from './probe.ts';

export const HTTPS: readonly Probe[] = [
  {
    name: 'fields',
    code: 'local k = {} for n, v in pairs(https) do k[n] = type(v) end return k',
    says: '{PORT="number", TIMEOUT="number", _COPYRIGHT="string", _VERSION="string", request="function", tcp="function"}',
  },
  { name: 'PORT, TIMEOUT', code: 'return https.PORT, https.TIMEOUT', says: '443  60' },
  {
    name: 'with a proxy',
    code: 'return https.request { url = "https://localhost/", proxy = "http://localhost:1/" }',
    says: 'nil  "proxy not supported"',
  },
  {
    name: 'with redirect',
    code: 'return https.request { url = "https://localhost/", redirect = true }',
    says: 'nil  "redirect not supported"',
  },
  {
    name: 'with create',
    code: 'return https.request { url = "https://localhost/", create = function() end }',
    says: 'nil  "create function not permitted"',
  },
  {
    name: 'nobody listens',
    code: 'local l = socket.bind("127.0.0.1", 0) local _, p = l:getsockname() l:close() return https.request("https://127.0.0.1:" .. p .. "/")',
    says: 'nil  "connection refused"  nil  nil',
  },
];
