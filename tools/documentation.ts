/**
 * Finds what a package exports without a doc comment: names, and members of what they name, as users see them in the
 * declaration files. Members are those of the type that a name stands for: through aliases, type arguments and bases.
 */

import ts from 'typescript5';

export interface Item {
  /** Such as `TcpClient.receive`, with the entry that shows it first. */
  readonly name: string;
  readonly entry: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** How the declaration itself is named, after what it is a member of. */
  readonly declared: readonly string[];
}

export interface Surface {
  readonly total: number;
  readonly undocumented: readonly Item[];
}

/** The comment that a file begins with. */
export function headOf(text: string): string | undefined {
  return /^\/\*\*[\s\S]*?\*\//.exec(text)?.[0];
}

/**
 * The surface of a package by the paths of its entries' declaration files. A declaration that many show counts once.
 * `head` gives the comment that a declaration file's source begins with: the compiler drops it together with unused imports,
 * and else it stands where the first declaration's own would.
 */
export function surfaceOf(
  program: ts.Program,
  entries: readonly string[],
  head: (file: ts.SourceFile) => string | undefined = ({ text }) => headOf(text),
): Surface {
  const checker = program.getTypeChecker();
  const seen = new Set<ts.Node>();
  const undocumented: Item[] = [];

  for (const entry of entries) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(entry)!)!;
    visitModule(module, entry, '');
  }
  return { total: seen.size, undocumented };

  function visitModule(module: ts.Symbol, entry: string, prefix: string): void {
    for (const exported of checker.getExportsOfModule(module)) {
      const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
      const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
      const name = prefix + exported.name;
      if ((symbol.flags & ts.SymbolFlags.Module) !== 0 && symbol.valueDeclaration?.kind === ts.SyntaxKind.SourceFile) {
        look(exported, name, entry);
        visitModule(symbol, entry, `${name}.`);
        continue;
      }
      look(symbol, name, entry);
      for (const member of membersOf(symbol)) look(member, `${name}.${member.name}`, entry);
    }
  }

  function membersOf(symbol: ts.Symbol): ts.Symbol[] {
    const types: ts.Type[] = [];
    if ((symbol.flags & ts.SymbolFlags.Type) !== 0) types.push(checker.getDeclaredTypeOfSymbol(symbol));
    if ((symbol.flags & ts.SymbolFlags.Value) !== 0) types.push(checker.getTypeOfSymbol(symbol));
    return types
      .flatMap((type) => (type.isUnion() ? type.types : [type]))
      .flatMap((type) => checker.getPropertiesOfType(type));
  }

  function look(symbol: ts.Symbol, name: string, entry: string): void {
    const declaration = symbol.declarations?.find(isOwn);
    if (declaration === undefined || seen.has(declaration) || isHidden(declaration)) return;
    seen.add(declaration);
    // The comment of `export * as name` stands at the whole declaration.
    if (ts.isNamespaceExport(declaration) && ts.getJSDocCommentsAndTags(declaration.parent).length > 0) return;
    if (
      symbol.getDocumentationComment(checker).length > 0 &&
      !isOnlyHead(declaration, head(declaration.getSourceFile()))
    )
      return;
    const file = declaration.getSourceFile();
    const { line } = file.getLineAndCharacterOfPosition(declaration.getStart(file));
    const declared = [nameOf(declaration.parent), nameOf(declaration)].filter((part) => part !== undefined);
    const shown = name.replace(/__@(\w+)@\d+$/, '[Symbol.$1]');
    undocumented.push({ name: shown, entry, file: file.fileName, line: line + 1, declared });
  }

  /** What Node, TypeScript's libraries and other packages declare is theirs to explain. */
  function isOwn(node: ts.Node): boolean {
    const file = node.getSourceFile();
    return !program.isSourceFileDefaultLibrary(file) && !file.fileName.includes('/node_modules/');
  }
}

function isHidden(declaration: ts.Declaration): boolean {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  const name = ts.getNameOfDeclaration(declaration);
  return (
    (ts.getCombinedModifierFlags(declaration) & hidden) !== 0 || (name !== undefined && ts.isPrivateIdentifier(name))
  );
}

/** Whether the only comment before a declaration is the one that the file begins with, which is about the file. */
function isOnlyHead(declaration: ts.Declaration, head: string | undefined): boolean {
  const comments = ts.getJSDocCommentsAndTags(declaration).filter(ts.isJSDoc);
  return comments.length > 0 && comments.every((comment) => comment.pos === 0 && comment.getText() === head);
}

/** The name of a declaration, as it is written but for quotes. */
export function nameOf(node: ts.Node): string | undefined {
  const { name } = node as { name?: ts.Node };
  return name?.getText().replace(/^(['"])(.*)\1$/, '$2');
}
