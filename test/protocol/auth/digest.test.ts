/** Digest logins: the examples of the RFCs, an independent computation, and challenges that are not to be answered. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SocketError } from '../../../src/core/errors.ts';
import { formatHeaders } from '../../../src/headers/format.ts';
import { parseChallenges } from '../../../src/protocol/auth/challenges.ts';
import { type DigestAnswer, DigestLogin } from '../../../src/protocol/auth/digest.ts';
import { needs } from '../../peers/tools.ts';

const PLAIN = 'Digest realm="r", qop="auth", nonce="n"';

function login(credentials = 'user:secret', cnonce = 'c'): DigestLogin {
  return new DigestLogin(Buffer.from(credentials), () => cnonce);
}

/** The parameters of the answer to a first challenge. */
function answered(fields: string | readonly string[], credentials?: string, target = '/'): Map<string, string> {
  return paramsOf(login(credentials).answerTo([fields].flat(), undefined, 'GET', target));
}

function paramsOf(answer: DigestAnswer | undefined): Map<string, string> {
  assert.ok(answer !== undefined);
  const [sent, ...others] = parseChallenges([answer.value]);
  assert.ok(sent !== undefined && others.length === 0, answer.value);
  return new Map(sent.params);
}

describe('the examples', () => {
  const MUFASA = 'http-auth@example.org';
  const NONCE = '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v';
  const OPAQUE = 'FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS';
  const CNONCE = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ';
  const challenge = (algorithm: string): string =>
    `Digest realm="${MUFASA}", qop="auth, auth-int", algorithm=${algorithm}, nonce="${NONCE}", opaque="${OPAQUE}"`;
  const answer = (algorithm: string, response: string): string =>
    `Digest username="Mufasa", realm="${MUFASA}", uri="/dir/index.html", algorithm=${algorithm}, nonce="${NONCE}", ` +
    `nc=00000001, cnonce="${CNONCE}", qop=auth, response="${response}", opaque="${OPAQUE}"`;
  const MD5 = answer('MD5', '8ca523f5e9506fed4657c9700eebdbec');
  const SHA_256 = answer('SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1');

  const given = (credentials: string, cnonce: string, fields: string[], target: string): string | undefined =>
    login(credentials, cnonce).answerTo(fields, undefined, 'GET', target)?.value;

  it('of RFC 7616, section 3.9.1: MD5, SHA-256, and the stronger of both', () => {
    const of = (...fields: string[]): string | undefined =>
      given('Mufasa:Circle of Life', CNONCE, fields, '/dir/index.html');
    assert.equal(of(challenge('MD5')), MD5);
    assert.equal(of(challenge('SHA-256')), SHA_256);
    assert.equal(of(challenge('SHA-256'), challenge('MD5')), SHA_256);
    assert.equal(of(challenge('MD5'), challenge('SHA-256')), SHA_256);
    assert.equal(of(`${challenge('MD5')}, ${challenge('SHA-256')}`), SHA_256);
  });

  it('of RFC 7616, section 3.9.2, with the hashes that SHA-512/256 gives (erratum 4897)', () => {
    const ours = given(
      'J\u00e4s\u00f8n Doe:Secret, or not?',
      'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v',
      [
        'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, ' +
          'nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", ' +
          'opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true',
      ],
      '/doe.json',
    );
    assert.equal(
      ours,
      'Digest username="793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b", realm="api@example.org", uri="/doe.json", ' +
        'algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", nc=00000001, ' +
        'cnonce="NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v", qop=auth, response="3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5", ' +
        'opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", userhash=true',
    );
  });

  it('of RFC 2617, section 3.5', () => {
    const ours = given(
      'Mufasa:Circle Of Life',
      '0a4f113b',
      [
        'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", ' +
          'opaque="5ccc069c403ebaf9f0171e9517f40e41"',
      ],
      '/dir/index.html',
    );
    assert.equal(
      ours,
      'Digest username="Mufasa", realm="testrealm@host.com", uri="/dir/index.html", ' +
        'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", nc=00000001, cnonce="0a4f113b", qop=auth, ' +
        'response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
    );
  });

  it('of RFC 2069, section 2.4, with the response that its formula gives (erratum 749)', () => {
    const ours = given(
      'Mufasa:CircleOfLife',
      'unused',
      [
        'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", ' +
          'opaque="5ccc069c403ebaf9f0171e9517f40e41"',
      ],
      '/dir/index.html',
    );
    assert.equal(
      ours,
      'Digest username="Mufasa", realm="testrealm@host.com", uri="/dir/index.html", ' +
        'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", response="1949323746fe6a43ef61f9606e7febea", ' +
        'opaque="5ccc069c403ebaf9f0171e9517f40e41"',
    );
  });
});

describe('an answer', () => {
  const HASHES: Record<string, string> = { md5: 'md5', 'sha-256': 'sha256', 'sha-512-256': 'sha512-256' };
  const text = fc.stringMatching(/^[\x20-\x7e\x80-\xff]{0,20}$/);

  it('is what the formula gives for its own parameters', () => {
    const algorithm = fc.constantFrom(undefined, 'MD5', 'md5-SESS', 'SHA-256', 'SHA-256-sess', 'SHA-512-256-sess');
    const user = fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 0x3a)));
    const password = fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes));
    const inputs = fc.tuple(
      user,
      password,
      text,
      text,
      algorithm,
      fc.boolean(),
      fc.boolean(),
      fc.integer({ min: 1, max: 20 }),
    );
    fc.assert(
      fc.property(inputs, ([user, password, realm, nonce, algorithm, userhash, qop, uses]) => {
        const quoted = (value: string): string => `"${value.replace(/["\\]/g, '\\$&')}"`;
        const field = [
          `Digest realm=${quoted(realm)}, nonce=${quoted(nonce)}, userhash=${userhash}`,
          ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
          ...(qop || algorithm?.toLowerCase().endsWith('-sess') ? ['qop="auth"'] : []),
        ].join(', ');
        const ours = new DigestLogin(Buffer.concat([user, Buffer.from(':'), password]));
        let last = ours.answerTo([field], undefined, 'PUT', '/a?"b"');
        for (let use = 1; use < uses; use++) last = ours.answer('PUT', '/a?"b"');

        const raw = new Map<string, string>();
        for (const [, name = '', value = ''] of last!.value.matchAll(/([a-z]+)=("(?:[^"\\]|\\.)*"|[^,]+)/gs)) {
          assert.ok(!raw.has(name));
          raw.set(name, value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/gs, '$1') : value);
        }
        const latin1 = (bytes: Buffer): string => bytes.toString('latin1');
        const [base = '', session] = (algorithm ?? 'MD5').toLowerCase().split('-sess');
        const h = (...parts: string[]): string =>
          createHash(HASHES[base]!).update(parts.join(':'), 'latin1').digest('hex');
        let key = h(latin1(user), realm, latin1(password));
        if (session !== undefined) key = h(key, nonce, raw.get('cnonce')!);
        const middle = raw.has('qop') ? [uses.toString(16).padStart(8, '0'), raw.get('cnonce')!, 'auth'] : [];
        assert.equal(raw.get('response'), h(key, nonce, ...middle, h('PUT', '/a?"b"')));
        assert.equal(raw.get('username'), userhash ? h(latin1(user), realm) : latin1(user));
        assert.deepEqual([raw.get('realm'), raw.get('nonce'), raw.get('uri')], [realm, nonce, '/a?"b"']);
        assert.deepEqual([raw.get('algorithm'), raw.get('nc')], [algorithm, raw.has('qop') ? middle[0] : undefined]);
      }),
    );
  });

  it("is what Python's urllib gives", needs('python3'), () => {
    const simple = fc.stringMatching(/^[a-zA-Z0-9 ,;=@./+-]{1,20}$/);
    const cases = fc.sample(fc.tuple(simple, simple, simple, simple, fc.boolean()), { numRuns: 200, seed: 1 });
    const program = `
import json, sys, urllib.request
for user, password, realm, nonce, qop in json.load(sys.stdin):
    handler = urllib.request.HTTPDigestAuthHandler()
    handler.add_password(realm, 'http://h/', user, password)
    handler.get_cnonce = lambda nonce: 'c'
    challenge = {'realm': realm, 'nonce': nonce, 'algorithm': 'MD5'}
    if qop: challenge['qop'] = 'auth'
    print(handler.get_authorization(urllib.request.Request('http://h/a?b=c'), challenge))
`;
    const { stdout, stderr } = spawnSync('python3', ['-c', program], {
      input: JSON.stringify(cases),
      encoding: 'utf8',
    });
    const theirs = stdout.trimEnd().split('\n');
    assert.equal(theirs.length, cases.length, stderr);
    for (const [i, [user, password, realm, nonce, qop]] of cases.entries()) {
      const field = `Digest realm="${realm}", nonce="${nonce}", algorithm=MD5${qop ? ', qop="auth"' : ''}`;
      const [expected] = parseChallenges([`Digest ${theirs[i]}`]);
      assert.deepEqual(answered(field, `${user}:${password}`, '/a?b=c'), new Map(expected?.params));
    }
  });

  it('of a text in Unicode is in form NFC where the server says UTF-8, and as it was given elsewhere', () => {
    const decomposed = 'Ja\u0308so\u0308n:u\u0308';
    const composed = decomposed.normalize('NFC');
    const utf8 = `${PLAIN}, charset=utf-8`;
    assert.deepEqual(answered(utf8, decomposed), answered(utf8, composed));
    assert.notDeepEqual(answered(PLAIN, decomposed), answered(PLAIN, composed));
    assert.equal(answered(PLAIN, composed).get('username'), 'J\xc3\xa4s\xc3\xb6n');
    const noText = new DigestLogin(Buffer.from('J\xe4:p', 'latin1'), () => 'c');
    assert.equal(paramsOf(noText.answerTo([utf8], undefined, 'GET', '/')).get('username'), 'J\xe4');
  });

  it('quotes quotes and backslashes', () => {
    const answer = login(String.raw`a"b\c:p`).answerTo(['Digest realm="x\\"y\\\\", nonce=n'], undefined, 'GET', '/"');
    assert.match(
      answer!.value,
      /^Digest username="a\\"b\\\\c", realm="x\\"y\\\\", uri="\/\\"", nonce="n", response="\w{32}"$/,
    );
  });

  it('forges no line, whatever the user is called', () => {
    for (const user of ['a\r\nX: y', 'a\nb', 'a\0b']) {
      const value = login(`${user}:p`).answerTo([PLAIN], undefined, 'GET', '/')!.value;
      assert.throws(
        () => formatHeaders({ Authorization: value }),
        (error) => error instanceof SocketError && error.code === 'ERR_INVALID_ARGUMENT',
      );
    }
    const hashed = login('a\r\nX: y:p').answerTo([`${PLAIN}, userhash=true`], undefined, 'GET', '/')!.value;
    assert.equal(formatHeaders({ Authorization: hashed }).split('\r\n').length, 2);
  });

  it('has a nonce of ours that nobody guesses', () => {
    const values = Array.from({ length: 100 }, () =>
      paramsOf(new DigestLogin(Buffer.from('u:p')).answerTo([PLAIN], undefined, 'GET', '/')).get('cnonce'),
    );
    assert.equal(new Set(values).size, 100);
    for (const value of values) assert.match(value!, /^[0-9a-f]{32}$/);
  });

  it('is for a user without a password, too', () => {
    assert.deepEqual(answered(PLAIN, 'user'), answered(PLAIN, 'user:'));
    assert.notDeepEqual(answered(PLAIN, 'user:a:b'), answered(PLAIN, 'user:a'));
  });
});

describe('which challenge is answered', () => {
  const refused = [
    '',
    'Basic realm="r"',
    'Digest',
    'Digest realm="r"',
    'Digest nonce="n"',
    'Digest realm="r", nonce="n", qop="auth-int"',
    'Digest realm="r", nonce="n", qop=""',
    'Digest realm="r", nonce="n", qop="xauth"',
    'Digest realm="r", nonce="n", algorithm=MD4',
    'Digest realm="r", nonce="n", algorithm=SHA-1',
    'Digest realm="r", nonce="n", algorithm=constructor',
    'Digest realm="r", nonce="n", algorithm=MD5-sess',
    'Digest realm="r", nonce="n", nonce="m"',
    'Digest realm="r" nonce="n"',
    'Digest realm="r", nonce="n\x01"',
    'Digest realm="r", nonce="n',
    'Digestx realm="r", nonce="n"',
  ];
  for (const field of refused) {
    it(`not ${JSON.stringify(field)}`, () => {
      const ours = login();
      assert.equal(ours.answerTo([field], undefined, 'GET', '/'), undefined);
      assert.equal(ours.answer('GET', '/'), undefined);
    });
  }

  const of = (algorithm: string): string =>
    `Digest realm="r", qop="auth", nonce="n ${algorithm}", algorithm=${algorithm}`;
  const chosen: [fields: string[], algorithm: string][] = [
    [['Basic realm="r"', of('MD5')], 'MD5'],
    [[`Negotiate, ${of('MD5')}, Basic realm="r"`], 'MD5'],
    [[of('MD5'), of('MD5-sess')], 'MD5'],
    [[of('MD5-sess'), of('MD5')], 'MD5-sess'],
    [[of('SHA-256'), of('SHA-512-256'), of('MD5')], 'SHA-512-256'],
    [[of('SHA-512'), of('MD5')], 'MD5'],
    [[of('SHA-256').replace('"auth"', 'auth-int'), of('MD5').replace('"auth"', '"auth-int, AUTH"')], 'MD5'],
  ];
  for (const [fields, algorithm] of chosen) {
    it(`${algorithm} of ${fields.join(' | ')}`, () => {
      assert.equal(answered(fields).get('nonce'), `n ${algorithm}`);
    });
  }
});

describe('a login', () => {
  const stale = (nonce: string): string => `Digest realm="r", qop="auth", nonce="${nonce}", stale=TRUE`;
  const fresh = (nonce: string): string => `Digest realm="r", qop="auth", nonce="${nonce}"`;
  const nonceAndCount = (answer: DigestAnswer | undefined): string => {
    const params = paramsOf(answer);
    return `${params.get('nonce')} ${params.get('nc')}`;
  };

  it('answers before it is asked, once it knows a challenge, and counts', () => {
    const ours = login();
    assert.equal(ours.answer('GET', '/'), undefined);
    assert.equal(nonceAndCount(ours.answerTo([fresh('1')], undefined, 'GET', '/')), '1 00000001');
    assert.equal(nonceAndCount(ours.answer('GET', '/')), '1 00000002');
    for (let i = 3; i < 16; i++) ours.answer('GET', '/');
    assert.equal(nonceAndCount(ours.answer('GET', '/')), '1 00000010');
  });

  it('that is refused is not tried again, now or with the next request', () => {
    const ours = login();
    const first = ours.answerTo([fresh('1')], undefined, 'GET', '/');
    assert.equal(ours.answerTo([fresh('2')], first, 'GET', '/'), undefined);
    assert.equal(ours.answer('GET', '/'), undefined);
  });

  it('has another try where the nonce was stale, and no third one', () => {
    const ours = login();
    const first = ours.answerTo([stale('1')], undefined, 'GET', '/');
    const second = ours.answerTo([stale('2')], first, 'GET', '/');
    assert.equal(nonceAndCount(second), '2 00000001');
    assert.equal(ours.answerTo([stale('3')], second, 'GET', '/'), undefined);
    assert.equal(ours.answerTo([fresh('3')], second, 'GET', '/'), undefined);
  });

  it('that was tried unasked is tried as asked: the nonce is too old, or the realm is another', () => {
    for (const field of [stale('2'), fresh('2'), 'Digest realm="other", nonce="2", qop=auth']) {
      const ours = login();
      ours.answerTo([fresh('1')], undefined, 'GET', '/');
      const unasked = ours.answer('GET', '/');
      const asked = ours.answerTo([field], unasked, 'GET', '/');
      assert.equal(nonceAndCount(asked), '2 00000001');
      assert.equal(ours.answerTo([fresh('3')], asked, 'GET', '/'), undefined);
    }
  });

  it('ends with any server after three answers', () => {
    const field = fc
      .tuple(fc.boolean(), fc.integer({ min: 0, max: 2 }))
      .map(([old, n]) => (old ? stale : fresh)(`${n}`));
    fc.assert(
      fc.property(fc.array(field, { minLength: 5, maxLength: 5 }), ([first, ...fields]) => {
        const ours = login();
        ours.answerTo([first!], undefined, 'GET', '/');
        let answer = ours.answer('GET', '/');
        let answers = 0;
        for (; answer !== undefined; answers++) answer = ours.answerTo([fields[answers]!], answer, 'GET', '/');
        assert.ok(answers <= 3);
      }),
    );
  });

  it('of several requests at once takes no count twice, where the server gives both the same nonce', () => {
    const ours = login();
    const one = ours.answerTo([fresh('1')], undefined, 'GET', '/a');
    const other = ours.answerTo([fresh('1')], undefined, 'GET', '/b');
    assert.deepEqual([one, other].map(nonceAndCount), ['1 00000001', '1 00000002']);
    assert.equal(ours.answerTo([fresh('1')], other, 'GET', '/b'), undefined);
  });
});
