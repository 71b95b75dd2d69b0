/** Paths as lists of segments. */
import { escaper, unescapeText } from './escape.ts';

/** The segments of a path, unescaped, and whether slashes stand before and behind them. */
export interface UrlPath {
  /** In order, unescaped; an empty one is `''`. */
  segments: string[];
  /** It begins with a slash. */
  isAbsolute?: boolean | undefined;
  /** It ends with a slash. */
  isDirectory?: boolean | undefined;
}

/** What RFC 3986, section 3.3, allows in a segment, without `;`: behind that, `parse` would find params. */
const protect: (segment: string) => string = escaper("\\w.!~*'():@&=+$,-", '0123456789ABCDEF');

/**
 * The segments of a path, each unescaped as UTF-8 (LuaSocket's `url.parse_path`). Empty segments are dropped.
 *
 * ```ts
 * import { parsePath } from 'moonsocket/url';
 *
 * parsePath('/pub//a%2Fb/'); // => { segments: ['pub', 'a/b'], isAbsolute: true, isDirectory: true }
 * ```
 *
 * For segments that are not UTF-8, `path.split('/').map(unescapeBytes)` has the bytes.
 */
export function parsePath(path: string): {
  /** In order, unescaped. */
  segments: string[];
  /** It begins with a slash. */
  isAbsolute: boolean;
  /** It ends with a slash. */
  isDirectory: boolean;
} {
  return {
    segments: path
      .split('/')
      .filter((segment) => segment !== '')
      .map(unescapeText),
    isAbsolute: path.startsWith('/'),
    isDirectory: path.endsWith('/'),
  };
}

/**
 * The path with these segments (LuaSocket's `url.build_path`). What could end a segment or a path is escaped, with
 * upper-case digits; `unsafe` leaves the segments as they are, for those that are escaped already.
 *
 * ```ts
 * import { buildPath } from 'moonsocket/url';
 *
 * buildPath({ segments: ['pub', 'a/b', 'wow?'], isAbsolute: true }); // => '/pub/a%2Fb/wow%3F'
 * buildPath({ segments: ['a%2Fb'], isDirectory: true }, true); // => 'a%2Fb/'
 * ```
 */
export function buildPath(path: UrlPath, unsafe = false): string {
  const { segments, isAbsolute = false, isDirectory = false } = path;
  const relative = (unsafe ? segments : segments.map(protect)).join('/');
  // Without segments there is one slash at most: `/`.
  return `${isAbsolute ? '/' : ''}${relative}${isDirectory && segments.length > 0 ? '/' : ''}`;
}
