/** A download over HTTP. */
import { request } from '../async/http.ts';
import { proxiesOf } from '../protocol/connect/proxy-env.ts';
import { escapeText } from '../url/escape.ts';
import type { Download } from './download.ts';
import type { Logins } from './login.ts';
import type { Parsed } from './parse.ts';
import { answerOf, unlessModified } from './resume.ts';
import { tlsOf } from './tls.ts';
import { transcript } from './transcript.ts';

/** A download takes as long as it takes, but a server that says nothing for `patience` seconds is gone. */
export async function getHttp(
  url: string,
  download: Download,
  options: Parsed,
  logins: Logins,
  patience: number,
): Promise<void> {
  const { destination } = download;
  const login = await logins.for(url);
  const tls = tlsOf(options);
  await download.during(() =>
    request({
      url,
      ...(login && { user: escapeText(login.user), password: escapeText(login.password) }),
      headers: unlessModified(destination.size, destination.modified),
      range: destination.size === 0 ? undefined : { first: destination.size },
      ...(typeof tls === 'object' && { tls: { ca: tls.ca } }),
      proxy: proxiesOf(process.env),
      timeouts: { connect: patience, headers: patience, idle: patience, total: null },
      log: options.has('verbose') ? transcript : undefined,
      final: (head) => download.begin(answerOf(head, destination.size)),
      sink: (chunk, error) => download.take(chunk, error),
    }),
  );
}
