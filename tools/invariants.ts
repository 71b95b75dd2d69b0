/**
 * The design's invariants, as a pure function from the repository's texts to what is wrong in them.
 *
 * Rules that a linter cannot know: who may wait, which way imports point, where a flow yields. The one that needs
 * types, about flows that are called and forgotten, is `droppedFlows` in flow-rules.ts.
 */

import ts from 'typescript5';
import { straySettles } from './flow-rules.ts';
import { cyclesOf, importProblem, isOutside, resolve } from './layers.ts';
import type { Texts } from './texts.ts';
import { strayTimers, waitingUses } from './waiting-rules.ts';

/** One thing to look at. A `note` fails nothing. */
export interface Finding {
  readonly level: 'error' | 'note';
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** From here on a file is long: look whether it has a second reason to exist. */
const LONG_FILE = 250;
/** No file in src has more lines. */
const LONGEST_FILE = 350;

/** Below the engines, what may touch promises or a clock all the same, and why. */
const WAITING_ALLOWED: ReadonlyMap<string, string> = new Map([
  ['src/core/flow.ts', 'runAsync is where a flow meets promises'],
  ['src/core/timeout.ts', 'deadlines are read off a clock'],
  ['src/protocol/connect/events.ts', 'channels of diagnostics are names without a face'],
  ['src/sockets/key-log.ts', 'a line is appended to a file at once, in both faces'],
  ['src/sockets/socket-file.ts', 'a path is looked at and removed at once, in both faces'],
  ['src/sockets/web.ts', 'web streams are made of promises'],
  ['src/sockets/certificates.ts', 'certificates and hashes are computation that both faces share'],
  ['src/ltn12/sync-file.ts', 'source.file and sink.file take descriptors in both faces, and node:fs reads those'],
  ['src/protocol/http/wire/inflate.ts', 'zlib is computation that both faces share: bytes in, bytes out, nobody waits'],
  ['src/protocol/auth/crypto.ts', 'hashes and random bytes are computation that both faces share, too'],
  ['src/mail/signing.ts', 'so are signatures'],
  ['src/mail/stamps.ts', 'a message says when it was written, and has a name that nobody else has'],
  ['src/mail/files.ts', 'attachments are read as source.file reads a descriptor'],
  ['src/ltn12/node-writable.ts', "Node's streams tell by events, and a sink that waits gives a promise"],
  ['src/ltn12/web-transform.ts', 'which half of a transform moves first is a race of promises'],
]);

// Spelled so that these lines do not match themselves.
const MARKER = /\b(?:TO[D]O|FIX[M]E|X{3})\b/g;
const REGISTRY = /\bregistry\.[\w-]+\.\w{2,}|\b(?:npmjs|yarnpkg|npmmirror)\.(?:org|com)\b|\bnpm\.pkg\.\w+/g;

/** Everything that is wrong, and what is worth a note, in the order of the paths. */
export function checkInvariants(texts: Texts): Finding[] {
  const findings: Finding[] = [];
  const error = (path: string, line: number, message: string): void => {
    findings.push({ level: 'error', path, line, message });
  };
  const graph = new Map<string, string[]>();
  for (const [path, text] of texts) {
    if (!/^src\/.*\.ts$/.test(path)) continue;
    const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
    graph.set(path, []);
    for (const { fileName: specifier, pos } of ts.preProcessFile(text, true, true).importedFiles) {
      const line = lineAt(text, pos);
      const problem = importProblem(path, specifier);
      if (problem !== undefined) error(path, line, problem);
      if (specifier.startsWith('node:') && !mayWait(path))
        error(path, line, `only the engines and cli import ${specifier}`);
      const target = resolve(path, specifier);
      if (specifier.startsWith('.') && texts.has(target)) graph.get(path)!.push(target);
    }
    if (!mayWait(path)) {
      for (const use of waitingUses(file)) error(path, use.line, `only the engines and cli touch \`${use.text}\``);
    }
    if (path.startsWith('src/async/'))
      for (const use of strayTimers(file)) error(path, use.line, `\`${use.text}\` is imported from timers.ts`);
    for (const { line, message } of straySettles(path, file)) error(path, line, message);
    findings.push(...shapeFindings(path, text));
  }
  for (const cycle of cyclesOf(graph)) error(cycle[0]!, 1, `import cycle: ${[...cycle, cycle[0]].join(' -> ')}`);
  for (const [path, text] of texts) findings.push(...textFindings(path, text));
  return findings.sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1));
}

function mayWait(path: string): boolean {
  return isOutside(path) || WAITING_ALLOWED.has(path);
}

/** A source file says its reason to exist first, and has only one. */
function shapeFindings(path: string, text: string): Finding[] {
  const findings: Finding[] = [];
  if (!/^(?:#!.*\n)?\s*\/[*/]/.test(text)) {
    findings.push({ level: 'error', path, line: 1, message: 'begins with a comment that says its reason to exist' });
  }
  const lines = text.trimEnd().split('\n').length;
  if (lines > LONGEST_FILE) {
    const message = `${lines} lines, more than ${LONGEST_FILE}: find the second reason to exist`;
    findings.push({ level: 'error', path, line: LONGEST_FILE, message });
  } else if (lines > LONG_FILE) {
    findings.push({ level: 'note', path, line: LONG_FILE, message: `${lines} lines` });
  }
  return findings;
}

/** What holds for every text: manifests and lockfiles too. */
function textFindings(path: string, text: string): Finding[] {
  const findings: Finding[] = [];
  const error = (index: number, message: string): void => {
    findings.push({ level: 'error', path, line: lineAt(text, index), message });
  };
  for (const match of text.matchAll(REGISTRY)) error(match.index, `names a registry, ${match[0]}`);
  if (path.endsWith('package-lock.json')) {
    // Whoever installs has a registry of his own; an address here would override it.
    for (const match of text.matchAll(/"resolved"\s*:/g)) error(match.index, 'a "resolved" entry in a lockfile');
    for (const name of unlocked(text)) error(0, `${name} is named and not locked: npm ci will fail`);
  } else {
    for (const match of text.matchAll(MARKER))
      error(match.index, `${match[0]}: do it, or say as a limit what is not done`);
  }
  if (path === 'package.json') for (const message of manifestProblems(text)) error(0, message);
  return findings;
}

interface Lockfile {
  readonly packages?: Readonly<Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>>;
}

/**
 * The optional packages, mostly builds for other platforms, that a lockfile names and has no entry for. npm leaves out
 * what it cannot find when it writes the file, and misses it when it reads the file.
 */
function unlocked(text: string): string[] {
  const { packages = {} } = JSON.parse(text) as Lockfile;
  const locked = new Set(Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13)));
  const named = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
  return named.filter((name) => !locked.has(name));
}

interface Manifest {
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** Whoever installs the package installs nothing else, unless he asks for it by name. */
function manifestProblems(text: string): string[] {
  const manifest = JSON.parse(text) as Manifest;
  const problems: string[] = [];
  for (const field of ['dependencies', 'optionalDependencies', 'bundleDependencies', 'bundledDependencies']) {
    if (field in manifest) problems.push(`package.json has "${field}": the package has no runtime dependency`);
  }
  for (const peer of Object.keys(manifest.peerDependencies ?? {})) {
    if (manifest.peerDependenciesMeta?.[peer]?.optional !== true)
      problems.push(`the peer dependency ${peer} is not optional`);
  }
  return problems;
}

/** The number of the line, from 1, on which `index` is. */
function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
