/** From the addresses in options to checked mailboxes, and to the envelope that a message travels in. */
import { badArgument } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import type { Address, AddressGroup } from './address.ts';
import { checkText } from './header-text.ts';
import type { Addresses, Envelope, MailOptions } from './options.ts';
import { parseAddresses } from './parse-addresses.ts';

/** What option `field` says, checked. */
export function addressesOf(field: string, given: Addresses | undefined): (Address | AddressGroup)[] {
  if (given === undefined) return [];
  const entries = Array.isArray(given) ? (given as readonly (string | Address | AddressGroup)[]) : [given];
  return entries.flatMap((entry) => {
    if (typeof entry === 'string') {
      checkText(field, entry);
      return parseAddresses(entry, field);
    }
    if (typeof entry !== 'object' || entry === null)
      throw badArgument(`${field}: an address is a text or an object, not ${shown(entry)}`);
    if (!('group' in entry)) return [mailboxOf(field, entry as Address)];
    checkText(field, entry.name);
    if (!Array.isArray(entry.group)) throw badArgument(`${field}: a group has an array of addresses`);
    return [{ name: entry.name, group: entry.group.map((member: Address) => mailboxOf(field, member)) }];
  });
}

/** Exactly one mailbox. */
export function oneMailbox(field: string, given: string | Address): Address {
  const [mailbox, ...others] = addressesOf(field, given);
  if (mailbox === undefined || others.length > 0 || 'group' in mailbox)
    throw badArgument(`${field}: takes one address`);
  return mailbox;
}

function mailboxOf(field: string, { name = '', address }: Address): Address {
  checkText(field, name);
  checkText(field, address);
  const [mailbox, ...others] = parseAddresses(address, field);
  if (mailbox === undefined || others.length > 0 || 'group' in mailbox || mailbox.name !== undefined)
    throw badArgument(`${field}: address is one address without a name, not ${shown(address)}`);
  return name === '' ? mailbox : { name, address: mailbox.address };
}

/** The mailboxes, those of groups among the others. */
export function mailboxesOf(addresses: readonly (Address | AddressGroup)[]): Address[] {
  return addresses.flatMap((entry) => ('group' in entry ? entry.group : [entry]));
}

/** The envelope that the options name, or that their addresses make: each recipient once. */
export function envelopeOf(options: MailOptions, sender: Address): Envelope {
  const { from, to } = options.envelope ?? {};
  const recipients =
    to === undefined
      ? [options.to, options.cc, options.bcc].map((given, index) =>
          addressesOf(['to', 'cc', 'bcc'][index] as string, given),
        )
      : [addressesOf('envelope.to', to)];
  return {
    from: from === undefined ? sender.address : from === '' ? '' : oneMailbox('envelope.from', from).address,
    to: [...new Set(mailboxesOf(recipients.flat()).map(({ address }) => address))],
  };
}
