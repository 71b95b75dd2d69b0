/** URLs as people type them. */
import { parse } from '../url/parts.ts';
import { UsageError } from './errors.ts';

/** The URL with its scheme, which goes without saying. @throws UsageError */
export function urlOf(text: string, assumed: 'http' | 'ftp' | 'smtp'): string {
  if (/^[a-z][\w+.-]*:\/\//i.test(text)) return text;
  // `http:host` and `http:/host` would be the host "http".
  if (/^(?:https?|ftps?|smtps?|lmtp):(?!\d)/i.test(text)) throw new UsageError('a URL has :// behind its scheme');
  return `${assumed}://${text}`;
}

/** In small letters. */
export function schemeOf(url: string): string {
  return (parse(url).scheme ?? '').toLowerCase();
}

/** Runs what checks the arguments of a call of the library; what it refuses is a mistake in ours. @throws UsageError */
export function checked<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw new UsageError((error as Error).message.replace(/^[a-z]+: /, ''));
  }
}
