/**
 * The rules about flows: they yield only through `settle`, and none is called and forgotten.
 *
 * A generator that is called without `yield*` does nothing at all, and says nothing: the one mistake that this design
 * invites and that the type checker lets pass where the value is dropped.
 */

import { lineAt } from './source-text.ts';

/** A source whose comments and literals are blanked. */
export interface Code {
  readonly path: string;
  readonly code: string;
}

export interface FlowProblem {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** The files that yield themselves, each with its reason; every other flow waits through `settle`. */
const MAY_YIELD: ReadonlyMap<string, string> = new Map([
  ['src/core/flow.ts', 'it is settle'],
  ['src/core/stream.ts', "the wait of every receive, where settle's own generator would be a tenth of the cost"],
]);
const FLOW_FOLDERS = /^src\/(?:core|ltn12|sockets|protocol)\//;

const MODIFIERS = '(?:(?:public|private|protected|static|override|readonly|abstract)\\s+)*';
const PARAMETERS = '(?:<[^>()]*>)?\\((?:[^()]|\\((?:[^()]|\\([^()]*\\))*\\))*\\)';
const FLOW_FUNCTION = /\bfunction\s*\*\s*([\w$]+)/g;
const FLOW_METHOD = new RegExp(`^[ \\t]*${MODIFIERS}\\*\\s*(#?[\\w$]+)\\s*[<(]`, 'gm');
const FLOW_TYPED = new RegExp(`(?<![\\w$#.])(#?[\\w$]+)\\??${PARAMETERS}\\s*:\\s*(?:Flow|Generator)<`, 'g');
/** A function or method that is declared with some other result. */
const PLAIN = new RegExp(
  `^[ \\t]*(?:export\\s+)?(?:async\\s+)?(?:function\\s+|${MODIFIERS})(#?[\\w$]+)\\??${PARAMETERS}\\s*(?::\\s*(?!(?:Flow|Generator)\\b)\\S|\\{)`,
  'gm',
);

/** A value that goes on: assigned, returned, delegated to or thrown, or handed to whoever runs the flow. */
const USED = /(?<![=!<>])=(?!=)|\breturn\b|\byield\s*\*|\bthrow\b|\brun(?:Async|Blocking|Maybe)?\s*\(/;

/** The yields that are not `settle`'s. */
export function straySettles(sources: readonly Code[]): FlowProblem[] {
  const problems: FlowProblem[] = [];
  for (const { path, code } of sources) {
    if (!FLOW_FOLDERS.test(path) || MAY_YIELD.has(path)) continue;
    for (const match of code.matchAll(/(?<![\w$.])yield\b(?!\s*[*:])/g)) {
      const message = 'a flow yields only through settle: write `yield* settle(…)`';
      problems.push({ path, line: lineAt(code, match.index), message });
    }
  }
  return problems;
}

/** The flows that are called and whose value is dropped. */
export function droppedFlows(sources: readonly Code[]): FlowProblem[] {
  // A name that is also declared as something else somewhere is left alone: text cannot tell which one a call means.
  const flows = new Set<string>();
  for (const { code } of sources) {
    for (const pattern of [FLOW_FUNCTION, FLOW_METHOD, FLOW_TYPED]) addNames(flows, code, pattern);
  }
  const plain = new Set<string>();
  for (const { code } of sources) addNames(plain, code, PLAIN);
  const problems: FlowProblem[] = [];
  for (const { path, code } of sources) {
    for (const match of code.matchAll(/(?:[\w$#\]!)?]+\.)*(?<![\w$#])(#?[\w$]+)\s*(?:<[^<>()]*>)?\(/g)) {
      const name = match[1]!;
      if (!flows.has(name) || (plain.has(name) && !isOwnFunction(code, name, match[0]))) continue;
      const end = closingParenthesis(code, match.index + match[0].length - 1);
      // Only a whole statement can drop a value; the formatter sees to the semicolon.
      if (!/^\s*;/.test(code.slice(end + 1, end + 40))) continue;
      const before = code.slice(0, match.index);
      const statement = before.slice(Math.max(...[';', '{', '}'].map((mark) => before.lastIndexOf(mark))) + 1);
      if (USED.test(statement) || /\bfunction\b|[(,:]\s*$/.test(statement)) continue;
      problems.push({
        path,
        line: lineAt(code, match.index),
        message: `${name} is a flow: without \`yield*\` it never runs`,
      });
    }
  }
  return problems;
}

function addNames(names: Set<string>, code: string, pattern: RegExp): void {
  for (const match of code.matchAll(pattern)) names.add(match[1]!);
}

/** A bare call of a name that this very file declares as a generator function means that one. */
function isOwnFunction(code: string, name: string, call: string): boolean {
  if (call.includes('.')) return false;
  for (const match of code.matchAll(FLOW_FUNCTION)) if (match[1] === name) return true;
  return false;
}

function closingParenthesis(code: string, open: number): number {
  let depth = 0;
  for (let at = open; at < code.length; at += 1) {
    if (code[at] === '(') depth += 1;
    if (code[at] === ')') depth -= 1;
    if (depth === 0) return at;
  }
  return code.length;
}
