/** Cookies: a jar of the caller's, which knows RFC 6265, gives them to requests and takes them from replies. */
import { SET_COOKIE_LIMIT } from '../../../core/limits.ts';
import type { HeaderMap } from '../../../headers/map.ts';

/** Keeps cookies: the `CookieJar` of the package tough-cookie, for one, with a store that answers at once. */
export interface CookieJar {
  /** The value of Cookie for a request to this URL. */
  getCookieStringSync(url: string): string;
  /** Takes a Set-Cookie of a reply from this URL, or leaves it. */
  setCookieSync(cookie: string, url: string, options: { readonly ignoreError: true }): unknown;
}

/**
 * The value of Cookie for a request to this URL, which has no user and no password; undefined if there are no cookies for
 * it. The jar's text is checked with all other headers, by `formatHeaders`.
 */
export function cookiesFor(jar: CookieJar, url: string): string | undefined {
  return jar.getCookieStringSync(url) || undefined;
}

/** What no cookie has: with a jar that keeps it every later request to the server would be refused. */
const CONTROL = /[\0-\x08\n-\x1f\x7f]/;

/**
 * Hands the Set-Cookie fields of a reply from this URL to the jar, the first {@link SET_COOKIE_LIMIT} of them, but for
 * those with control characters (RFC 6265bis, section 5.6, step 1).
 */
export function keepCookies(jar: CookieJar, url: string, reply: HeaderMap): void {
  for (const cookie of reply.getSetCookie().slice(0, SET_COOKIE_LIMIT)) {
    if (CONTROL.test(cookie)) continue;
    try {
      jar.setCookieSync(cookie, url, { ignoreError: true });
    } catch {
      // Without its list of public suffixes tough-cookie throws for a Domain that is none, in spite of ignoreError. A jar
      // that does not work at all has said so to `cookiesFor` before.
    }
  }
}
