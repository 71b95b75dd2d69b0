/** Cookies: what a jar gives to a request and takes from its reply. The jar is the caller's, and knows RFC 6265. */
import { SET_COOKIE_LIMIT } from '../../../core/limits.ts';
import type { HeaderMap } from '../../../headers/map.ts';

/** What keeps cookies, such as the `CookieJar` of the package tough-cookie, with a store that answers at once. */
export interface CookieJar {
  /** The value of Cookie for a request to this URL. */
  getCookieStringSync(url: string): string;
  /** Takes a Set-Cookie of a reply from this URL, or leaves it. */
  setCookieSync(cookie: string, url: string, options: { readonly ignoreError: true }): unknown;
}

/**
 * The value of Cookie for a request to this URL, which has no user and no password; undefined if there are no cookies for
 * it. What a jar says is checked with all other headers, by `formatHeaders`.
 */
export function cookiesFor(jar: CookieJar, url: string): string | undefined {
  return jar.getCookieStringSync(url) || undefined;
}

/** Hands each Set-Cookie of a reply from this URL to the jar, the first {@link SET_COOKIE_LIMIT} of them. */
export function keepCookies(jar: CookieJar, url: string, reply: HeaderMap): void {
  for (const cookie of reply.getSetCookie().slice(0, SET_COOKIE_LIMIT)) {
    try {
      jar.setCookieSync(cookie, url, { ignoreError: true });
    } catch {
      // Without its list of public suffixes tough-cookie throws for a Domain that is none, in spite of ignoreError. A jar
      // that does not work at all has said so to `cookiesFor` before.
    }
  }
}
