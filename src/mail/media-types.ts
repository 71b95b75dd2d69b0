/** Media types: those of common file names, and whether a text is one. */
import { badArgument } from '../core/errors.ts';
import { shown } from '../core/shown.ts';

const TYPES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    avif: 'image/avif',
    bmp: 'image/bmp',
    css: 'text/css',
    csv: 'text/csv',
    doc: 'application/msword',
    docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    epub: 'application/epub+zip',
    gif: 'image/gif',
    gz: 'application/gzip',
    htm: 'text/html',
    html: 'text/html',
    ics: 'text/calendar',
    jpeg: 'image/jpeg',
    jpg: 'image/jpeg',
    json: 'application/json',
    md: 'text/markdown',
    mp3: 'audio/mpeg',
    mp4: 'video/mp4',
    odp: 'application/vnd.oasis.opendocument.presentation',
    ods: 'application/vnd.oasis.opendocument.spreadsheet',
    odt: 'application/vnd.oasis.opendocument.text',
    pdf: 'application/pdf',
    png: 'image/png',
    pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    svg: 'image/svg+xml',
    tar: 'application/x-tar',
    tiff: 'image/tiff',
    txt: 'text/plain',
    vcf: 'text/vcard',
    wav: 'audio/wav',
    webp: 'image/webp',
    xls: 'application/vnd.ms-excel',
    xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    xml: 'application/xml',
    zip: 'application/zip',
  }),
);

/** RFC 2045, section 5.1: a type, a subtype, and parameters whose values are tokens or quoted. */
const MEDIA_TYPE = /^([\w!#$&^.+-]+\/[\w!#$&^.+-]+)((?:[ \t]*;[ \t]*[\w!#$&^.+-]+=(?:[\w!#$&^.+-]+|"[ !#-[\]-~]*"))*)$/;

/** Whether it is a message in a message, which is sent as it is (RFC 2046, section 5.2). */
export function isMessageType(type: string): boolean {
  return /^message\//i.test(type);
}

/** The media type of a file, by the ending of its name. */
export function mediaTypeOf(filename: string): string {
  return TYPES.get(filename.slice(filename.lastIndexOf('.') + 1).toLowerCase()) ?? 'application/octet-stream';
}

/** Throws unless it is a media type that one content may have. A multipart is made of parts. */
export function checkMediaType(field: string, type: string): void {
  if (typeof type !== 'string' || type.length > 500 || !MEDIA_TYPE.test(type))
    throw badArgument(`${field}: a media type such as application/pdf, not ${shown(type)}`);
  if (/^multipart\//i.test(type))
    throw badArgument(`${field}: ${type} is no type of an attachment; application/octet-stream takes anything`);
}
