/** What TLS cannot do in the await face on Bun and Deno, whose node:tls is theirs. */
import { fails, type Limits } from './limit.ts';

export const TLS_ON_BUN: Limits = {
  ...fails(
    { code: 'ERR_UNSUPPORTED', says: /psk/, reason: 'Bun ignores pskCallback' },
    'TLS: a key that both sides know',
  ),
  ...fails(
    { code: 'ERR_UNSUPPORTED', says: /sni/, reason: 'Bun does not ask SNICallback for a connection that is wrapped' },
    'TLS server: shows each name its certificate, with the same protocols',
  ),
  ...fails(
    { code: 'EBADF', says: /write EBADF/, reason: 'Bun closes a TLS socket when its peer has ended one half' },
    'TLS: shutdown: ends one half, the peer first',
  ),
};

const UNKNOWN_ISSUER = {
  code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  says: /no trusted CA/,
  reason: 'Deno has this code for whatever is wrong with a certificate',
} as const;

export const TLS_ON_DENO: Limits = {
  ...fails(
    UNKNOWN_ISSUER,
    'TLS: refuses one that is out of date',
    'https: CERT_HAS_EXPIRED of expired for localhost is told at once, and nothing is sent',
    'TLS: refuses one that is not good yet',
    'TLS: refuses one for clients',
    'TLS: refuses one that a leaf has signed',
  ),
  ...fails(
    { code: 'ERR_UNSUPPORTED', says: /psk/, reason: 'Deno ignores pskCallback' },
    'TLS: a key that both sides know',
  ),
  ...fails(
    { code: 'ERR_UNSUPPORTED', says: /exportkeyingmaterial/, reason: 'Deno has no call for it' },
    'TLS: facts, certificates and keys of both ends agree',
  ),
  ...fails(
    { code: 'ERR_UNSUPPORTED', says: /requestCert/, reason: 'Deno does not ask clients for certificates' },
    'TLS: misuse is told before anything is sent',
    'TLS server: lets in clients with a good certificate, and no others',
    'TLS server: lets in clients without a certificate where it is optional',
  ),
  ...fails(
    { code: 'ERR_ASSERTION', says: /instead of ERR_TLS_CONTEXT/, reason: 'Deno reads keys in the handshake' },
    'TLS: certificates and keys that are none are refused where they are given',
  ),
  ...fails(
    {
      code: 'ERR_ASSERTION',
      says: /./,
      reason: 'Deno has no sessions of TLS 1.3, and does not go on with those of 1.2',
    },
    'TLS: a session of TLSv1.2 is resumed',
    'https: connections and sessions of TLSv1.2 serve again',
    'https: connections and sessions of TLSv1.3 serve again',
    'https: requests without a session of HTTP go on with sessions of TLS, by the content of their options',
    'TLS: a session of TLSv1.3 is resumed',
    'TLS: a session of TLSv1.3 of another name is no way around the name',
  ),
  ...fails(
    {
      code: 'ERR_FTP_REPLY',
      says: /522 the session was not resumed/,
      reason: 'as above: servers that want it (vsftpd by default) take no data connection of Deno',
    },
    'ftps: each data connection of TLSv1.2 resumes the session, as the server wants it',
    'ftps: each data connection of TLSv1.3 resumes the session, as the server wants it',
  ),
  ...fails(
    { code: 'ERR_ASSERTION', says: /^/, reason: 'Deno has no key log' },
    'TLS: the key log tells the keys',
    'TLS: the key log goes to the file of SSLKEYLOGFILE where the program says so',
  ),
  ...fails(
    {
      code: 'ERR_ASSERTION',
      says: /ERR_TLS_ALERT/,
      reason: 'Deno answers whatever is no TLS by an alert, and tells of that',
    },
    'TLS server: tells whom it has rejected, and why',
  ),
};
