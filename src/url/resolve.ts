/** References resolved against a base (RFC 3986, section 5.2), and dot segments removed. */
import { badArgument } from '../core/errors.ts';
import { join, split } from './components.ts';
import { build, type UrlParts } from './parts.ts';

/**
 * The absolute URL that a reference means in a document at `base` (RFC 3986, section 5.2, strict; LuaSocket's
 * `url.absolute`).
 *
 * ```ts
 * import { absolute } from 'moonsocket/url';
 *
 * absolute('http://a/b/c/d;p?q', '../g'); // => 'http://a/b/g'
 * absolute('http://a/b/c/d;p?q', '?y'); // => 'http://a/b/c/d;p?y'
 * absolute('http://a/b/c/d;p?q', '//h'); // => 'http://h'
 * absolute('http://a', 'ftp://b/./c'); // => 'ftp://b/c'
 * ```
 *
 * @param base - an absolute URL, or its parts. Without a scheme the steps are the same, and the result has none.
 * @param reference - a URL, which counts by itself, or a relative reference; `''` is the base without its fragment.
 * @throws SocketError `ERR_INVALID_ARGUMENT` if `reference` is no string.
 */
export function absolute(base: string | UrlParts, reference: string): string {
  if (typeof reference !== 'string') throw badArgument(`absolute: a reference is a string, not ${typeof reference}`);
  // The pseudocode of section 5.2.2, from the inside out: what the reference lacks, the base has.
  const from = split(typeof base === 'string' ? base : build(base));
  const to = split(reference);
  if (to.scheme !== undefined) return join({ ...to, path: removeDots(to.path) });
  const { scheme } = from;
  if (to.authority !== undefined) return join({ ...to, scheme, path: removeDots(to.path) });
  const { authority } = from;
  if (to.path === '') return join({ ...from, query: to.query ?? from.query, fragment: to.fragment });
  if (to.path.startsWith('/')) return join({ ...to, scheme, authority, path: removeDots(to.path) });
  // Section 5.2.3: the reference takes the place of the base's last segment.
  const folder = authority !== undefined && from.path === '' ? '/' : from.path.slice(0, from.path.lastIndexOf('/') + 1);
  return join({ ...to, scheme, authority, path: removeDots(folder + to.path) });
}

/**
 * A path without its segments `.` and `..` (RFC 3986, section 5.2.4). The path alone: a query or a fragment may contain
 * slashes and dots that mean something else.
 *
 * ```ts
 * import { removeDots } from 'moonsocket/url';
 *
 * removeDots('/a/b/c/./../../g'); // => '/a/g'
 * removeDots('/../a//b/..'); // => '/a//'
 * ```
 */
export function removeDots(path: string): string {
  if (!path.startsWith('.') && !path.includes('/.')) return path;
  let at = 0;
  // Step A: a relative path has nothing that these could go up from.
  for (;;) {
    if (path.startsWith('../', at)) at += 3;
    else if (path.startsWith('./', at)) at += 2;
    else break;
  }
  // Step D
  const rest = path.slice(at);
  if (rest === '.' || rest === '..') return '';

  const kept: string[] = [];
  // Each segment with the slash before it; only the first may have none.
  for (let begin = 0; begin < rest.length; ) {
    const slash = rest.indexOf('/', begin + 1);
    const end = slash < 0 ? rest.length : slash;
    const segment = rest.slice(begin, end);
    if (segment === '/.' || segment === '/..') {
      // Steps B and C. At the end they leave a slash: what they name is a folder.
      if (segment === '/..') kept.pop();
      if (end === rest.length) kept.push('/');
    } else {
      kept.push(segment); // step E
    }
    begin = end;
  }
  return kept.join('');
}
