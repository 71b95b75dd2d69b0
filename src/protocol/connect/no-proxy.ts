/**
 * Which hosts go without a proxy: the list of `no_proxy`, for which there are conventions and no standard. Go's package
 * `httpproxy` has the most complete one, and these are its rules; the test says where other programs decide otherwise.
 *
 * ```text
 *   *                              every host
 *   host.example                   the host, and all below it
 *   .host.example  *.host.example  only what is below it
 *   192.0.2.7  2001:db8::7         an address, IPv6 with or without brackets
 *   192.0.2.0/24  2001:db8::/32    a block of them (RFC 4632, RFC 4291)
 *   host.example:80  [::1]:80      each but a block and `*` at one port only
 * ```
 */
import { familyOf } from '../../core/address.ts';

/** What a request goes to, as the rules compare it. */
interface Goal {
  readonly name: string;
  readonly address: bigint | undefined;
  readonly port: number;
}

type Rule = (goal: Goal) => boolean;

/** Addresses from `base` on that have the first `length` bits in common with it. */
interface Block {
  readonly base: bigint;
  readonly length: number;
}

/** IPv4 addresses among those of IPv6, `::ffff:192.0.2.7`, which are the same hosts (RFC 4291, section 2.5.5.2). */
const MAPPED = 0xffffn;

const LOOPBACK: readonly (Block | undefined)[] = [blockOf('127.0.0.0/8'), blockOf('::1/128')];

/** Whether a host and a port go without a proxy, by a list with commas or blanks between its elements. */
export function excluderOf(list: string): (host: string, port: number) => boolean {
  const rules = list
    .split(/[\s,]+/)
    .filter((element) => element !== '')
    .map(ruleOf);
  return (host, port) => {
    const name = canonical(host);
    const goal = { name, address: addressOf(name), port };
    return isHere(goal) || rules.some((rule) => rule(goal));
  };
}

/**
 * This machine has another meaning at the proxy, and no proxy could reach what listens here. So Go; here the names below
 * `localhost`, which never leave the machine either (RFC 6761, section 6.3), go the same way.
 */
function isHere({ name, address }: Goal): boolean {
  return /(?:^|\.)localhost$/.test(name) || LOOPBACK.some((block) => contains(block, address));
}

/** What has no meaning matches nothing: other programs read the same list, and may know more forms. */
function ruleOf(element: string): Rule {
  if (element === '*') return () => true;
  const block = blockOf(element);
  if (block !== undefined) return ({ address }) => contains(block, address);
  const { host, port } = portApart(element);
  const base = addressOf(host);
  if (base !== undefined) return (goal) => goal.address === base && isAt(goal, port);
  const dots = /^\*?\./.exec(host)?.[0].length ?? 0;
  const domain = canonical(host.slice(dots));
  if (domain === '') return () => false;
  return (goal) => {
    const isIn = goal.name.endsWith(`.${domain}`) || (dots === 0 && goal.name === domain);
    return isIn && isAt(goal, port) && goal.address === undefined;
  };
}

/** The port is the digits behind the last colon, unless the whole is an IPv6 address. */
function portApart(element: string): { host: string; port: string } {
  const colon = element.lastIndexOf(':');
  if (addressOf(element) !== undefined || !/^:\d*$/.test(element.slice(colon))) return { host: element, port: '' };
  return { host: element.slice(0, colon), port: element.slice(colon + 1) };
}

function isAt(goal: Goal, port: string): boolean {
  return port === '' || Number(port) === goal.port;
}

/** `address "/" length`, where the length is that of the address's own family. */
function blockOf(text: string): Block | undefined {
  const slash = text.indexOf('/');
  const base = slash < 0 ? undefined : addressOf(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (base === undefined || !/^\d{1,3}$/.test(length)) return undefined;
  const before = text.includes(':') ? 0 : 96;
  return before + Number(length) > 128 ? undefined : { base, length: before + Number(length) };
}

function contains(block: Block | undefined, address: bigint | undefined): boolean {
  if (block === undefined || address === undefined) return false;
  // `::/0` is the block of all IPv6 addresses, not of IPv4's too.
  if (block.length < 96 && address >> 32n === MAPPED) return false;
  const rest = BigInt(128 - block.length);
  return address >> rest === block.base >> rest;
}

/** The 128 bits of an address in its usual form; undefined for everything else. */
function addressOf(text: string): bigint | undefined {
  const octets = text.split('.');
  // What begins with 0 is octal to some and decimal to others.
  if (octets.length === 4 && octets.every((octet) => /^(?:0|[1-9]\d{0,2})$/.test(octet) && Number(octet) < 256)) {
    return octets.reduce((bits, octet) => (bits << 8n) + BigInt(octet), MAPPED);
  }
  const literal = ipv6Of(text);
  if (literal === undefined) return undefined;
  // The URL standard leaves hexadecimal groups, and at most one `::`.
  const sides = literal.slice(1, -1).split('::');
  const [head = [], tail = []] = sides.map((side) => side.split(':').filter((group) => group !== ''));
  const zeros = Array<string>(8 - head.length - tail.length).fill('0');
  return [...head, ...zeros, ...tail].reduce((bits, group) => (bits << 16n) + BigInt(`0x${group}`), 0n);
}

/** A host as the URL standard writes it: in lower case, international names by `xn--`, `127.1` as the system reads it. */
function canonical(host: string): string {
  const literal = ipv6Of(host);
  if (literal !== undefined) return literal;
  const name = host.replace(/\.$/, '');
  // It would cut or decode these, and find a host that nobody connects to.
  const url = /[\0-\x20\x7f:\\/?#@%]/.test(name) ? '' : `http://${name}/`;
  return URL.canParse(url) ? new URL(url).hostname : name.toLowerCase();
}

/** The one form of an IPv6 address, in brackets. Its zone is gone, which is a link of this machine. */
function ipv6Of(text: string): string | undefined {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  return familyOf(bare) === 'inet6' ? new URL(`http://[${bare.split('%')[0]}]/`).hostname : undefined;
}
