/** The parts of a message, by what its options have: one text alone, or several in the order that readers expect. */
import { badArgument } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import type { Data } from '../ltn12/protocol.ts';
import { type Content, type ContentOptions, contentOf, readOnce } from './content.ts';
import { checkText, messageIds, parametersValue } from './header-text.ts';
import { checkMediaType, isMessageType, mediaTypeOf } from './media-types.ts';
import type { Alternative, Attachment, Calendar, MailOptions } from './options.ts';
import type { Field, Leaf, Part } from './part.ts';

/** The body: mixed of related of alternatives, and of each only what has more than one part. */
export function bodyOf(options: MailOptions): Part {
  const attachments = options.attachments ?? [];
  const alternatives = options.alternatives ?? [];
  if (!Array.isArray(attachments) || !Array.isArray(alternatives))
    throw badArgument('attachments and alternatives are arrays');
  const attached: Part[] = [];
  const shownInline: Part[] = [];
  attachments.forEach((attachment, index) => {
    // An inline part that no html can show is one to save.
    const isInline = attachment.cid !== undefined && options.html !== undefined;
    (isInline ? shownInline : attached).push(attachmentPart(`attachments[${index}]`, attachment, isInline));
  });
  const forms: Part[] = [];
  if (options.text !== undefined) forms.push(textPart('text', 'text/plain; charset=utf-8', options.text));
  if (options.html !== undefined)
    forms.push(together('related', [textPart('html', 'text/html; charset=utf-8', options.html), ...shownInline]));
  alternatives.forEach((alternative, index) => {
    forms.push(alternativePart(`alternatives[${index}]`, alternative));
  });
  if (options.calendar !== undefined) forms.push(calendarPart(options.calendar));
  if (forms.length > 0) return together('mixed', [together('alternative', forms), ...attached]);
  // Without a text, an attachment goes with an empty one: readers show what is first.
  return together('mixed', [textPart('text', 'text/plain; charset=utf-8', ''), ...attached]);
}

/** Every content of a part. */
export function contentsOf(part: Part): Content[] {
  return 'parts' in part ? part.parts.flatMap(contentsOf) : [part.content];
}

/** One part is itself; several are a multipart. */
function together(subtype: 'mixed' | 'related' | 'alternative', parts: readonly Part[]): Part {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  // RFC 2387, section 3.1: which type the part has that the others are for.
  const parameters: Record<string, string> = subtype === 'related' ? { type: 'text/html' } : {};
  return { fields: [], type: `multipart/${subtype}`, parameters, parts };
}

function textPart(field: string, type: string, given: Data | ContentOptions): Leaf {
  const content = contentOf(field, given);
  if (content.once) throw readOnce(field, 'whether a text is 7bit is known when all of it was read');
  return { fields: [['Content-Type', type]], content, transfer: 'look' };
}

function alternativePart(field: string, alternative: Alternative): Leaf {
  const { contentType } = alternative;
  checkMediaType(`${field}.contentType`, contentType);
  if (!/^text\//i.test(contentType))
    return { fields: [['Content-Type', contentType]], content: contentOf(field, alternative), transfer: 'base64' };
  return textPart(
    field,
    /;\s*charset=/i.test(contentType) ? contentType : `${contentType}; charset=utf-8`,
    alternative,
  );
}

function calendarPart(calendar: string | Calendar): Leaf {
  const { method = 'REQUEST', ...content }: Calendar = typeof calendar === 'string' ? { content: calendar } : calendar;
  if (typeof method !== 'string' || !/^[\w-]{1,40}$/.test(method))
    throw badArgument(`calendar.method: a word such as REQUEST, not ${shown(method)}`);
  return textPart('calendar', `text/calendar; charset=utf-8; method=${method.toUpperCase()}`, content);
}

function attachmentPart(field: string, attachment: Attachment, isInline: boolean): Leaf {
  const { cid, path } = attachment;
  const filename = attachment.filename ?? (path === undefined ? undefined : lastPart(path));
  if (filename !== undefined) checkText(`${field}.filename`, filename);
  const content = contentOf(field, attachment);
  const type = attachment.contentType ?? (filename === undefined ? 'application/octet-stream' : mediaTypeOf(filename));
  checkMediaType(`${field}.contentType`, type);
  const isMessage = isMessageType(type);
  // Whether a message fits into lines is known when all of it was read.
  if (isMessage && content.once) throw readOnce(field, 'whether a message is 7bit is known when all of it was read');
  const isOwnText = /^text\//i.test(type) && typeof attachment.content === 'string';
  const fields: Field[] = [
    ['Content-Type', isOwnText ? inUtf8(type) : type],
    [
      'Content-Disposition',
      parametersValue(isInline ? 'inline' : 'attachment', filename === undefined ? {} : { filename }),
    ],
  ];
  if (cid !== undefined) fields.push(['Content-ID', contentId(field, cid)]);
  return { fields, content, transfer: isMessage ? 'identity' : 'base64' };
}

/** A text's media type, with the charset that a string is sent in, unless it names one. */
function inUtf8(type: string): string {
  return /;[ \t]*charset=/i.test(type) ? type : `${type}; charset=utf-8`;
}

function contentId(field: string, cid: string): string {
  const [id, ...others] = messageIds(`${field}.cid`, cid);
  if (id === undefined || others.length > 0) throw badArgument(`${field}.cid: takes one identifier`);
  return id;
}

/** The name of a file in its folder. */
function lastPart(path: string | URL): string {
  const text = path instanceof URL ? decodeURIComponent(path.pathname) : path;
  return text.slice(text.lastIndexOf('/') + 1);
}
