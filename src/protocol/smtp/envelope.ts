/**
 * The envelope of a mail as command lines, and no other place makes one of an address (RFC 5321, section 4.1.1):
 *
 *     MAIL FROM:<ann@example.com> SIZE=1024 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=one
 *     RCPT TO:<bob@example.org> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;bob@example.org
 */
import { badArgument } from '../../core/errors.ts';
import { shown } from '../../core/shown.ts';
import { isAscii } from '../../mail/address.ts';
import { checkText } from '../../mail/header-text.ts';
import type { Envelope } from '../../mail/options.ts';
import { parseAddresses } from '../../mail/parse-addresses.ts';
import { type CommandLine, commandLine } from '../tp/line.ts';

/** Which reports about its delivery a message asks for (DSN, RFC 3461). Servers without DSN are not asked. */
export interface ReportOptions {
  /** When recipients' servers report; `'never'` alone says not at all. */
  readonly notify?: readonly ('success' | 'failure' | 'delay')[] | 'never' | undefined;
  /** How much of the message a report has. */
  readonly return?: 'full' | 'headers' | undefined;
  /** An identifier that reports have: printable ASCII, up to 100 characters. */
  readonly id?: string | undefined;
}

/** A checked envelope. */
export interface Route {
  readonly from: string;
  readonly to: readonly string[];
}

/** What is said of the message, before it comes. */
export interface Announced {
  readonly size: number | undefined;
  readonly eightBit: boolean;
  readonly smtpUtf8: boolean;
  /** Recipients that this server cannot be asked for: their addresses are not ASCII, and it has no SMTPUTF8. */
  readonly unreachable: ReadonlySet<string>;
  /** Undefined where the server has no DSN, or nothing is asked for. */
  readonly reports: ReportOptions | undefined;
}

/**
 * An envelope of addresses with or without angle brackets; '' or `<>` is the sender of reports. Each recipient stands in it once.
 *
 * @throws SocketError `ERR_INVALID_ARGUMENT` for what is no address, and for no recipient
 */
export function routeOf(call: string, envelope: Envelope): Route {
  if (typeof envelope !== 'object' || envelope === null || !Array.isArray(envelope.to))
    throw badArgument(`${call}: an envelope is { from, to }, to an array of addresses`);
  const from = envelope.from === '' || envelope.from === '<>' ? '' : addressOf(`${call}: from`, envelope.from);
  const to = [...new Set(envelope.to.map((address) => addressOf(`${call}: to`, address)))];
  if (to.length === 0) throw badArgument(`${call}: a mail has a recipient`);
  return { from, to };
}

function addressOf(field: string, text: string): string {
  checkText(field, text);
  const [entry, ...others] = parseAddresses(text, field);
  if (entry === undefined || others.length > 0 || 'group' in entry || entry.name !== undefined)
    throw badArgument(`${field}: one address without a name, not ${shown(text)}`);
  return entry.address;
}

/** MAIL FROM, with what the message is. */
export function mailLine({ from }: Route, { size, eightBit, smtpUtf8, reports }: Announced): CommandLine {
  const parameters = [
    size === undefined ? '' : ` SIZE=${size}`,
    eightBit ? ' BODY=8BITMIME' : '',
    smtpUtf8 ? ' SMTPUTF8' : '',
    reports?.return === undefined ? '' : ` RET=${reports.return === 'full' ? 'FULL' : 'HDRS'}`,
    reports?.id === undefined ? '' : ` ENVID=${xtext(reports.id)}`,
  ];
  return commandLine('MAIL', `FROM:<${from}>${parameters.join('')}`);
}

/** RCPT TO, with the reports that are asked for. */
export function recipientLine(address: string, reports: ReportOptions | undefined): CommandLine {
  const { notify } = reports ?? {};
  if (notify === undefined) return commandLine('RCPT', `TO:<${address}>`);
  const when = typeof notify === 'string' ? 'NEVER' : notify.map((word) => word.toUpperCase()).join(',');
  // RFC 6533, section 3: the address type of one that is not ASCII is another.
  const original = isAscii(address) ? ` ORCPT=rfc822;${xtext(address)}` : '';
  return commandLine('RCPT', `TO:<${address}> NOTIFY=${when}${original}`);
}

/** @throws SocketError `ERR_INVALID_ARGUMENT` */
export function checkReports(call: string, reports: ReportOptions | undefined): void {
  if (reports === undefined) return;
  const { notify, return: part, id } = reports;
  const words = ['success', 'failure', 'delay'];
  if (
    notify !== undefined &&
    notify !== 'never' &&
    !(Array.isArray(notify) && notify.length > 0 && notify.every((word) => words.includes(word)))
  )
    throw badArgument(`${call}: reports.notify is an array of ${words.join(', ')}, or 'never'`);
  if (part !== undefined && part !== 'full' && part !== 'headers')
    throw badArgument(`${call}: reports.return is 'full' or 'headers', not ${shown(part)}`);
  if (id !== undefined && !/^[ -~]{1,100}$/.test(id))
    throw badArgument(`${call}: reports.id is printable ASCII, up to 100 characters, not ${shown(id)}`);
}

/** RFC 3461, section 4: `+`, `=` and what is not printable as `+XX`. */
function xtext(text: string): string {
  return text.replace(
    /[^!-*,-<>-~]/g,
    (character) => `+${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
