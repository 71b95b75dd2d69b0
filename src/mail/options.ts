/** What a message is composed of, as a program says it. */
import type { Data } from '../ltn12/protocol.ts';
import type { Address, AddressGroup } from './address.ts';
import type { ContentOptions } from './content.ts';
import type { DkimOptions } from './dkim.ts';

/** Mailboxes and groups: a text as `parseAddresses` reads it, an object, or an array of either. */
export type Addresses = string | Address | AddressGroup | readonly (string | Address | AddressGroup)[];

/** A part that is attached to a message, or shown in its html. */
export type Attachment = ContentOptions & {
  /** The name that it is saved under; without it the last part of `path`. */
  readonly filename?: string | undefined;
  /**
   * Its media type; without it what the filename's ending says, else `application/octet-stream`. A `message/rfc822` goes as it is, 7bit
   * or 8bit, with proper line ends.
   */
  readonly contentType?: string | undefined;
  /** Makes it an inline part, which the html names as `cid:…`: an identifier such as `logo` or `logo@example.com`. */
  readonly cid?: string | undefined;
};

/** Another form of the text: the same in another media type. */
export type Alternative = ContentOptions & {
  /** Its media type, such as `text/x-amp-html`. */
  readonly contentType: string;
};

/** An invitation, or another message of iTIP (RFC 5546, RFC 6047). */
export type Calendar = ContentOptions & {
  /** The same as METHOD in the calendar: `REQUEST` without it. */
  readonly method?: string | undefined;
};

/** Fields about a mailing list (RFC 2369, RFC 2919, RFC 8058). Addresses are `https:`, `http:` or `mailto:` URLs. */
export interface ListOptions {
  /** Where a reader leaves the list: `List-Unsubscribe`. */
  readonly unsubscribe?: string | readonly string[] | undefined;
  /** Whether a POST to the https URL of `unsubscribe` is enough (RFC 8058): no, without it. */
  readonly oneClick?: boolean | undefined;
  /** The list's identifier, such as `news.example.com`: `List-Id`. */
  readonly id?: string | undefined;
  /** Where there is help: `List-Help`. */
  readonly help?: string | readonly string[] | undefined;
  /** Where one joins: `List-Subscribe`. */
  readonly subscribe?: string | readonly string[] | undefined;
  /** Where one writes to the list: `List-Post`. */
  readonly post?: string | readonly string[] | undefined;
  /** Who is responsible: `List-Owner`. */
  readonly owner?: string | readonly string[] | undefined;
  /** Where old messages are: `List-Archive`. */
  readonly archive?: string | readonly string[] | undefined;
}

/** Who a message is from and to on its way, whatever its header says (RFC 5321, section 2.3.1). */
export interface Envelope {
  /** Where reports go; '' for none. */
  readonly from: string;
  /** Each recipient. */
  readonly to: readonly string[];
}

/** A message. Texts are any text: what is not ASCII is encoded. */
export interface MailOptions {
  /** The author, or several. */
  readonly from: Addresses;
  /** The one of several authors who sends it, or somebody else who does. */
  readonly sender?: string | Address | undefined;
  /** Where answers go, if not to the author. */
  readonly replyTo?: Addresses | undefined;
  /** Recipients. */
  readonly to?: Addresses | undefined;
  /** Recipients of a copy. */
  readonly cc?: Addresses | undefined;
  /** Recipients that the message does not name: they are in its envelope only. */
  readonly bcc?: Addresses | undefined;
  /** What it is about. */
  readonly subject?: string | undefined;
  /** The time it is written: now, without it. */
  readonly date?: Date | undefined;
  /** Its identifier, `left@right`: one that is new, without it. */
  readonly messageId?: string | undefined;
  /** The identifier of the message that it answers. */
  readonly inReplyTo?: string | readonly string[] | undefined;
  /** The identifiers of the messages before it; without it that of `inReplyTo`. */
  readonly references?: string | readonly string[] | undefined;
  /** How urgent it is (`Importance`, `X-Priority`): says nothing, without it. */
  readonly priority?: 'high' | 'normal' | 'low' | undefined;
  /** Fields about a mailing list. */
  readonly list?: ListOptions | undefined;
  /** Other header fields, by their names; an array repeats one. Values are texts, and encoded where they have to be. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** The text. */
  readonly text?: Data | ContentOptions | undefined;
  /** The text as HTML. */
  readonly html?: Data | ContentOptions | undefined;
  /** The text in other media types, the best one last. */
  readonly alternatives?: readonly Alternative[] | undefined;
  /** An invitation. */
  readonly calendar?: string | Calendar | undefined;
  /** Attachments and inline parts. */
  readonly attachments?: readonly Attachment[] | undefined;
  /** The envelope; without it, it is made of `sender` or `from`, and of `to`, `cc` and `bcc`. */
  readonly envelope?: Partial<Envelope> | undefined;
  /** Signs the message (RFC 6376), once or several times. */
  readonly dkim?: DkimOptions | readonly DkimOptions[] | undefined;
}
