/** Each invariant of the design catches a violation, and leaves alone what only looks like one. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkInvariants } from '../../tools/invariants.ts';

/** The errors in these files as `path:line message`; each source gets the comment that a file begins with. */
function errors(files: Record<string, string>): string[] {
  const texts = new Map(
    Object.entries(files).map(([path, text]) => [path, path.endsWith('.ts') ? `/** Why. */\n${text}` : text]),
  );
  return checkInvariants(texts)
    .filter((finding) => finding.level === 'error')
    .map(({ path, line, message }) => `${path}:${line} ${message}`);
}

function assertOne(files: Record<string, string>, expected: RegExp): void {
  const found = errors(files);
  assert.equal(found.length, 1, found.join('\n'));
  assert.match(found[0]!, expected);
}

function assertNone(files: Record<string, string>): void {
  assert.deepEqual(errors(files), []);
}

describe('imports', () => {
  it('point down', () => {
    assertOne({ 'src/core/io.ts': "import { a } from '../sockets/a.ts';" }, /^src\/core\/io.ts:2 imports point down/);
    assertOne({ 'src/sockets/a.ts': "export type { b } from\n  '../protocol/connect/b.ts';" }, /imports point down/);
    assertOne({ 'src/async/a.ts': "type A = import('../entry/index.ts').A;" }, /imports point down/);
    assertNone({
      'src/entry/index.ts': "export { a } from '../async/a.ts';",
      'src/async/a.ts': "import type { b } from '../protocol/http/wire/b.ts';\nimport './c.ts';",
      'src/protocol/http/wire/b.ts': "import { c } from '../../../core/c.ts';",
    });
  });

  it('keep the engines apart', () => {
    assertOne({ 'src/async/a.ts': "import '../blocking/b.ts';" }, /src\/async may not import src\/blocking/);
    assertOne({ 'src/blocking/a.ts': "import '../lua/b.ts';" }, /src\/blocking may not import src\/lua/);
    assertOne({ 'src/posix/a.ts': "import '../blocking/b.ts';" }, /src\/posix may not import src\/blocking/);
    assertNone({ 'src/lua/a.ts': "import '../blocking/b.ts';\nimport '../posix/c.ts';" });
  });

  it("keep a protocol's rooms in their order", () => {
    const [call, connect, wire] = [
      'src/protocol/http/call/a.ts',
      'src/protocol/connect/a.ts',
      'src/protocol/http/wire/a.ts',
    ];
    assertNone({ [call]: "import '../../connect/a.ts';", [connect]: "import '../http/wire/a.ts';", [wire]: '' });
    assertOne({ [connect]: "import '../auth/a.ts';" }, /imports point down/);
    assertOne({ [wire]: "import '../call/a.ts';" }, /imports point down/);
  });

  it('leave pure modules pure', () => {
    assertOne({ 'src/mime/qp.ts': "import { ReceiveBuffer } from '../core/buffer.ts';" }, /imports point down/);
    assertNone({ 'src/mime/qp.ts': "import '../url/parts.ts';" });
    assertOne({ 'src/url/a.ts': "import '../mime/qp.ts';" }, /src\/url may not import src\/mime/);
  });

  it('are no calls of a method from', () => {
    assertNone({ 'src/core/io.ts': "const end = Buffer.from('end');" });
  });

  it('let pure modules have the errors and the limits, which import nothing else of core', () => {
    assertNone({ 'src/mime/qp.ts': "import '../core/errors.ts';", 'src/url/a.ts': "import '../core/limits.ts';" });
    assertOne({ 'src/core/errors.ts': "import './timeout.ts';" }, /ground may not import src\/core\/timeout.ts/);
  });

  it('stay within known folders and packages', () => {
    assertOne({ 'src/extra/a.ts': "import '../core/b.ts';" }, /src\/extra has no layer/);
    assertOne({ 'src/core/a.ts': "import '../../package.json';" }, /not in src/);
    assertOne({ 'src/async/a.ts': "import x from '@scope/pkg/sub';" }, /the package @scope\/pkg/);
  });

  it('form no cycle, type-only ones included', () => {
    assertOne(
      {
        'src/core/a.ts': "import './b.ts';",
        'src/core/b.ts': "import './c.ts';",
        'src/core/c.ts': "import type { A } from './a.ts';",
      },
      /import cycle: src\/core\/a.ts -> src\/core\/b.ts -> src\/core\/c.ts -> src\/core\/a.ts/,
    );
    assertNone({
      'src/core/a.ts': "import './b.ts'; import './c.ts';",
      'src/core/b.ts': "import './c.ts';",
      'src/core/c.ts': '',
    });
  });
});

describe('waiting', () => {
  it("goes by the timers that were taken once, in the await face's engine", () => {
    const use = 'const timer = setTimeout(f, 1);';
    assertOne({ 'src/async/a.ts': use }, /src\/async\/a.ts:2 `setTimeout` is imported from timers.ts/);
    assertOne(
      {
        'src/async/a.ts': `import { setTimeout } from './timers.ts';\n${use}\nclearTimeout(timer);`,
        'src/async/timers.ts': '',
      },
      /src\/async\/a.ts:4 `clearTimeout`/,
    );
    assertNone({
      'src/async/a.ts': `import { setTimeout } from './timers.ts';\n${use}`,
      'src/async/timers.ts': 'export const setTimeout = globalThis.setTimeout;',
      'src/cli/a.ts': use,
    });
  });

  it('is the business of the engines', () => {
    assertOne(
      { 'src/core/io.ts': "import type { Socket } from 'node:net';" },
      /only the engines and cli import node:net/,
    );
    for (const use of [
      'setTimeout(f, 1);',
      'globalThis.setImmediate(f);',
      'const t = Date.now();',
      'const t = performance.now();',
      'const e = process.env;',
      'const d = new Date();',
      'const p = new Promise(f);',
      'const p = Promise.resolve();',
      'async function f() {}',
      'const f = async () => 1;',
      'class A { async *lines() {} }',
      'await x;',
      'for await (const x of y) use(x);',
      'await using x = y;',
      'const e = process?.env;',
      "const e = process['env'];",
      'const text = `in a template: ${await x}`;',
    ]) {
      assertOne({ 'src/sockets/a.ts': use }, /^src\/sockets\/a.ts:2 only the engines and cli touch/);
    }
  });

  it('is not in words, types and comments', () => {
    assertNone({
      'src/core/a.ts': [
        "const text = 'await setTimeout(Promise.all) import x from \\'node:net\\''; // process.exit, Date.now()",
        'const re = /[/\'"`]await x/g; const half = a / b; /* async function */',
        'type P = Promise<void>; interface A { async: boolean; process(x: string): void }',
        'client.settimeout(1); const d = new Date(0); a.async(1); x.process.y; const s = `await ${a} async f()`;',
      ].join('\n'),
    });
  });

  it('is allowed where the design says so', () => {
    const body = 'async function f() { await new Promise((go) => setTimeout(go, 1)); }';
    assertNone({
      'src/blocking/a.ts': `import 'node:net';\n${body}`,
      'src/cli/a.ts': body,
      'src/core/timeout.ts': body,
    });
    assertNone({ 'src/core/flow.ts': body, 'src/sockets/web.ts': body });
  });
});

describe('flows', () => {
  it('yield only through settle', () => {
    assertOne(
      { 'src/protocol/a.ts': 'function* f(): Flow<void> {\n  yield io.recv();\n}' },
      /a.ts:3 a flow yields only/,
    );
    assertNone({
      'src/protocol/a.ts': 'function* f() { yield* settle(1); }',
      'src/core/flow.ts': 'function* settle(v) { return (yield v); }',
      'src/entry/ltn12.ts': 'function* chunks() { yield 1; }',
    });
  });
});

describe('texts', () => {
  it('have a first comment and at most 400 lines', () => {
    const bare = checkInvariants(new Map([['src/core/a.ts', 'export const a = 1;\n']]));
    assert.match(bare[0]!.message, /begins with a comment/);
    assert.deepEqual(checkInvariants(new Map([['src/cli/main.ts', '#!/usr/bin/env node\n// Why.\n']])), []);
    assertOne({ 'src/core/a.ts': '\n'.repeat(400).replaceAll('\n', ';\n') }, /401 lines/);
    const long = checkInvariants(new Map([['src/core/a.ts', `// Why.\n${';\n'.repeat(300)}`]]));
    assert.deepEqual(
      long.map(({ level, message }) => `${level} ${message}`),
      ['note 301 lines'],
    );
  });

  it('have no markers of work left', () => {
    // Spelled in pieces, since this file is checked too.
    for (const marker of [
      ['TO', 'DO'],
      ['FIX', 'ME'],
      ['X', 'XX'],
    ]) {
      assertOne({ 'test/a.test.ts': `// ${marker.join('')}: later` }, /test\/a.test.ts:2/);
    }
    assertNone({ 'test/a.test.ts': "mkdtemp('x-XXXXXX');" });
  });

  it('name no registry', () => {
    assertOne({ 'README.md': `https://${['registry', 'example', 'org'].join('.')}/x` }, /names a registry/);
    assertOne({ 'package-lock.json': '{\n  "resolved": "x"\n}' }, /^package-lock.json:2 a "resolved" entry/);
    assertNone({ 'src/core/a.ts': 'registry.register(socket);', 'package-lock.json': '{}' });
  });

  it('lock what they name', () => {
    const lock = (...paths: string[]): string =>
      JSON.stringify({
        packages: {
          a: { optionalDependencies: { '@x/b': '1' } },
          ...Object.fromEntries(paths.map((path) => [path, {}])),
        },
      });
    assertOne({ 'package-lock.json': lock() }, /@x\/b is named and not locked/);
    assertNone({ 'package-lock.json': lock('node_modules/c/node_modules/@x/b') });
  });

  it('declare no runtime dependency', () => {
    assertOne({ 'package.json': '{"dependencies": {}}' }, /no runtime dependency/);
    assertOne({ 'package.json': '{"peerDependencies": {"a": "1"}}' }, /the peer dependency a is not optional/);
    assertNone({
      'package.json':
        '{"devDependencies": {"a": "1"}, "peerDependencies": {"a": "1"}, "peerDependenciesMeta": {"a": {"optional": true}}}',
    });
  });
});
