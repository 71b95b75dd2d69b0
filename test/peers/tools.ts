/** The foreign programs that tests run: whether they are here, how they are started, what they say, and how they end. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Each program, and the Debian package that has it. */
const PACKAGES = {
  apache2: 'apache2',
  copas: 'lua-copas',
  curl: 'curl',
  fish: 'fish',
  haproxy: 'haproxy',
  ip: 'iproute2',
  'lua5.4': 'lua5.4',
  'luac5.4': 'lua5.4',
  luasec: 'lua-sec',
  luasocket: 'lua-socket',
  luafilesystem: 'lua-filesystem',
  mandoc: 'mandoc',
  nc: 'netcat-openbsd',
  nft: 'nftables',
  nginx: 'nginx',
  'nginx-stream': 'libnginx-mod-stream',
  openssl: 'openssl',
  prlimit: 'util-linux',
  python3: 'python3',
  'python3-dkim': 'python3-dkim',
  'redis-lua': 'lua-redis',
  'redis-server': 'redis-server',
  setpriv: 'util-linux',
  setsid: 'util-linux',
  socat: 'socat',
  squid: 'squid',
  ss: 'iproute2',
  strace: 'strace',
  stty: 'coreutils',
  stunnel: 'stunnel4',
  unshare: 'util-linux',
  zsh: 'zsh',
} as const;

export type Tool = keyof typeof PACKAGES;

// Debian keeps administrators' programs where an ordinary user's PATH does not look.
export const PATH: string = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;

/** A new network and mount namespace, for whoever may make one: as root, or as root of a user namespace of one's own. */
export const NAMESPACE: readonly string[] = ['unshare', ...(process.getuid?.() === 0 ? [] : ['-r']), '-n', '-m'];

const known = new Map<Tool, boolean>();

/** The options of a test that runs these: one that is missing skips it, by name; in CI the test runs, and fails. */
export function needs(...tools: readonly Tool[]): { skip?: string } {
  const missing = process.env.CI ? [] : tools.filter((tool) => !here(tool));
  return missing.length === 0 ? {} : { skip: `needs ${missing.map(shown).join(', ')}` };
}

function here(tool: Tool): boolean {
  let found = known.get(tool);
  if (found === undefined) {
    found = probe(tool);
    known.set(tool, found);
  }
  return found;
}

function probe(tool: Tool): boolean {
  if (tool === 'copas') return existsSync('/usr/share/lua/5.2/copas.lua');
  if (tool === 'nginx-stream') return existsSync('/usr/lib/nginx/modules/ngx_stream_module.so');
  if (tool === 'redis-lua') return existsSync('/usr/share/lua/5.3/redis.lua');
  if (tool === 'python3-dkim') return succeeds('/usr/bin/python3', ['-c', 'import dkim, nacl']);
  if (tool === 'luafilesystem') return succeeds('lua5.4', ['-e', 'require "lfs"']);
  if (tool === 'luasec') return succeeds('lua5.4', ['-e', 'require "ssl"']);
  if (tool === 'luasocket') return succeeds('lua5.4', ['-e', 'require "socket.unix"']);
  if (tool === 'unshare') return succeeds(NAMESPACE[0] as string, [...NAMESPACE.slice(1), 'true']);
  return PATH.split(':').some((folder) => isProgram(join(folder, tool)));
}

function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { env: { ...process.env, PATH }, stdio: 'ignore' }).status === 0;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function shown(tool: Tool): string {
  return `${tool} (Debian's ${PACKAGES[tool]})`;
}

/** What a test hands its clean-up to. */
export interface Cleanup {
  defer(end: () => unknown): void;
}

/** A program that runs beside a test. */
export class Child {
  readonly process: ChildProcess;
  stdout = '';
  stderr = '';
  /** Fulfilled when it has ended and all it said was read. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly #name: string;
  readonly #listeners = new Set<() => void>();
  #over = false;

  /** Starts it; it is killed when `cleanup` is due, if it still runs then. */
  constructor(cleanup: Cleanup, command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.#name = [command, ...args].join(' ').slice(0, 100);
    // A program that runs under node:test must not take itself for one of its files.
    const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
    this.process = spawn(command, args, { env: { ...inherited, PATH, ...env }, stdio: 'pipe' });
    this.process.stdin?.on('error', () => {}); // it may end before it has read all
    for (const name of ['stdout', 'stderr'] as const) {
      this.process[name]?.setEncoding('latin1').on('data', (text: string) => {
        this[name] += text;
        for (const listener of this.#listeners) listener();
      });
    }
    this.ended = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        this.#over = true;
        for (const listener of this.#listeners) listener();
        resolve({ code, signal });
      };
      this.process.on('close', end);
      this.process.on('error', (error) => {
        this.stderr += `${error.message}${command in PACKAGES ? `: ${shown(command as Tool)} is not here` : ''}\n`;
        end(null, null);
      });
    });
    cleanup.defer(() => this.kill());
  }

  get pid(): number {
    return this.process.pid as number;
  }

  /** Waits until what it has said matches. */
  said(pattern: RegExp, where: 'stdout' | 'stderr' = 'stdout'): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(this[where]);
        if (match === null && !this.#over) return;
        this.#listeners.delete(look);
        if (match !== null) resolve(match);
        else reject(new Error(`${this.#name} ended without saying ${pattern}:\n${this.stdout}\n${this.stderr}`));
      };
      this.#listeners.add(look);
      look();
    });
  }

  /** Whether it has ended, or never began. */
  get over(): boolean {
    return this.#over;
  }

  signal(name: NodeJS.Signals): void {
    if (!this.#over) this.process.kill(name);
  }

  /** Ends it, and waits until it has. */
  async kill(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill('SIGKILL');
    await this.ended;
  }
}

/** Starts a program of Node's beside the test. */
export function startNode(cleanup: Cleanup, program: string, ...args: readonly string[]): Child {
  return new Child(cleanup, process.execPath, ['-e', program, ...args]);
}

/** Waits until `look` gives something: for what tells nobody when it happens. */
export async function eventually<T>(what: string, look: () => T | undefined | false, seconds = 10): Promise<T> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`${what} did not happen within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setImmediate(resolve)); // the timer is gone from the list of active resources
  }
}

/** The port at which a program that was told port 0 listens, or has bound its UDP socket. */
export function portOf(child: Child, protocol: 'tcp' | 'tcp6' | 'udp' = 'tcp'): Promise<number> {
  return eventually(`a ${protocol} port of ${child.process.spawnfile}`, () => {
    const inodes = socketsOf(child.pid);
    for (const row of readFileSync(`/proc/net/${protocol}`, 'latin1').split('\n').slice(1)) {
      // sl local_address rem_address st … inode (proc(5)); 0A is LISTEN, 07 what an unconnected UDP socket has.
      const fields = row.trim().split(/\s+/);
      const listens = fields[3] === (protocol === 'udp' ? '07' : '0A');
      if (listens && inodes.has(fields[9] ?? '')) return Number.parseInt(fields[1]?.split(':')[1] ?? '', 16);
    }
    return undefined;
  });
}

function socketsOf(pid: number): Set<string> {
  const inodes = new Set<string>();
  try {
    for (const fd of readdirSync(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      if (inode !== undefined) inodes.add(inode);
    }
  } catch {
    // It has ended, or closed one between two looks.
  }
  return inodes;
}
