/** The Digest logins of a session: an answered challenge is good for the next requests, too. */
import { LOGINS } from '../../core/limits.ts';
import type { Target } from '../connect/target.ts';
import { DigestLogin } from './digest.ts';

export class DigestCache {
  readonly #known = new Map<string, DigestLogin>();

  /** The login of the target's user at its server; undefined if it names none. */
  of({ origin, credentials }: Target): DigestLogin | undefined {
    if (credentials === undefined) return undefined;
    const key = `${origin} ${credentials.toString('base64')}`;
    const login = this.#known.get(key) ?? new DigestLogin(credentials);
    // The one that was used last comes last; the first one goes where there are too many.
    this.#known.delete(key);
    this.#known.set(key, login);
    const [oldest] = this.#known.keys();
    if (this.#known.size > LOGINS && oldest !== undefined) this.#known.delete(oldest);
    return login;
  }
}
