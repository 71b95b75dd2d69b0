/**
 * Addresses of mail: one checked address, and its parts as they go on the wire (RFC 5321, section 4.1.2; RFC 6531 for
 * those that are not ASCII).
 *
 *     addr-spec  = local-part "@" domain
 *     local-part = dot-atom / quoted-string           joe.bloggs@…      "joe bloggs"@…
 *     domain     = dot-atom / domain-literal          …@example.com     …@[192.0.2.1]
 */
import { badArgument } from '../core/errors.ts';
import { shown } from '../core/shown.ts';

/** One mailbox, with the name that people read. */
export interface Address {
  /** What is shown instead of the address; any text without control characters. */
  readonly name?: string | undefined;
  /** Such as `joe@example.com`, `"joe bloggs"@example.com` or `joe@[192.0.2.1]`. */
  readonly address: string;
}

/** Several mailboxes under a name (RFC 5322, section 3.4). */
export interface AddressGroup {
  /** The name of the group. */
  readonly name: string;
  /** Its mailboxes; none says that they are not disclosed. */
  readonly group: readonly Address[];
}

/** RFC 5322, section 3.2.3, and RFC 6532: what stands in a dot-atom, dots apart. */
const ATEXT = "[\\w!#$%&'*+\\-/=?^`{|}~\\u0080-\\u{10ffff}]";
const DOT_ATOM = new RegExp(`^${ATEXT}+(?:\\.${ATEXT}+)*$`, 'u');
/** What no local part has, however it is quoted. */
const CONTROL = /[\0-\x1f\x7f-\x9f\u2028\u2029]/;
/** A surrogate without its other half, which UTF-8 has no bytes for. */
const HALF = /\p{Cs}/u;
const LITERAL = /^\[[!-Z^-~]+\]$/;
const ASCII = /^[\0-\x7f]*$/;
const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const HOST_NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`, 'i');
/** What a domain has none of, and a URL gives a meaning. */
const URL_SYNTAX = /[\s/?#@:\\%[\]<>^|]/;

/** RFC 5321, sections 4.5.3.1.1 and 4.5.3.1.2, in octets. */
const LOCAL_LIMIT = 64;
const DOMAIN_LIMIT = 255;

/**
 * The address of these two parts, as it is written: the local part, given without quotes, with quotes where it needs some, the domain in ASCII
 * (IDNA, as the URL standard has it).
 *
 * @throws SocketError `ERR_INVALID_ARGUMENT`, beginning with `field`.
 */
export function addressOf(field: string, local: string, domain: string): string {
  if (local === '') throw badArgument(`${field}: nothing before the @ of ${shown(`@${domain}`)}`);
  if (CONTROL.test(local)) throw badArgument(`${field}: a control character in ${shown(local)}`);
  if (HALF.test(local)) throw badArgument(`${field}: half a character in ${shown(local)}`);
  if (Buffer.byteLength(local) > LOCAL_LIMIT)
    throw badArgument(
      `${field}: more than ${LOCAL_LIMIT} octets before the @ of ${shown(local)} (RFC 5321, 4.5.3.1.1)`,
    );
  return `${DOT_ATOM.test(local) ? local : quoted(local)}@${domainOf(field, domain)}`;
}

/** A string in quotes (RFC 5322, section 3.2.4). */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** Whether all of it is ASCII: an address that is not needs a server with SMTPUTF8 (RFC 6531). */
export function isAscii(text: string): boolean {
  return ASCII.test(text);
}

/** The domain in ASCII. */
function domainOf(field: string, domain: string): string {
  if (domain.startsWith('[')) {
    if (LITERAL.test(domain) && domain.length <= DOMAIN_LIMIT) return domain;
    throw badArgument(`${field}: ${shown(domain)} is no address in brackets (RFC 5321, 4.1.3)`);
  }
  const name = ASCII.test(domain) ? domain : internationalName(domain);
  if (name.length > DOMAIN_LIMIT)
    throw badArgument(
      `${field}: more than ${DOMAIN_LIMIT} octets in the domain ${shown(domain)} (RFC 5321, 4.5.3.1.2)`,
    );
  if (!HOST_NAME.test(name)) throw badArgument(`${field}: ${shown(domain)} is no domain`);
  return name;
}

/** `bücher.example` is `xn--bcher-kva.example`; '' for what is no name. */
function internationalName(domain: string): string {
  if (URL_SYNTAX.test(domain) || CONTROL.test(domain)) return '';
  try {
    const { hostname } = new URL(`http://${domain}`);
    // Digits of other scripts may make an address of it, which nobody has written.
    return /^[\d.]+$/.test(hostname) ? '' : hostname;
  } catch {
    return '';
  }
}
