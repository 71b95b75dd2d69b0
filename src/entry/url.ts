/**
 * URLs and relative references, taken apart, put together and resolved (RFC 3986, LuaSocket's `socket.url`).
 *
 * ```ts
 * import { absolute, parse } from 'moonsocket/url';
 *
 * parse('http://example.com:8080/a?b').port; // => '8080'
 * absolute('http://example.com/a/b', '../c'); // => 'http://example.com/c'
 * ```
 *
 * @module moonsocket/url
 */
/// <reference types="node" preserve="true" />

// The names of old globals, for those who import them; inside, they would only be confused.
export { escapeText as escape, unescapeBytes, unescapeText as unescape } from '../url/escape.ts';
export { build, fromURL, parse, toURL, type UrlParts } from '../url/parts.ts';
export { buildPath, parsePath, type UrlPath } from '../url/path.ts';
export { absolute, removeDots } from '../url/resolve.ts';
