/**
 * What the invariants' checker knows of TypeScript's grammar: where comments and literals are, and what is imported.
 *
 * Text, not a syntax tree: TypeScript 7 has no stable API for JavaScript yet, and a second parser would be a large
 * dependency for rules that look at single words.
 */

/** An import or re-export, type-only ones included: what it names and on which line. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
}

/** After these a slash begins a regular expression, after all else it divides. */
const BEFORE_REGEX = /(?:^|[=([{,;:!&|?+\-*%<>~^}]|\b(?:return|typeof|case|yield|in|of|await|void|throw|do|else))$/;

/** One lexical element of interest at the scanner's place; what is none of them is code and is kept. */
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y;
const QUOTED = /'(?:\\[\s\S]|[^'\\\n])*'?|"(?:\\[\s\S]|[^"\\\n])*"?/y;
const REGEX = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y;
/** A template from its backtick or from the brace that ends a substitution, up to the next substitution or its end. */
const TEMPLATE_PART = /[`}](?:\\[\s\S]|\$(?!\{)|[^`\\$])*(?:`|\$\{|$)/y;

/**
 * The source with comments and the contents of literals replaced by spaces, so that words can be searched for.
 * Every character keeps its place: an index into the result is an index into the source.
 */
export function codeOf(source: string): string {
  let code = '';
  /** For each open template substitution, how many braces are open inside it. */
  const substitutions: number[] = [];
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = code.length;
    return pattern.exec(source)?.[0];
  };
  while (code.length < source.length) {
    const char = source[code.length]!;
    const depth = substitutions.at(-1);
    if (char === '/') {
      const comment = take(COMMENT);
      const regex = comment === undefined && BEFORE_REGEX.test(code.slice(-500).trimEnd()) ? take(REGEX) : undefined;
      code += comment !== undefined ? blank(comment) : regex !== undefined ? literal(regex, 1, 1) : char;
    } else if (char === "'" || char === '"') {
      code += literal(take(QUOTED)!, 1, 1);
    } else if (char === '`' || (char === '}' && depth === 0)) {
      if (char === '}') substitutions.pop();
      const part = take(TEMPLATE_PART)!;
      const continues = part.endsWith('${');
      if (continues) substitutions.push(0);
      code += literal(part, 1, continues ? 2 : 1);
    } else {
      if (depth !== undefined && char === '{') substitutions[substitutions.length - 1] = depth + 1;
      if (depth !== undefined && char === '}') substitutions[substitutions.length - 1] = depth - 1;
      code += char;
    }
  }
  return code;
}

/** What a source imports, by whatever form: import, export from, import type, import(). `code` is its {@link codeOf}. */
export function importsOf(source: string, code: string): Import[] {
  const found: Import[] = [];
  for (const match of code.matchAll(/(?:(?<![.\w$])(?:from|import)|\brequire)\s*\(?\s*(['"])( *)\1/g)) {
    const end = match.index + match[0].length - 1;
    found.push({ specifier: source.slice(end - match[2]!.length, end), line: lineAt(code, match.index) });
  }
  return found;
}

/** The number of the line, from 1, on which `index` is. */
export function lineAt(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < index; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}

/** A literal blanked but for its delimiters. */
function literal(text: string, open: number, close: number): string {
  if (text.length < open + close) return text;
  return text.slice(0, open) + blank(text.slice(open, text.length - close)) + text.slice(text.length - close);
}
