/**
 * What a server can do, as its reply to EHLO says (RFC 5321, section 4.1.1.1):
 *
 *     250-mail.example.com greets you
 *     250-SIZE 10240000
 *     250-AUTH PLAIN LOGIN            some write "AUTH=PLAIN", and some both
 *     250 PIPELINING
 */
import type { Reply } from '../tp/reply.ts';

/** What a server can do. */
export class Capabilities {
  /** Each extension with its parameters, in capitals: `'SIZE'` with `['10240000']`. */
  readonly extensions: ReadonlyMap<string, readonly string[]>;
  /** The mechanisms of AUTH. */
  readonly mechanisms: ReadonlySet<string>;

  constructor(reply?: Reply) {
    const extensions = new Map<string, readonly string[]>();
    const mechanisms = new Set<string>();
    for (const line of reply?.lines.slice(1) ?? []) {
      const [keyword = '', ...parameters] = line
        .toString('latin1')
        .toUpperCase()
        .replace(/^AUTH=/, 'AUTH ')
        .split(' ')
        .filter((word) => word !== '');
      if (keyword === 'AUTH') for (const mechanism of parameters) mechanisms.add(mechanism);
      extensions.set(keyword, parameters);
    }
    this.extensions = extensions;
    this.mechanisms = mechanisms;
  }

  /** Whether it has the extension. */
  has(extension: string): boolean {
    return this.extensions.has(extension);
  }

  /** The largest message, in bytes (RFC 1870); undefined where it names none. */
  get size(): number | undefined {
    const [text = ''] = this.extensions.get('SIZE') ?? [];
    return /^\d{1,15}$/.test(text) && Number(text) > 0 ? Number(text) : undefined;
  }
}
