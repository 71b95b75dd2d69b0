/** A flow that is called and forgotten is found by its type; a flow that goes on, and whatever only has its name, is left alone. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import ts from 'typescript5';
import { droppedFlows } from '../../tools/flow-rules.ts';

const FLOW = `
export type Flow<T> = Generator<PromiseLike<unknown>, T, unknown>;
export declare function settle<T>(value: T): Flow<T>;
export declare function run<T>(flow: Flow<T>): T;
export function* greet(n: number): Flow<void> { yield* settle(n); }
export interface Io { drain?(options?: { a: 1 }): Flow<void>; }
export class Stream<F> {
  face!: F;
  *receive<T>(n: T): Flow<T> { return yield* settle(n); }
  *#pump(): Flow<void> {}
  static *all(): Flow<void> {}
  *use(stream: Stream<F>, io: Io, maybe: Flow<void> | undefined): Flow<void> { /* here */ }
  same(n: number): string { return String(n); }
}
export declare function each(list: number[], go: (n: number) => void): void;
export declare function map<T>(list: number[], go: (n: number) => T): T[];
export declare function close(): void;
`;

const OTHER = `
import { type Flow } from './flow.ts';
export function* close(): Flow<void> {}
export function greet(n: number): void {}
`;

/** For each statement in a flow, whether it is found. TypeScript's library is read once for all. */
function found(statements: readonly string[]): string[] {
  const files = new Map([['/other.ts', OTHER]]);
  for (const [at, statement] of statements.entries()) files.set(`/${at}.ts`, FLOW.replace('/* here */', statement));
  const host = ts.createCompilerHost({});
  const { readFile, fileExists, getSourceFile } = host;
  files.set('/flow.ts', FLOW);
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.getSourceFile = (path, ...rest) => {
    const text = files.get(path);
    return text === undefined
      ? getSourceFile(path, ...rest)
      : ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  };
  const options = { target: ts.ScriptTarget.ES2022, lib: ['lib.es2022.d.ts'], types: [], strict: true, noEmit: true };
  const program = ts.createProgram([...files.keys()], { ...options, allowImportingTsExtensions: true }, host);
  const errors = statements.flatMap((_, at) => program.getSyntacticDiagnostics(program.getSourceFile(`/${at}.ts`)));
  assert.deepEqual(
    errors.map(({ messageText }) => messageText),
    [],
  );
  return statements.filter((_, at) => {
    const problems = droppedFlows(`${at}.ts`, program.getSourceFile(`/${at}.ts`)!, program.getTypeChecker());
    assert.ok(problems.length < 2, `${statements[at]} is told twice`);
    return problems.length === 1;
  });
}

it('finds every flow that is called and forgotten', () => {
  const forgotten = [
    'greet(1);',
    'if (io) greet(1);',
    'void greet(1);',
    'io && greet(1);',
    'io ? close() : greet(1);',
    'maybe ?? greet(1);',
    'greet(1), close();',
    '(greet(1));',
    'stream.receive(1);',
    'stream.receive<number>(1)!;',
    'io.drain?.({\n a: 1 });',
    'this.#pump();',
    'Stream.all();',
    'settle(1);',
    'for (greet(1); ; ) break;',
    'for (;; greet(1)) break;',
    'each([1], (n) => greet(n));',
    'each([1], (n) => void greet(n));',
    '(async () => { await greet(1); })();',
    'const other = () => { stream.receive(1); }; other();',
  ];
  assert.deepEqual(found(forgotten), forgotten);
});

it('leaves alone what goes on', () => {
  const used = [
    'yield* greet(1);',
    'const n = yield* stream.receive(1); return n as never;',
    'run(greet(1));',
    'const flow = stream.receive(1); const lazy = () => stream.receive(1); run(flow); run(lazy());',
    'return yield* io.drain!();',
    'map([1], (n) => greet(n)).map((flow) => run(flow));',
    'each([1], (n) => run(greet(n)));',
    'each([1], (n) => { run(greet(n)); });',
    'maybe = greet(1);',
    'if (greet(1)) close();',
  ];
  assert.deepEqual(found(used), []);
});

it('is not misled by names', () => {
  const plain = ['close();', 'stream.same(1);', 'const greet = (n: number): void => {}; greet(1);'];
  assert.deepEqual(found(plain), []);
});
