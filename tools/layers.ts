/**
 * The layers of src/ and the rules about imports: they point down, they form no cycle, and packages are named here.
 */

/** Top to bottom. A file imports files of its own layer and of lower ones. */
const LAYERS = [
  'src/entry',
  'src/cli',
  'engines',
  'calls',
  'src/protocol/auth',
  'src/protocol/connect',
  'wire',
  'src/sockets',
  'src/mail',
  'src/ltn12',
  'src/core',
  'pure',
  'ground',
] as const;
type Layer = (typeof LAYERS)[number];

/** A layer of several rooms: which of the others each room may import. */
const ROOMS: Readonly<Partial<Record<Layer, Readonly<Record<string, readonly string[]>>>>> = {
  // C is known below the blocking face and the Lua face; of the blocking face Lua has what runs its requests.
  engines: {
    'src/async': [],
    'src/posix': [],
    'src/blocking': ['src/posix'],
    'src/lua': ['src/posix', 'src/blocking'],
  },
  // Whatever a program asks of a protocol, over as many exchanges as that takes.
  calls: {
    'src/protocol/http/call': [],
    'src/protocol/tp': [],
    'src/protocol/ftp': ['src/protocol/tp'],
    'src/protocol/smtp': ['src/protocol/tp'],
  },
  // One exchange over one connection.
  wire: { 'src/protocol/http/wire': [] },
  // Bytes in, bytes out: they import nothing but each other and the ground.
  pure: { 'src/mime': ['src/url', 'src/headers'], 'src/url': [], 'src/headers': [] },
};

/** What pure modules may import of core: a codec throws the same errors as a socket, and its limits stand among the others. */
const GROUND = ['src/core/data.ts', 'src/core/errors.ts', 'src/core/limits.ts', 'src/core/shown.ts'];

/** The packages that src/ may import: from where, and why. They are optional peers: the await face needs none. */
const PACKAGES: ReadonlyMap<string, { readonly from: string; readonly why: string }> = new Map([
  ['koffi', { from: 'src/posix/libc/functions.ts', why: 'it calls C, prebuilt for Linux and macOS' }],
  ['wasmoon', { from: 'src/lua/engine.ts', why: 'it has PUC Lua 5.4 as WebAssembly' }],
]);

/** A file's layer, and its room there: the longest folder that one of the tables names. */
function placeOf(path: string): { readonly layer: Layer; readonly room: string } | undefined {
  if (GROUND.includes(path)) return { layer: 'ground', room: 'ground' };
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    const room = path.slice(0, end);
    const layer = LAYERS.find((name) => name === room || room in (ROOMS[name] ?? {}));
    if (layer !== undefined) return { layer, room };
  }
  return undefined;
}

/** Whether the layer of `path` may touch what is the machine's: node:* modules, clocks, timers and promises. */
export function isOutside(path: string): boolean {
  const layer = placeOf(path)?.layer;
  return layer === 'engines' || layer === 'src/cli';
}

/** What is wrong with `from` importing `specifier`, or undefined. node:* is another rule's matter. */
export function importProblem(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('node:')) return undefined;
  if (!specifier.startsWith('.')) return packageProblem(from, specifier);
  const to = resolve(from, specifier);
  const above = placeOf(from);
  const below = placeOf(to);
  if (above === undefined) return `${folderOf(from)} has no layer: give it one in tools/layers.ts`;
  if (!to.startsWith('src/')) return `imports ${to}, which is not in src`;
  if (below === undefined) return `imports ${to}, whose folder has no layer`;
  if (LAYERS.indexOf(below.layer) < LAYERS.indexOf(above.layer))
    return `imports point down: ${above.layer} may not import ${to} (${below.layer})`;
  if (above.layer !== below.layer || above.room === below.room) return undefined;
  const allowed = ROOMS[above.layer]?.[above.room]?.includes(below.room) === true;
  return allowed ? undefined : `${above.room} may not import ${below.room}`;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
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
