/** How the names of headers are written: by their words, and by the words that are not just capitalised. */

/**
 * The words of registered names (IANA's registries of HTTP field names and of message headers) that are abbreviations,
 * or have capitals inside. All others have one capital, at the beginning.
 */
const HTTP = `ALPN AMP CalDAV CDN CH CMCD CMSD CSRF CT CTA DASL DAV DNS DNT DPoP DPR ECT EntityId ETag GetProfile GPC HTTP2
  IM IP MaxVersion NEL OData OSCORE OSLC P3P PEP PICS ProfileObject RTT SetProfile SLUG SOAPAction SourceMap TCN TE TTL UA
  URI URL WebSocket WWW XSS`;
const MAIL_AND_NEWS =
  'ARC BIMI DKIM DL DSN EDIINT ID IPMS MD5 MIME MMHS MT MTA MTS NNTP NonDelivery SIO SMTP SPF TLS VBR X400';

const WORDS: ReadonlyMap<string, string> = new Map(
  `${HTTP} ${MAIL_AND_NEWS}`.split(/\s+/).map((word) => [word.toLowerCase(), word]),
);

/**
 * A header's name in the usual capitals, which no receiver may depend on and every reader expects (LuaSocket's table
 * `socket.headers.canonic`, as a rule for any name).
 *
 * ```ts
 * import { canonic } from 'moonsocket/headers';
 *
 * canonic('content-type'); // => 'Content-Type'
 * canonic('WWW-AUTHENTICATE'); // => 'WWW-Authenticate'
 * canonic('x-request-id'); // => 'X-Request-ID'
 * ```
 */
export function canonic(name: string): string {
  return name
    .toLowerCase()
    .split('-')
    .map((word) => WORDS.get(word) ?? word.charAt(0).toUpperCase() + word.slice(1))
    .join('-');
}
