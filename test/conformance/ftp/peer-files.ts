/** The files of the peer's FTP server: in memory, with the second in which each was changed. Paths are bytes, a unit for each. */

interface Node {
  readonly bytes: Buffer | undefined;
  time: string;
}

const LONG_AGO = '20200102030405';

export class Files {
  readonly #nodes = new Map<string, Node>([['', { bytes: undefined, time: LONG_AGO }]]);

  read(path: string): Buffer | undefined {
    return this.#nodes.get(path)?.bytes;
  }

  isFolder(path: string): boolean {
    return this.#nodes.has(path) && this.read(path) === undefined;
  }

  write(path: string, bytes: Buffer): void {
    for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) this.makeFolder(path.slice(0, at));
    const time = this.#nodes.has(path) || this.#started ? stamp() : LONG_AGO;
    this.#nodes.set(path, { bytes, time });
  }

  #started = false;

  /** What is written from now on is of now. */
  start(): void {
    this.#started = true;
  }

  makeFolder(path: string): boolean {
    if (this.#nodes.has(path)) return false;
    this.#nodes.set(path, { bytes: undefined, time: LONG_AGO });
    return true;
  }

  remove(path: string): boolean {
    return this.#nodes.delete(path);
  }

  rename(from: string, to: string): boolean {
    const node = this.#nodes.get(from);
    if (node === undefined) return false;
    this.#nodes.delete(from);
    this.#nodes.set(to, node);
    return true;
  }

  timeOf(path: string): string | undefined {
    return this.#nodes.get(path)?.time;
  }

  setTime(path: string, time: string): boolean {
    const node = this.#nodes.get(path);
    if (node !== undefined) node.time = time;
    return node !== undefined;
  }

  /** The facts of MLST. */
  facts(path: string): string | undefined {
    const node = this.#nodes.get(path);
    if (node === undefined) return undefined;
    const kind = node.bytes === undefined ? 'type=dir;' : `type=file;size=${node.bytes.length};`;
    return `${kind}modify=${node.time};`;
  }

  list(folder: string, verb: 'MLSD' | 'LIST' | 'NLST'): string[] {
    const before = folder === '' ? '' : `${folder}/`;
    const lines: string[] = [];
    for (const [path, { bytes, time }] of this.#nodes) {
      const name = path.slice(before.length);
      if (path === '' || !path.startsWith(before) || name.includes('/')) continue;
      if (verb === 'NLST') lines.push(name);
      else if (verb === 'MLSD') lines.push(`${this.facts(path)} ${name}`);
      else lines.push(`${bytes === undefined ? 'd' : '-'}rw-r--r-- 1 a b ${bytes?.length ?? 0} ${dayOf(time)} ${name}`);
    }
    return lines;
  }
}

/** As ls has it: hours where the year is this one, or the last. */
function dayOf(time: string): string {
  const [, year = '', month = '', day, hour, minute] = /^(....)(..)(..)(..)(..)/.exec(time) ?? [];
  const name = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')[Number(month) - 1];
  const age = Date.now() - Date.UTC(Number(year), Number(month) - 1, Number(day));
  return `${name} ${day} ${age < 100 * 86_400_000 ? `${hour}:${minute}` : ` ${year}`}`;
}

function stamp(): string {
  return new Date().toISOString().replace(/[-T:]|\..*/g, '');
}
