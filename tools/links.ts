/** The rule about links: each relative link and anchor of the documentation leads to something, in the package, too. */

import type { Texts } from './texts.ts';

/** What users and contributors read. */
const DOCUMENTATION =
  /^(?:README|ARCHITECTURE|CONTRIBUTING|CHANGELOG|SECURITY)\.md$|^bench\/README\.md$|^docs\/.*\.md$/;

interface Link {
  readonly line: number;
  readonly target: string;
}

/** What is wrong with the links of the documentation; `packed` has the paths of the package's files. */
export function linkProblems(texts: Texts, packed: ReadonlySet<string>): string[] {
  return [...texts]
    .filter(([path]) => DOCUMENTATION.test(path))
    .flatMap(([path, text]) =>
      linksOf(text).flatMap(({ line, target }) => {
        const problem = problemOf(path, target, texts, packed);
        return problem === undefined ? [] : [`${path}:${line} ${target} ${problem}`];
      }),
    );
}

function problemOf(path: string, target: string, texts: Texts, packed: ReadonlySet<string>): string | undefined {
  if (/^[a-z][a-z\d+.-]*:/i.test(target)) return undefined;
  const [to = '', anchor] = target.split('#', 2);
  const file =
    to === ''
      ? path
      : decodeURI(new URL(to, `file:///${path}`).pathname)
          .slice(1)
          .replace(/\/$/, '');
  if (!has(texts.keys(), file)) return 'leads to nothing';
  if (packed.has(path) && !has(packed, file)) return `leads to nothing in the package, which has ${path}`;
  if (anchor === undefined) return undefined;
  return anchorsOf(texts.get(file) ?? '').has(anchor) ? undefined : `has an anchor that ${file} has not`;
}

/** Whether `path` is a file or the folder of one. */
function has(files: Iterable<string>, path: string): boolean {
  for (const file of files) if (file === path || file.startsWith(`${path}/`)) return true;
  return false;
}

/** Inline links, images and definitions, outside of code. */
function linksOf(text: string): Link[] {
  return proseOf(text).flatMap((prose, at) =>
    [
      ...prose.matchAll(/\]\(\s*<?([^\s()<>]+)[^()]*\)|^ {0,3}\[[^\]]+\]:\s*<?([^\s<>]+)|\b(?:href|src)="([^"]+)"/g),
    ].map(([, inline, defined, html]) => ({ line: at + 1, target: (inline ?? defined ?? html)! })),
  );
}

/** The anchors of a page's headings by GitHub's rule, and those that it names itself. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const line of proseOf(text, false)) {
    for (const [, name] of line.matchAll(/<\w+ (?:id|name)="([^"]+)"/g)) anchors.add(name!);
    const heading = /^ {0,3}#{1,6}\s+(.*?)\s*#*\s*$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = words.replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-');
    let unique = slug;
    for (let n = 1; anchors.has(unique); n += 1) unique = `${slug}-${n}`;
    anchors.add(unique);
  }
  return anchors;
}

/** A page's lines, with those of code blocks empty, and inline code blanked unless it is wanted. */
function proseOf(text: string, blank = true): string[] {
  let fence: string | undefined;
  return text.split('\n').map((line) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    const inside = fence !== undefined;
    if (mark !== undefined && (fence === undefined || mark.startsWith(fence))) fence = inside ? undefined : mark;
    if (inside || mark !== undefined) return '';
    return blank ? line.replace(/`[^`]*`/g, '') : line;
  });
}
