/** Content of a message: where its bytes come from, how often they can be read, and how many there are where that is known. */
import { dataOf } from '../core/data.ts';
import { badArgument, misuse } from '../core/errors.ts';
import type { MaybePromise } from '../core/flow.ts';
import { shown } from '../core/shown.ts';
import type { Data, Source, SyncSource } from '../ltn12/protocol.ts';
import { FILES_AT_ONCE, type MailFiles } from './files.ts';

/** Bytes of a message, in one of four ways. */
export interface ContentOptions {
  /** The bytes themselves; a string is UTF-8. */
  readonly content?: Data | undefined;
  /** A file, which is opened when it is read, and again when it is read again. */
  readonly path?: string | URL | undefined;
  /** A source of `moonsocket/ltn12`, which is read once. */
  readonly source?: Source | undefined;
  /** Gives a source of the same bytes, as often as it is called. */
  readonly open?: (() => Source) | undefined;
}

/** Content in one way, whatever way it was given in. */
export interface Content {
  /** The option that it is, for messages: `text`, `attachments[0]`. */
  readonly field: string;
  /** All of it, where it is at hand. */
  readonly bytes?: Buffer;
  /** Whether it can be read only once. */
  readonly once: boolean;
  /** Begins to read it; `files` reads what is a file. */
  open(files?: MailFiles): Source;
  /** How many bytes there are, where that is known without reading. */
  size(files?: MailFiles): MaybePromise<number | undefined>;
}

const WAYS = ['content', 'path', 'source', 'open'] as const;

/** @throws SocketError `ERR_INVALID_ARGUMENT` unless it is given in one way. */
export function contentOf(field: string, given: Data | ContentOptions): Content {
  if (typeof given === 'string' || given instanceof Uint8Array) return ofBytes(field, given);
  if (typeof given !== 'object' || given === null)
    throw badArgument(
      `${field}: content is a string, bytes, or an object with one of ${WAYS.join(', ')}, not ${shown(given)}`,
    );
  const ways = WAYS.filter((way) => given[way] !== undefined);
  if (ways.length !== 1)
    throw badArgument(
      `${field}: one of ${WAYS.join(', ')} is given, not ${ways.length === 0 ? 'none' : ways.join(' and ')}`,
    );
  if (given.content !== undefined) return ofBytes(field, given.content);
  if (given.path !== undefined) return ofFile(field, given.path);
  if (given.open !== undefined) return ofOpener(field, given.open);
  return ofSource(field, given.source as Source);
}

function ofBytes(field: string, data: Data): Content {
  const bytes = dataOf(field, data);
  return { field, bytes, once: false, open: () => slices(bytes), size: () => bytes.length };
}

/** Larger slices than `source.string` gives: each costs a call of every filter. */
const SLICE = 65_536;

function slices(bytes: Buffer): SyncSource {
  let at = 0;
  return () => {
    if (at >= bytes.length) return null;
    at += SLICE;
    return bytes.subarray(at - SLICE, at);
  };
}

function ofFile(field: string, path: string | URL): Content {
  if (typeof path === 'string' ? path === '' || path.includes('\0') : !(path instanceof URL))
    throw badArgument(`${field}: path is the path of a file, or a file: URL, not ${shown(path)}`);
  return {
    field,
    once: false,
    open: (files = FILES_AT_ONCE) => files.open(path),
    size: (files = FILES_AT_ONCE) => files.size(path),
  };
}

function ofOpener(field: string, open: () => Source): Content {
  if (typeof open !== 'function')
    throw badArgument(`${field}: open is a function that gives a source, not ${shown(open)}`);
  return { field, once: false, open, size: () => undefined };
}

function ofSource(field: string, source: Source): Content {
  if (typeof source !== 'function')
    throw badArgument(`${field}: source is a source of LTN12, a function, not ${shown(source)}`);
  let opened = false;
  return {
    field,
    once: true,
    open: () => {
      if (opened) throw readOnce(field, 'the message is read a second time');
      opened = true;
      return source;
    },
    size: () => undefined,
  };
}

/** The error for a source that would have to be read twice. */
export function readOnce(field: string, why: string): Error {
  return misuse(
    'ERR_MAIL_SOURCE',
    `${field}: ${why}, and a source can be read only once: give { content }, { path } or { open } instead`,
  );
}
