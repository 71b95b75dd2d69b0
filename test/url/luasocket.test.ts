/**
 * LuaSocket itself, call by call: the same results, but where RFC 3986 says otherwise. The table below is the whole
 * list of the differences, and each of them happens.
 */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import * as url from '../../src/entry/url.ts';
import { needs } from '../peers/tools.ts';
import { askLuaSocket, type LuaCall, type LuaValue } from './oracle.ts';

interface Difference {
  readonly why: string;
  readonly example: LuaCall;
  readonly theirs: LuaValue;
  readonly ours: LuaValue;
  /** Whether a call may differ for this reason. */
  readonly concerns: (call: LuaCall) => boolean;
}

const text = (value: LuaValue): string => (typeof value === 'string' ? value : '');
const parts = (value: LuaValue): url.UrlParts => (typeof value === 'object' ? value : url.parse(text(value)));
const calls =
  (name: string, concerns: (...args: LuaValue[]) => boolean): Difference['concerns'] =>
  ([called, ...args]) =>
    called === name && concerns(...args);

/** A segment of dots that LuaSocket's patterns could find, anywhere. */
const hasDots = (value: LuaValue): boolean => /(^|[/:])\.\.?(?![^/?#;])/.test(text(value));
const authorityOf = (value: LuaValue): string => /^(?:\w[\w+.-]*:)?\/\/([^/]*)/.exec(text(value))?.[1] ?? '';

const DIFFERENCES: readonly Difference[] = [
  {
    why: 'an empty string is a reference too, to the document itself (section 4.4), and has no parts',
    example: ['parse', ''],
    theirs: undefined,
    ours: {},
    concerns: calls('parse', (given) => given === ''),
  },
  {
    why: 'a scheme begins with a letter (section 3.1)',
    example: ['parse', '1a:b'],
    theirs: { scheme: '1a', path: 'b' },
    ours: { path: '1a:b' },
    concerns: (call) => call.some((given) => /^\d\w*:/.test(text(given))),
  },
  {
    why: 'a query or a fragment ends the authority as well as a slash (section 3.2): a host that is checked is the host that is meant',
    example: ['parse', '//a?b@c/d'],
    theirs: { authority: 'a?b@c', userinfo: 'a?b', user: 'a?b', host: 'c', path: '/d' },
    ours: { authority: 'a', host: 'a', query: 'b@c/d' },
    concerns: calls('parse', (given) => /[?#]/.test(authorityOf(given))),
  },
  {
    why: 'a password may have colons, a user has none (section 3.2.1; RFC 7617, section 2)',
    example: ['parse', '//u:p:w@h'],
    theirs: { authority: 'u:p:w@h', userinfo: 'u:p:w', user: 'u:p', password: 'w', host: 'h' },
    ours: { authority: 'u:p:w@h', userinfo: 'u:p:w', user: 'u', password: 'p:w', host: 'h' },
    concerns: calls('parse', (given) => /:.*:.*@/.test(authorityOf(given))),
  },
  {
    why: 'a host has no @ (section 3.2.2): the last one ends the userinfo, as for browsers',
    example: ['parse', '//u@v@h'],
    theirs: { authority: 'u@v@h', userinfo: 'u', user: 'u', host: 'v@h' },
    ours: { authority: 'u@v@h', userinfo: 'u@v', user: 'u@v', host: 'h' },
    concerns: calls('parse', (given) => /@.*@/.test(authorityOf(given))),
  },
  {
    why: 'brackets that build could not put back stay: those around a literal have a colon in them',
    example: ['parse', '//[a]'],
    theirs: { authority: '[a]', host: 'a' },
    ours: { authority: '[a]', host: '[a]' },
    concerns: calls('parse', (given) => /\[[^:]+\]/.test(authorityOf(given))),
  },
  {
    why: 'after a host a path begins with a slash (section 3.3), or it would go on with the host',
    example: ['build', { host: 'h', path: 'p' }],
    theirs: '//hp',
    ours: '//h/p',
    concerns: calls('build', (given) =>
      /^[^/]/.test(`${parts(given).path ?? ''}${parts(given).params === undefined ? '' : ';'}`),
    ),
  },
  {
    why: 'without a host a path does not begin with two slashes (section 3.3), or its first segment would be a host',
    example: ['build', { path: '//p' }],
    theirs: '//p',
    ours: '/.//p',
    concerns: calls('build', (given) => /^\/\//.test(parts(given).path ?? '')),
  },
  {
    why: 'the first segment of a relative reference has no colon (section 4.2), or it would be a scheme',
    example: ['build', { path: 'a:b' }],
    theirs: 'a:b',
    ours: './a:b',
    concerns: calls('build', (given) => /^[a-z]\w*:/i.test(parts(given).path ?? '')),
  },
  {
    why: 'brackets are not doubled',
    example: ['build', { host: '[::1]' }],
    theirs: '//[[::1]]',
    ours: '//[::1]',
    concerns: calls('build', (given) => /^\[.*:.*\]$/.test(parts(given).host ?? '')),
  },
  {
    why: 'an authority that was not changed comes back as it was',
    example: ['build', { authority: 'a:b:1', host: 'a:b', port: '1' }],
    theirs: '//[a:b]:1',
    ours: '//a:b:1',
    concerns: calls('build', (given) => /:.*:/.test(parts(given).authority ?? '')),
  },
  {
    why: 'params are a part of the last segment (section 5.2.3), and dots are removed together with them',
    example: ['absolute', 'http://a/b/c;p/d', 'e'],
    theirs: 'http://a/b/e',
    ours: 'http://a/b/c;p/e',
    concerns: calls('absolute', (base, reference) => `${text(base)}${text(reference)}`.includes(';')),
  },
  {
    why: 'dots are removed from the path alone (section 5.2.4), not from queries and fragments',
    example: ['absolute', 'http://a/b', 'c?d/../e'],
    theirs: 'http://a/e',
    ours: 'http://a/c?d/../e',
    concerns: calls('absolute', (base, reference) => /[?#].*\/\./.test(`${text(base)} ${text(reference)}`)),
  },
  {
    why: 'a scheme or a host is no segment that dots could remove (section 5.2.2)',
    example: ['absolute', 'http://a/b', 'http://c/../d'],
    theirs: 'http://d',
    ours: 'http://c/d',
    concerns: calls('absolute', (_, reference) => /^\w[\w+.-]*:|^\/\//.test(text(reference)) && hasDots(reference)),
  },
  {
    why: 'a fragment belongs to the reference, which has none here (section 5.2.2)',
    example: ['absolute', 'http://a/b#c', ''],
    theirs: 'http://a/b#c',
    ours: 'http://a/b',
    concerns: calls('absolute', (given, reference) => text(given).includes('#') && reference === ''),
  },
  {
    why: 'a base without slashes gives none (section 5.2.3)',
    example: ['absolute', 'urn:a', 'b'],
    theirs: 'urn:/b',
    ours: 'urn:b',
    concerns: calls('absolute', (given) => !text(given).includes('/')),
  },
  {
    why: 'a base of parts has its host, whether or not it has an authority too',
    example: ['absolute', { scheme: 'http', host: 'a', path: '/b' }, 'c'],
    theirs: 'http:/c',
    ours: 'http://a/c',
    concerns: calls('absolute', (given) => typeof given === 'object'),
  },
  {
    why: 'a segment is text: what is no UTF-8 becomes U+FFFD, and unescapeBytes has the bytes',
    example: ['parse_path', 'a/%e9'],
    theirs: { 1: 'a', 2: '\xe9' },
    ours: { 1: 'a', 2: '\ufffd' },
    concerns: calls('parse_path', (given) => /%[89a-f][0-9a-f]/i.test(text(given))),
  },
];

const TOOLS = ['lua5.4', 'luasocket'] as const;

/** What we give, in the shape of what Lua gives. */
function ours([name, ...args]: LuaCall): LuaValue {
  const [first, second] = args;
  const bytes = Buffer.from(text(first), 'latin1');
  switch (name) {
    case 'parse':
      return url.parse(text(first), second as url.UrlParts | undefined) as LuaValue;
    case 'build':
      return url.build(first as url.UrlParts);
    case 'absolute':
      return url.absolute(first as string | url.UrlParts, text(second));
    case 'escape':
      return url.escape(bytes);
    case 'unescape':
      return url.unescapeBytes(text(first)).toString('latin1');
    case 'parse_path': {
      const { segments, isAbsolute, isDirectory } = url.parsePath(text(first));
      const flags = { ...(isAbsolute && { is_absolute: '1' }), ...(isDirectory && { is_directory: '1' }) };
      return { ...Object.fromEntries(segments.map((segment, i) => [i + 1, segment])), ...flags };
    }
    default: {
      const { is_absolute, is_directory, ...segments } = first as Record<string, string>;
      const flags = { isAbsolute: is_absolute !== undefined, isDirectory: is_directory !== undefined };
      return url.buildPath({ segments: Object.values(segments), ...flags }, second !== undefined);
    }
  }
}

const SEED = 1;
const RUNS = 1000;
const ascii = fc.string({ unit: fc.constantFrom(...'aZ_09./:;?#@[]%-+~ \n'), maxLength: 20 });
const optional = fc.option(ascii, { nil: undefined });
const some = <T extends Record<string, fc.Arbitrary<string | undefined>>>(model: T): fc.Arbitrary<LuaValue> =>
  fc
    .record(model)
    .map((fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as LuaValue);
const word = fc.constantFrom('a', 'b', 'c.d', 'e-f', '');
const path = fc
  .array(fc.oneof(word, fc.constantFrom('.', '..', '...')), { maxLength: 6 })
  .map((segments) => segments.join('/'));
const tail = fc.constantFrom('', '', '', '', '?q', '#f', ';p', '?q/../r', '?#');
const likely = fc
  .tuple(fc.constantFrom('', 'http:', 's+1:', '1:'), fc.constantFrom('', '//', '//u:p@h', '//[::1]:8', '//h:', '//u@h'))
  .chain(([scheme, authority]) =>
    fc.tuple(path, tail).map(([name, end]) => `${scheme}${authority}${authority && name ? '/' : ''}${name}${end}`),
  );
const base = fc
  .tuple(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 4 }), fc.constantFrom('', '/', ';p', '?q', '#f'))
  .map(([segments, end]) => `http://h/${segments.join('/')}${end}`);
const segments = fc
  .array(fc.string({ unit: fc.constantFrom(...'aZ_%/;?.~ \n'), minLength: 1, maxLength: 6 }), { maxLength: 4 })
  .map((all) => Object.fromEntries(all.map((segment, i) => [i + 1, segment])));
const flag = fc.constantFrom(undefined, '1');
const parameters = {
  host: fc.constantFrom('h', '::1', 'h', '[::1]', undefined),
  port: fc.constantFrom('80', '', undefined),
  user: fc.constantFrom('u', undefined),
  password: fc.constantFrom('p', undefined),
};

const INPUTS: readonly [name: string, args: fc.Arbitrary<LuaValue[]>][] = [
  ['parse', fc.oneof(ascii, likely).map((given) => [given])],
  ['parse', fc.tuple(likely, some({ scheme: optional, path: optional, ...parameters }))],
  [
    'build',
    fc.tuple(
      some({
        authority: fc.constantFrom('a:1', undefined),
        userinfo: optional,
        ...parameters,
        path: fc.oneof({ weight: 5, arbitrary: path.map((name) => `/${name}`) }, path, fc.constant(undefined)),
        params: fc.constantFrom(undefined, undefined, 'p', ''),
        query: optional,
        fragment: optional,
        scheme: fc.constantFrom('s', undefined),
      }),
    ),
  ],
  ['build', likely.map((given) => [url.parse(given) as LuaValue])],
  ['absolute', fc.tuple(base, fc.oneof(path, likely))],
  [
    'escape',
    fc
      .oneof(
        ascii,
        fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('latin1')),
      )
      .map((given) => [given]),
  ],
  [
    'unescape',
    fc.string({ unit: fc.constantFrom(...'%%%%0123abcdefABCDEFxyz+'), maxLength: 40 }).map((given) => [given]),
  ],
  ['parse_path', fc.oneof(ascii, path).map((given) => [given])],
  [
    'build_path',
    fc.tuple(
      fc
        .tuple(segments, some({ is_absolute: flag, is_directory: flag }))
        .map(([list, flags]) => ({ ...list, ...(flags as object) })),
      flag,
    ),
  ],
];

describe('against LuaSocket', needs(...TOOLS), () => {
  for (const [name, args] of INPUTS) {
    it(`${RUNS} random calls of ${name} give the same, or the table says why not`, () => {
      const sample: LuaCall[] = fc.sample(args, { seed: SEED, numRuns: RUNS }).map((given) => [name, ...given]);
      const theirs = askLuaSocket(sample);
      let different = 0;
      sample.forEach((call, i) => {
        const mine = ours(call);
        try {
          assert.deepEqual(mine, theirs[i]);
        } catch (error) {
          if (!DIFFERENCES.some(({ concerns }) => concerns(call)))
            throw new Error(JSON.stringify(call), { cause: error });
          different += 1;
        }
      });
      assert.ok(different < RUNS / 2, `${different} of ${RUNS} differ`);
    });
  }

  for (const { why, example, theirs, ours: mine, concerns } of DIFFERENCES) {
    it(`differs: ${why}`, () => {
      assert.deepEqual(askLuaSocket([example]), [theirs]);
      assert.deepEqual(ours(example), mine);
      assert.ok(concerns(example));
    });
  }
});
