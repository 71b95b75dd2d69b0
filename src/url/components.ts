/**
 * The five components of a URL or a relative reference (RFC 3986, section 3), and back.
 *
 * ```text
 *   foo://example.com:8042/over/there?name=ferret#nose
 *   \_/   \______________/\_________/ \_________/ \__/
 *  scheme     authority       path        query   fragment
 * ```
 *
 * Any string has components: nothing is refused, escaped or unescaped here. Marks are sought, not matched by a pattern
 * that could go back, so the time is in proportion to the length.
 */

export interface Components {
  readonly scheme: string | undefined;
  readonly authority: string | undefined;
  /** Maybe empty; after an authority it is empty or begins with a slash. */
  readonly path: string;
  readonly query: string | undefined;
  readonly fragment: string | undefined;
}

/** RFC 3986, section 3.1. A letter comes first, so `1a:b` is a path. */
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;

/** The components of a reference, as the pattern of RFC 3986, appendix B, has them. */
export function split(reference: string): Components {
  const colon = SCHEME.exec(reference)?.[0].length ?? 0;
  const scheme = colon === 0 ? undefined : reference.slice(0, colon - 1);

  const hash = reference.indexOf('#', colon);
  const fragment = hash < 0 ? undefined : reference.slice(hash + 1);
  const hierarchyAndQuery = reference.slice(colon, hash < 0 ? undefined : hash);

  const mark = hierarchyAndQuery.indexOf('?');
  const query = mark < 0 ? undefined : hierarchyAndQuery.slice(mark + 1);
  const hierarchy = mark < 0 ? hierarchyAndQuery : hierarchyAndQuery.slice(0, mark);

  // The query and the fragment are gone by now: a '/', '?' or '#' ends the authority, whichever comes first.
  if (!hierarchy.startsWith('//')) return { scheme, authority: undefined, path: hierarchy, query, fragment };
  const slash = hierarchy.indexOf('/', 2);
  const end = slash < 0 ? hierarchy.length : slash;
  return { scheme, authority: hierarchy.slice(2, end), path: hierarchy.slice(end), query, fragment };
}

/**
 * The reference with these components (RFC 3986, section 5.3). A path that would be taken for something else is kept
 * apart, so that `split` finds these components again: `split` itself never gives one.
 */
export function join({ scheme, authority, path, query, fragment }: Components): string {
  let reference = path;
  if (authority !== undefined) {
    // Section 3.3: after an authority the path is empty or begins with a slash, or it would go on with the host.
    reference = `//${authority}${path === '' || path.startsWith('/') ? '' : '/'}${path}`;
  } else if (path.startsWith('//')) {
    // Section 3.3: without an authority it does not begin with two, or its first segment would be a host.
    reference = `/.${path}`;
  } else if (scheme === undefined && SCHEME.test(path)) {
    // Section 4.2: the first segment of a relative reference would be a scheme.
    reference = `./${path}`;
  }
  if (scheme !== undefined) reference = `${scheme}:${reference}`;
  if (query !== undefined) reference += `?${query}`;
  if (fragment !== undefined) reference += `#${fragment}`;
  return reference;
}
