/** URLs of FTP, as commands take them; nothing here connects. */
import { type FtpTarget, targetOf } from '../protocol/ftp/options.ts';
import { UsageError } from './errors.ts';
import type { Parsed } from './parse.ts';
import { tlsOf } from './tls.ts';
import { checked, schemeOf } from './url.ts';

/** A server that says nothing for this many seconds is gone. */
export const PATIENCE = 60;

export function isFtp(url: string): boolean {
  return /^ftps?$/.test(schemeOf(url));
}

/** What a URL names; nothing is asked yet. @throws UsageError */
export function ftpTarget(url: string, options: Parsed): FtpTarget {
  if (!isFtp(url)) throw new UsageError('the URL begins with ftp:// or ftps://');
  const tls = tlsOf(options);
  return checked(() => targetOf('ftp', { url, tls }));
}
