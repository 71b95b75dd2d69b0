/**
 * The layers of src/ and the rules about imports: they point down, they form no cycle, and packages are named here.
 */

/** Top to bottom. A file imports files of its own layer and of lower ones. */
const LAYERS = [
  'faces',
  'src/cli',
  'engines',
  'src/protocol',
  'src/sockets',
  'src/ltn12',
  'src/core',
  'pure',
  'ground',
] as const;
type Layer = (typeof LAYERS)[number];

/** The engines never meet, except that the Lua face runs on blocking sockets. */
const ENGINES: Readonly<Record<string, readonly string[]>> = {
  'src/async': [],
  'src/blocking': [],
  'src/lua': ['src/blocking'],
};

/** Bytes in, bytes out: they import nothing but each other and the ground. */
const PURE = ['src/mime', 'src/entry/mime.ts', 'src/url', 'src/entry/url.ts', 'src/headers', 'src/entry/headers.ts'];

/** What pure modules may import of core: a codec throws the same errors as a socket, and its limits stand among the others. */
const GROUND = ['src/core/data.ts', 'src/core/errors.ts', 'src/core/limits.ts'];

/** The packages that src/ may import: from where, and why. They are optional peers: the await face needs none. */
const PACKAGES: ReadonlyMap<string, { readonly from: string; readonly why: string }> = new Map([
  ['koffi', { from: 'src/posix/libc/functions.ts', why: 'it calls C, prebuilt for Linux and macOS' }],
  ['wasmoon', { from: 'src/lua/engine.ts', why: 'it has PUC Lua 5.4 as WebAssembly' }],
]);

/** The folder of a file under src/, as `src/core`; for a file directly in src/ the file itself. */
function folderOf(path: string): string {
  return path.split('/').slice(0, 2).join('/');
}

function layerOf(path: string): Layer | undefined {
  const folder = folderOf(path);
  if (GROUND.includes(path)) return 'ground';
  if (PURE.includes(folder)) return 'pure';
  if (folder === path) return 'faces';
  if (folder in ENGINES) return 'engines';
  return LAYERS.find((layer) => layer === folder);
}

/** Whether the layer of `path` may touch what is the machine's: node:* modules, clocks, timers and promises. */
export function isOutside(path: string): boolean {
  const layer = layerOf(path);
  return layer === 'engines' || layer === 'src/cli';
}

/** What is wrong with `from` importing `specifier`, or undefined. node:* is another rule's matter. */
export function importProblem(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('node:')) return undefined;
  if (!specifier.startsWith('.')) return packageProblem(from, specifier);
  const to = resolve(from, specifier);
  const above = layerOf(from);
  const below = layerOf(to);
  if (above === undefined) return `${folderOf(from)} has no layer: give it one in tools/layers.ts`;
  if (!to.startsWith('src/')) return `imports ${to}, which is not in src`;
  if (below === undefined) return `imports ${to}, whose folder has no layer`;
  if (LAYERS.indexOf(below) < LAYERS.indexOf(above))
    return `imports point down: ${above} may not import ${to} (${below})`;
  if (above === 'engines' && below === 'engines') {
    const [mine, theirs] = [folderOf(from), folderOf(to)];
    if (mine !== theirs && !ENGINES[mine]!.includes(theirs)) return `${mine} may not import ${theirs}`;
  }
  return undefined;
}

function packageProblem(from: string, specifier: string): string | undefined {
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  const allowed = PACKAGES.get(name);
  if (allowed === undefined) return `imports the package ${name}, which tools/layers.ts does not allow`;
  return from.startsWith(allowed.from) ? undefined : `only ${allowed.from} may import the package ${name}`;
}

/** The path that a relative specifier means, in the terms of the repository. */
export function resolve(from: string, specifier: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** The import cycles of a graph of files, each once, as the files along it. */
export function cyclesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    const at = path.indexOf(file);
    if (at !== -1) {
      cycles.push(path.slice(at));
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const next of graph.get(file) ?? []) visit(next);
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return cycles;
}
