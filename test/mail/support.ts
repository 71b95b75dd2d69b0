/** What the tests of messages share. */
import { source as ltn12, type Source, type SyncSource } from '../../src/entry/ltn12.ts';
import { compose, type MailOptions } from '../../src/entry/mail.ts';

/** The whole message, latin1. */
export function textOf(source: Source): string {
  return Buffer.concat([...ltn12.iterate(source as SyncSource)]).toString('latin1');
}

/** A message of these options, and what a letter wants besides. */
export function composed(options: Partial<MailOptions>, eightBit = false): string {
  return textOf(compose({ from: 'ann@example.com', to: 'bob@example.org', ...options }).source({ eightBit }));
}

/** The values of a field, unfolded. */
export function fieldsOf(message: string, name: string): string[] {
  const head = message.slice(0, message.indexOf('\r\n\r\n')).replace(/\r\n(?=[ \t])/g, '');
  return head
    .split('\r\n')
    .filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
    .map((line) => line.slice(name.length + 1).trim());
}
