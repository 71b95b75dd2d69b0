/** The rule that flows and pure modules do not wait: what in a source touches a clock, a timer, a promise or the process. */

import ts from 'typescript5';
import { lineOf, nodesOf } from './flow-rules.ts';

export interface Use {
  readonly line: number;
  /** How it is written. */
  readonly text: string;
}

const TIMERS = new Set(['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask']);

/** The timers that `src/async/timers.ts` takes once: what else calls a program's own would stop under a fake clock. */
const TAKEN = /^(set|clear)(Timeout|Immediate)$/;

/** The timers of the await face's engine that are not those it has taken. */
export function strayTimers(file: ts.SourceFile): Use[] {
  const taken = new Set(nodesOf(file, ts.isImportSpecifier).map((node) => node.getText(file)));
  const isStray = (node: ts.Node): boolean =>
    ts.isCallExpression(node) &&
    ts.isIdentifier(node.expression) &&
    TAKEN.test(node.expression.text) &&
    !taken.has(node.expression.text);
  return nodesOf(file, isStray).map((node) => ({ line: lineOf(node), text: node.getText(file).split('(')[0]! }));
}

/** Everything in a file that waits, or asks the machine. Types do not: they are gone when the program runs. */
export function waitingUses(file: ts.SourceFile): Use[] {
  return nodesOf(file, isWaiting).map((node) => ({ line: lineOf(node), text: node.getText(file).split(/[(\n]/)[0]! }));
}

function isWaiting(node: ts.Node): boolean {
  if (ts.isIdentifier(node)) return TIMERS.has(node.text);
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
    if (!ts.isIdentifier(node.expression)) return false;
    const object = node.expression.text;
    if (object === 'process' || object === 'Promise') return true;
    return (
      (object === 'performance' || object === 'Date') && ts.isPropertyAccessExpression(node) && node.name.text === 'now'
    );
  }
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression)) {
    const { text } = node.expression;
    return text === 'Promise' || (text === 'Date' && (node.arguments ?? []).length === 0);
  }
  if (ts.isVariableDeclarationList(node)) return (node.flags & ts.NodeFlags.AwaitUsing) === ts.NodeFlags.AwaitUsing;
  if (ts.isForOfStatement(node)) return node.awaitModifier !== undefined;
  return ts.isAwaitExpression(node) || node.kind === ts.SyntaxKind.AsyncKeyword;
}
