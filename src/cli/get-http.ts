/** A download over HTTP. */
import { request } from '../async/http.ts';
import { proxiesOf } from '../protocol/connect/proxy-env.ts';
import type { ReplyHead } from '../protocol/http/wire/head.ts';
import { escapeText } from '../url/escape.ts';
import type { Download } from './download.ts';
import type { Getting } from './get-arguments.ts';
import { answerOf, unlessModified } from './resume.ts';
import { printable, say } from './say.ts';
import { tlsOf } from './tls.ts';
import { transcript } from './transcript.ts';

export async function getHttp(url: string, download: Download, how: Getting): Promise<void> {
  const { options, http, logins, patience } = how;
  const { destination } = download;
  const { method, headers, body } = http;
  const login = await logins.for(url);
  const tls = tlsOf(options);
  const named = new Set(headers.map(([name]) => name.toLowerCase()));
  const usual = Object.entries(unlessModified(destination.size, destination.modified));
  const head = new Heading(options.has('include') || method === 'HEAD');
  const transfer = request({
    ...{ url, method, source: body },
    ...(login && { user: escapeText(login.user), password: escapeText(login.password) }),
    headers: [...usual.filter(([name]) => !named.has(name.toLowerCase())), ...headers],
    range: destination.size === 0 ? undefined : { first: destination.size },
    ...(typeof tls === 'object' && { tls: { ca: tls.ca } }),
    proxy: proxiesOf(process.env),
    timeouts: { connect: patience, headers: patience, idle: patience, total: null },
    log: options.has('verbose') ? transcript : undefined,
    final(reply) {
      head.take(reply);
      download.begin(answerOf(reply, destination.size));
    },
    async sink(chunk, error) {
      await head.shown();
      return await download.take(chunk, error);
    },
  });
  await download.during(() => transfer.finally(() => head.shown()));
}

/** `-i`: the head of the reply on the standard output, before its body and whatever becomes of that. */
class Heading {
  readonly #wanted: boolean;
  #text = '';

  constructor(wanted: boolean) {
    this.#wanted = wanted;
  }

  take({ status, headers }: ReplyHead): void {
    const lines = [status, ...[...headers].map(([name, value]) => `${name}: ${value}`), ''];
    if (this.#wanted) this.#text = lines.map((line) => `${printable(line)}\n`).join('');
  }

  async shown(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    if (text !== '') await say(text);
  }
}
