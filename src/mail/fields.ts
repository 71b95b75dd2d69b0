/** The header fields of a message (RFC 5322, section 3.6), from its options; those of MIME are its parts'. */
import { badArgument } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import { canonic } from '../headers/canonic.ts';
import { type Address, isAscii } from './address.ts';
import { addressesValue, checkText, messageIds, textValue } from './header-text.ts';
import type { ListOptions, MailOptions } from './options.ts';
import type { Field } from './part.ts';
import { addressesOf, mailboxesOf, oneMailbox } from './recipients.ts';
import { now, randomName } from './stamps.ts';

/** The fields, and what the message is known by. */
export interface Heading {
  readonly fields: readonly Field[];
  readonly messageId: string;
  /** The mailbox that reports go to. */
  readonly sender: Address;
  /** Whether a field has an address that is not ASCII. */
  readonly smtpUtf8: boolean;
}

/** The fields that options have, and which are in a message once (RFC 5322, section 3.6). */
const OPTION_OF: ReadonlyMap<string, string> = new Map([
  ['bcc', 'bcc'],
  ['cc', 'cc'],
  ['date', 'date'],
  ['from', 'from'],
  ['in-reply-to', 'inReplyTo'],
  ['message-id', 'messageId'],
  ['references', 'references'],
  ['reply-to', 'replyTo'],
  ['sender', 'sender'],
  ['subject', 'subject'],
  ['to', 'to'],
]);

const PRIORITIES = {
  high: ['high', '1 (Highest)'],
  normal: ['normal', '3 (Normal)'],
  low: ['low', '5 (Lowest)'],
} as const;

const LIST_FIELDS = ['unsubscribe', 'help', 'subscribe', 'post', 'owner', 'archive'] as const;

/** The fields, in the order of RFC 5322's examples. */
export function headingOf(options: MailOptions): Heading {
  const from = addressesOf('from', options.from);
  const authors = mailboxesOf(from);
  const sender = options.sender === undefined ? authors[0] : oneMailbox('sender', options.sender);
  if (sender === undefined) throw badArgument('from: a message has an author');
  if (authors.length > 1 && options.sender === undefined)
    throw badArgument('sender: of several authors one is the sender (RFC 5322, section 3.6.2)');
  const fields: Field[] = [['Date', dateValue(options.date ?? now())]];
  const mailboxes = [...authors, sender];
  const add = (name: string, addresses: ReturnType<typeof addressesOf>): void => {
    if (addresses.length === 0) return;
    mailboxes.push(...mailboxesOf(addresses));
    fields.push([name, addressesValue(name, addresses)]);
  };
  add('From', from);
  if (options.sender !== undefined) add('Sender', [sender]);
  add('Reply-To', addressesOf('replyTo', options.replyTo));
  add('To', addressesOf('to', options.to));
  add('Cc', addressesOf('cc', options.cc));
  if (options.subject !== undefined) fields.push(['Subject', textValue('Subject', options.subject)]);
  const messageId = options.messageId === undefined ? newIdentifier(sender) : oneIdentifier(options.messageId);
  fields.push(['Message-ID', messageId], ...threadFields(options), ...priorityFields(options.priority));
  fields.push(...listFields(options.list ?? {}), ...otherFields(options.headers ?? {}, fields), [
    'MIME-Version',
    '1.0',
  ]);
  return { fields, messageId, sender, smtpUtf8: !mailboxes.every(({ address }) => isAscii(address)) };
}

/** RFC 5322, section 3.3, in UTC. */
export function dateValue(date: Date): string {
  if (!(date instanceof Date) || !(date.getUTCFullYear() >= 1900 && date.getUTCFullYear() <= 9999))
    throw badArgument(`date: a Date of a year with four digits, from 1900 on, not ${shown(date)}`);
  return date.toUTCString().replace('GMT', '+0000');
}

function newIdentifier({ address }: Address): string {
  return `<${randomName()}@${address.slice(address.lastIndexOf('@') + 1)}>`;
}

function oneIdentifier(given: string): string {
  const [id, ...others] = messageIds('messageId', given);
  if (id === undefined || others.length > 0) throw badArgument('messageId: takes one identifier');
  return id;
}

function threadFields({ inReplyTo = [], references = inReplyTo }: MailOptions): Field[] {
  const answered = messageIds('inReplyTo', inReplyTo);
  const before = messageIds('references', references);
  return [
    ...(answered.length === 0 ? [] : [['In-Reply-To', answered.join(' ')] as const]),
    ...(before.length === 0 ? [] : [['References', before.join(' ')] as const]),
  ];
}

function priorityFields(priority: MailOptions['priority']): Field[] {
  if (priority === undefined) return [];
  if (!Object.hasOwn(PRIORITIES, priority))
    throw badArgument(`priority: ${Object.keys(PRIORITIES).join(', ')}, not ${shown(priority)}`);
  const [importance, number] = PRIORITIES[priority];
  return [
    ['Importance', importance],
    ['X-Priority', number],
  ];
}

function listFields(list: ListOptions): Field[] {
  const fields: Field[] = [];
  if (list.id !== undefined) {
    if (!/^[\w.-]{1,255}$/.test(list.id)) throw badArgument(`list.id: such as news.example.com, not ${shown(list.id)}`);
    fields.push(['List-Id', `<${list.id}>`]);
  }
  for (const name of LIST_FIELDS) {
    const given = list[name];
    if (given === undefined) continue;
    const urls = typeof given === 'string' ? [given] : given;
    fields.push([canonic(`list-${name}`), urls.map((url) => `<${listUrl(`list.${name}`, url)}>`).join(', ')]);
  }
  if (list.oneClick === true) {
    if (![list.unsubscribe ?? []].flat().some((url) => url.startsWith('https:')))
      throw badArgument('list.oneClick: unsubscribe has an https URL for it (RFC 8058)');
    fields.push(['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click']);
  }
  return fields;
}

function listUrl(field: string, url: string): string {
  checkText(field, url);
  if (!/^(?:https?|mailto):[!-;=?-~]{1,800}$/.test(url) || url.includes(','))
    throw badArgument(`${field}: a https:, http: or mailto: URL without blanks, commas and <>, not ${shown(url)}`);
  return url;
}

function otherFields(headers: NonNullable<MailOptions['headers']>, fields: readonly Field[]): Field[] {
  const others: Field[] = [];
  for (const [name, values] of Object.entries(headers)) {
    const key = name.toLowerCase();
    const option = OPTION_OF.get(key);
    if (option !== undefined) throw badArgument(`headers: ${name} is in a message once; give it as { ${option} }`);
    if (key === 'mime-version' || key.startsWith('content-') || key === 'dkim-signature')
      throw badArgument(`headers: ${name} says what the message is made of, and is made with it`);
    if (fields.some(([other]) => other.toLowerCase() === key))
      throw badArgument(`headers: ${name} is there already, by an option`);
    for (const value of typeof values === 'string' ? [values] : values) others.push([name, textValue(name, value)]);
  }
  return others;
}
