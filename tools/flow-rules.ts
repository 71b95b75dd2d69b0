/**
 * The rules about flows: they yield only through `settle`, and none is called and forgotten.
 *
 * A generator that is called without `yield*` does nothing at all, and says nothing: the one mistake that this design
 * invites and that the compiler lets pass where the value is dropped. TypeScript 5's checker knows each call's type;
 * TypeScript 7, which builds, has no stable API for JavaScript yet.
 */

import ts from 'typescript5';

export interface Problem {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** The files that yield themselves, each with its reason; every other flow waits through `settle`. */
const MAY_YIELD: ReadonlyMap<string, string> = new Map([
  ['src/core/flow.ts', 'it is settle'],
  ['src/core/receives.ts', "the wait of every receive, where settle's own generator would be a tenth of the cost"],
]);
const FLOW_FOLDERS = /^src\/(?:core|ltn12|sockets|protocol)\//;

/** The yields of a file that are not `settle`'s. */
export function straySettles(path: string, file: ts.SourceFile): Problem[] {
  if (!FLOW_FOLDERS.test(path) || MAY_YIELD.has(path)) return [];
  const message = 'a flow yields only through settle: write `yield* settle(…)`';
  return nodesOf(file, (node) => ts.isYieldExpression(node) && node.asteriskToken === undefined).map((node) => ({
    path,
    line: lineOf(node),
    message,
  }));
}

/** The flows of a file that are called and whose value is dropped: as a statement, or by a callback that returns nothing. */
export function droppedFlows(path: string, file: ts.SourceFile, checker: ts.TypeChecker): Problem[] {
  const dropped = nodesOf(file, () => true).flatMap((node) => {
    if (ts.isExpressionStatement(node) || ts.isVoidExpression(node)) return valuesOf(node.expression);
    if (ts.isForStatement(node)) return [node.initializer, node.incrementor].flatMap((part) => valuesOf(part));
    return ts.isArrowFunction(node) && returnsNothing(node, checker) ? valuesOf(node.body) : [];
  });
  return [...new Set(dropped)]
    .filter((call) => isFlow(checker.getTypeAtLocation(call)))
    .map((call) => ({
      path,
      line: lineOf(call),
      message: `${call.expression.getText()} is a flow: without \`yield*\` it never runs`,
    }));
}

/** The calls whose value an expression may have. */
function valuesOf(node: ts.Node | undefined): ts.CallExpression[] {
  if (node === undefined) return [];
  if (ts.isCallExpression(node)) return [node];
  if (ts.isConditionalExpression(node)) return [...valuesOf(node.whenTrue), ...valuesOf(node.whenFalse)];
  if (ts.isBinaryExpression(node)) {
    const { operatorToken, left, right } = node;
    const { CommaToken, AmpersandAmpersandToken, BarBarToken, QuestionQuestionToken } = ts.SyntaxKind;
    if (operatorToken.kind === AmpersandAmpersandToken) return valuesOf(right);
    const either = [CommaToken, BarBarToken, QuestionQuestionToken].some((kind) => kind === operatorToken.kind);
    return either ? [...valuesOf(left), ...valuesOf(right)] : [];
  }
  const wraps =
    ts.isParenthesizedExpression(node) ||
    ts.isAwaitExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node);
  return wraps ? valuesOf(node.expression) : [];
}

function returnsNothing(node: ts.ArrowFunction, checker: ts.TypeChecker): boolean {
  if (ts.isBlock(node.body)) return false;
  const wanted = checker.getContextualType(node)?.getCallSignatures() ?? [];
  return wanted.some((signature) => (signature.getReturnType().flags & ts.TypeFlags.Void) !== 0);
}

function isFlow(type: ts.Type): boolean {
  if (type.isUnion()) return type.types.some(isFlow);
  return /^(?:Async)?Generator$/.test(type.getSymbol()?.name ?? '');
}

/** All nodes of a file that `wanted` is true of, in the order of the text. */
export function nodesOf(file: ts.SourceFile, wanted: (node: ts.Node) => boolean): ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if (wanted(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The line, from 1, on which a node begins. */
export function lineOf(node: ts.Node): number {
  const file = node.getSourceFile();
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
}
