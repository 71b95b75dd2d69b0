/** Header lines as they are sent: nothing that a value contains becomes a line of its own. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { canonic, formatHeaders, HeaderMap } from '../../src/entry/headers.ts';
import { needs } from '../peers/tools.ts';

describe('formatting', () => {
  it('writes a line for each, as it stands', () => {
    const map = new HeaderMap([
      ['x-B', '2'],
      ['Empty', ''],
      ['x-b', 'caf\xe9\tx'],
    ]);
    assert.equal(formatHeaders(map), 'x-B: 2\r\nEmpty: \r\nx-b: caf\xe9\tx\r\n');
    assert.equal(formatHeaders({ a: ['b', 'c'] }), 'a: b\r\na: c\r\n');
    assert.equal(formatHeaders(new Headers({ A: 'b' })), 'a: b\r\n');
    assert.equal(formatHeaders({}), '');
  });

  it('refuses names that are no token', () => {
    for (const name of ['', 'a b', 'a:', ' a', 'a ', 'a\r\nb', 'a\n', 'é', 'a\0', '(a)', 'a/b', 'a\u{1f600}']) {
      assert.throws(() => formatHeaders([[name, 'x']]), { code: 'ERR_INVALID_ARGUMENT', message: /no name/ }, name);
    }
  });

  it('refuses values that would end the line, or steer a terminal, before and behind anything', () => {
    for (const value of [
      '\r',
      '\n',
      '\0',
      '\x01',
      'a\bb',
      '\x0b',
      '\x1b[2J',
      'a\x7f',
      'a\r\nb: c',
      'a\nb: c',
      'a\rb',
      '\r\n\r\n',
      'a\n',
    ]) {
      const refusal = {
        code: 'ERR_INVALID_ARGUMENT',
        message: 'formatHeaders: the value of A has a control character',
      };
      assert.throws(
        () =>
          formatHeaders([
            ['B', 'fine'],
            ['A', value],
          ]),
        refusal,
      );
    }
  });

  it('refuses characters that would be cut to a byte', () => {
    // As latin1, these are CR and LF.
    for (const value of ['\u010d\u010ab: c', '€', '\ud800']) {
      assert.throws(() => formatHeaders([['A', value]]), { code: 'ERR_INVALID_ARGUMENT', message: /above U\+00FF/ });
    }
  });

  it('tells nobody the value', () => {
    assert.throws(
      () => formatHeaders({ Authorization: 'Basic secret\n' }),
      (error: Error) => !error.message.includes('secret'),
    );
  });
});

describe('names', () => {
  // As the registries of IANA and the documents that they cite write them.
  const NAMES =
    `A-IM Accept Accept-CH Access-Control-Allow-Origin ALPN Alt-Svc Age Authentication-Results ARC-Seal Bcc Cache-Control
    CDN-Loop CalDAV-Timezones Clear-Site-Data Content-Disposition Content-ID Content-MD5 Content-Security-Policy Content-Type Cookie
    DASL Date DAV DKIM-Signature DNT DPoP DPoP-Nonce DSN-Gateway Early-Data ETag Expect-CT Forwarded From Host HTTP2-Settings If-Match IM
    In-Reply-To Keep-Alive Last-Event-ID Last-Modified List-Unsubscribe-Post Location Max-Forwards Message-ID MIME-Version NEL
    NNTP-Posting-Host OData-EntityId OData-MaxVersion OData-Version Origin P3P Permissions-Policy Prefer Proxy-Authenticate Public-Key-Pins
    Received-SPF Referer Referrer-Policy Repeatability-Client-ID Reply-To Retry-After Return-Path Schedule-Tag Sec-CH-UA Sec-GPC
    Sec-WebSocket-Accept Sec-WebSocket-Key Server-Timing Set-Cookie SLUG SOAPAction SourceMap Status-URI Strict-Transport-Security TCN TE
    TLS-Report-Domain Trailer Transfer-Encoding TTL Upgrade-Insecure-Requests User-Agent Vary VBR-Info Via Want-Repr-Digest Warning
    WWW-Authenticate X-Content-Type-Options X-DNS-Prefetch-Control X-Forwarded-For X-Frame-Options X-Mailer X-Request-ID X-XSS-Protection
    X400-MTS-Identifier`.split(/\s+/);
  it('are written as registered, whatever was given', () => {
    for (const name of NAMES) {
      for (const given of [name, name.toLowerCase(), name.toUpperCase()]) assert.equal(canonic(given), name);
    }
  });

  it('of any kind are names', () => {
    for (const [given, name] of [
      ['', ''],
      ['-', '-'],
      ['x--y-', 'X--Y-'],
      ['__proto__', '__proto__'],
      ['constructor', 'Constructor'],
      ['a1b', 'A1b'],
    ] as const) {
      assert.equal(canonic(given), name);
    }
  });

  it('are those that LuaSocket writes, all that it knows', needs('lua5.4', 'luasocket'), () => {
    const program = "for k, v in pairs(require 'socket.headers'.canonic) do print(k .. ' ' .. v) end";
    const lua = spawnSync('lua5.4', ['-e', "require 'socket'", '-e', program], { encoding: 'utf8', timeout: 30_000 });
    assert.equal(lua.stderr, '');
    const known = lua.stdout.trimEnd().split('\n');
    assert.ok(known.length > 80, `${known.length} names`);
    for (const line of known) {
      const [given = '', name = ''] = line.split(' ');
      assert.equal(canonic(given), name);
    }
  });
});
