/** What the options of `get` say of an HTTP request: method, headers and body. */
import { readFileSync } from 'node:fs';
import { formatHeaders, TOKEN } from '../headers/format.ts';
import { UsageError } from './errors.ts';
import type { Parsed } from './parse.ts';
import { checked } from './url.ts';

export interface HttpOptions {
  readonly method: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | undefined;
}

/** Options that no other protocol has a meaning for. */
export const HTTP_ONLY = ['header', 'data', 'json', 'request', 'include'] as const;

/** @throws UsageError, and the system's errors for files */
export function httpOptions(options: Parsed): HttpOptions {
  const method = methodOf(options);
  const headers = options.texts('header').map(headerOf);
  checked(() => formatHeaders(headers));
  const data = options.texts('data');
  const json = options.text('json');
  if (json !== undefined && data.length > 0) throw new UsageError('--json and -d are two bodies');
  const named = new Set(headers.map(([name]) => name.toLowerCase()));
  const own = Object.entries(typesOf(data.length > 0, json !== undefined));
  return {
    method,
    headers: [...own.filter(([name]) => !named.has(name.toLowerCase())), ...headers],
    body: json !== undefined ? bytesOf(json) : data.length > 0 ? joined(data.map(bytesOf)) : undefined,
  };
}

/** GET, or POST where there is a body. @throws UsageError */
export function methodOf(options: Parsed): string {
  const method = options.text('request');
  if (method === undefined) return options.has('data') || options.has('json') ? 'POST' : 'GET';
  if (!TOKEN.test(method)) throw new UsageError('-X takes a method, such as PUT');
  return method;
}

function typesOf(form: boolean, json: boolean): Readonly<Record<string, string>> {
  if (json) return { 'Content-Type': 'application/json', Accept: 'application/json' };
  return form ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {};
}

function headerOf(text: string): readonly [string, string] {
  const [, name, value] = /^([^:]+):[ \t]*(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new UsageError("-H takes a header: 'Name: value'");
  return [name, value];
}

/** The text, or of `@FILE` the file's bytes, as they are. */
function bytesOf(text: string): Buffer {
  if (!text.startsWith('@')) return Buffer.from(text);
  const file = text.slice(1);
  if (file === '') throw new UsageError('@ stands before the name of a file, or - for the standard input');
  return readFileSync(file === '-' ? 0 : file);
}

/** Fields of a form. */
function joined(parts: readonly Buffer[]): Buffer {
  return Buffer.concat(parts.flatMap((part, i) => (i === 0 ? [part] : [Buffer.from('&'), part])));
}
