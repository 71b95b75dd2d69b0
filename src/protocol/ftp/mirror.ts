/**
 * A mirror: folders are listed and planned, files copied, by as many sessions as the engine runs beside each other.
 *
 * Each session is a worker that takes what is to be done from one list. Nothing of the list depends on which session
 * does it, so that one whose connection is lost is replaced by a new one, which goes on in the middle of the file.
 */
import { failed, LimitError } from '../../core/errors.ts';
import { type Flow, settle } from '../../core/flow.ts';
import { RETRY_PAUSE } from '../../core/limits.ts';
import { deadlineAt, now } from '../../core/timeout.ts';
import type { Gate } from '../../core/turns.ts';
import type { Face } from '../../sockets/face.ts';
import { commandLine } from '../tp/line.ts';
import type { FtpConnection } from './connection.ts';
import { makeWithParents } from './files.ts';
import { openSession } from './login.ts';
import { copied, type MirrorFile, verdictOn } from './mirror-file.ts';
import { type MirrorFolder, planned } from './mirror-folder.ts';
import {
  type FtpMirror,
  jobOf,
  MirrorError,
  type MirrorFailure,
  type MirrorJob,
  type MirrorProgress,
  type MirrorResult,
} from './mirror-options.ts';
import { joined } from './paths.ts';
import type { FtpFace } from './session.ts';

/** Something to be done. */
type Task = { readonly folder: MirrorFolder; attempts: number; readonly item?: undefined } | MirrorFile;

const EMPTY = Buffer.alloc(0);

/** See `mirror` of the faces, which run {@link work} as often as {@link sessions} says, and then {@link finish}. */
export class Mirror<F extends Face> {
  readonly #face: FtpFace<F>;
  readonly #options: FtpMirror<F>;
  readonly #job: MirrorJob;
  readonly #name: string;
  /** The last one is done next: a folder's files before the next folder. */
  readonly #tasks: Task[] = [];
  /** Those that wait for something to be done. */
  #idle: Gate<void>[] = [];
  #running = 0;
  /** Sessions that are logged in. */
  #open = 0;
  #wasOpen = false;
  #listed = 0;
  /** Why nothing more is begun. */
  #end: { readonly error: unknown } | undefined;
  readonly #failures: MirrorFailure[] = [];
  readonly #leftOut: { path: string; why: string }[] = [];
  readonly #all = { files: 0, filesKnown: 0, bytes: 0, bytesKnown: 0 };
  #same = 0;

  /** @throws SocketError `ERR_INVALID_ARGUMENT` */
  constructor(face: FtpFace<F>, options: FtpMirror<F>) {
    this.#face = face;
    this.#options = options;
    this.#job = jobOf(options, face.sessions);
    const { up, server, local } = this.#job;
    this.#name = `ftp mirror ${up ? 'to' : 'from'} ${server}`;
    this.#tasks.push({ folder: { remote: EMPTY, local, name: '', depth: 0, exists: true }, attempts: 0 });
  }

  get sessions(): number {
    return this.#job.sessions;
  }

  /** One session's work, up to the end of all. It throws nothing; `stop` is called where the others have to stop, too. */
  *work(stop: () => void): Flow<void> {
    let session: FtpConnection<F> | undefined;
    try {
      for (let task = yield* this.#next(); task !== undefined; task = yield* this.#next()) {
        const resumed = task.item !== undefined && task.resume;
        try {
          if (session?.usable !== true) {
            this.#close(session);
            session = undefined;
            session = yield* this.#login();
          }
          yield* this.#done(session, task);
        } catch (error) {
          // A server may take fewer sessions than are asked for: the others do it.
          if (session === undefined && this.#open > 0 && !this.#options.signal?.aborted) {
            this.#tasks.push(task);
            return;
          }
          yield* this.#failed(task, error, resumed, session);
        } finally {
          this.#running--;
          this.#wake();
        }
      }
      if (session !== undefined) yield* session.quit();
    } catch (error) {
      this.#end ??= { error };
    } finally {
      this.#close(session);
      if (this.#end !== undefined) stop();
      this.#wake();
    }
  }

  /** What has come of it. @throws MirrorError, and what has ended it */
  finish(): MirrorResult {
    const { files, bytes } = this.#all;
    const result = { files, bytes, same: this.#same, leftOut: this.#leftOut };
    if (this.#end !== undefined && this.#failures.every(({ error }) => error !== this.#end?.error))
      throw this.#end.error;
    if (this.#failures.length > 0) throw new MirrorError(this.#failures, result, this.#name, this.#end !== undefined);
    return result;
  }

  *#next(): Flow<Task | undefined> {
    while (this.#end === undefined) {
      const task = this.#tasks.pop();
      if (task !== undefined) {
        this.#running++;
        return task;
      }
      if (this.#running === 0) return undefined;
      const gate = this.#face.engine.gate<void>();
      this.#idle.push(gate);
      yield* settle(gate.wait(deadlineAt(Number.POSITIVE_INFINITY, undefined)));
    }
    return undefined;
  }

  #wake(): void {
    const idle = this.#idle;
    this.#idle = [];
    for (const gate of idle) gate.wake(undefined);
  }

  *#login(): Flow<FtpConnection<F>> {
    const session = yield* openSession('mirror', this.#face.engine, this.#options);
    const { up, remote } = this.#job;
    try {
      if (remote.length > 0) {
        if (up && !this.#wasOpen) yield* session.call(() => makeWithParents(session, remote));
        yield* session.call(() => session.ask(commandLine('CWD', remote, session.options), '2..'));
      }
    } catch (error) {
      session.close();
      throw error;
    }
    this.#wasOpen = true;
    this.#open++;
    return session;
  }

  #close(session: FtpConnection<F> | undefined): void {
    if (session === undefined) return;
    this.#open--;
    session.close();
  }

  *#done(session: FtpConnection<F>, task: Task): Flow<void> {
    const { up } = this.#job;
    const { files } = this.#face;
    const { signal } = this.#options;
    if (task.item === undefined) return yield* this.#enter(session, task.folder);
    const name = nameIn(task.folder, task.item.name);
    let last: { readonly bytes: number; readonly total: number | undefined } = { bytes: 0, total: task.item.size };
    const progress = (bytes: number, total: number | undefined): void => {
      // Each byte of a copy counts once, however often it was begun.
      this.#all.bytes += Math.max(0, bytes - task.reached);
      last = { bytes, total: total ?? task.item.size };
      this.#tell(name, last);
    };
    yield* session.call(() => copied(session, files, task, { up, progress, signal }));
    this.#all.files++;
    this.#tell(name, last);
  }

  /** What the caller throws ends the mirror, and nothing else does by that error. */
  #tell(path: string, { bytes, total }: { bytes: number; total: number | undefined }): void {
    const { progress } = this.#options;
    if (progress === undefined) return;
    const all: MirrorProgress['all'] = { ...this.#all };
    try {
      progress({ path, bytes, total, all });
    } catch (error) {
      this.#end ??= { error };
      throw error;
    }
  }

  *#enter(session: FtpConnection<F>, folder: MirrorFolder): Flow<void> {
    const { up, resume, entries, depth } = this.#job;
    const { files } = this.#face;
    if (folder.depth > depth) {
      const error = new LimitError('ERR_LIMIT', `${this.#name}: more than ${depth} folders in folders (limits.depth)`);
      this.#failures.push({ path: folder.name, error });
      return;
    }
    const rules = {
      up,
      resume,
      caseless: !up && files.caseless,
      entries: Math.max(1, entries - this.#listed),
      signal: this.#options.signal,
    };
    const { plan, listed } = yield* session.call(() => planned(session, files, folder, rules));
    this.#listed += listed;
    if (this.#listed > entries)
      throw new LimitError('ERR_LIMIT', `${this.#name}: more than ${entries} entries; limits.entries allows more`);
    this.#same += plan.same.length;
    for (const { item, why } of plan.leftOut) this.#leftOut.push({ path: nameIn(folder, item.name), why });
    for (const { item, exists } of [...plan.folders].reverse()) {
      const { name, entry } = item;
      const bytes = entry?.rawName ?? Buffer.from(name, session.options.encoding ?? 'utf8');
      const below = {
        remote: joined(folder.remote, bytes),
        local: files.join(folder.local, name),
        name: nameIn(folder, name),
        depth: folder.depth + 1,
        exists,
      };
      this.#tasks.push({ folder: below, attempts: 0 });
    }
    for (const { item, offset } of [...plan.copies].reverse()) {
      this.#all.filesKnown++;
      this.#all.bytesKnown += Math.max(0, (item.size ?? 0) - offset);
      this.#tasks.push({ folder, item, resume: offset > 0, reached: offset, attempts: 0 });
    }
    this.#wake();
  }

  *#failed(task: Task, error: unknown, resumed: boolean, session: FtpConnection<F> | undefined): Flow<void> {
    const { folder, item } = task;
    const path = item === undefined ? folder.name : nameIn(folder, item.name);
    if (this.#end !== undefined) return;
    const verdict = verdictOn(error, ++task.attempts, resumed);
    const isFirst = item === undefined && folder.depth === 0;
    if (verdict === 'over' || (isFirst && (verdict !== 'again' || !this.#wasOpen))) {
      this.#end = { error };
    } else if (verdict === 'left out') {
      this.#leftOut.push({ path, why: (error as Error).message });
    } else if (verdict === 'again') {
      this.#tasks.push(task);
      if (task.attempts > 1) yield* this.#pause(task.attempts);
    } else {
      this.#failures.push({ path, error: error as Error });
      // Where no server answers, the other files fail as well.
      if (verdict === 'last' || session === undefined) this.#end = { error };
    }
  }

  *#pause(attempts: number): Flow<void> {
    const seconds = RETRY_PAUSE * 2 ** (attempts - 2);
    const deadline = deadlineAt(now() + seconds * 1000, this.#options.signal);
    const outcome = yield* settle(this.#face.engine.sleep(deadline));
    if (outcome.code === 'ABORT_ERR') throw failed('mirror', outcome);
  }
}

/** Below both folders, parted by `/`. */
function nameIn({ name }: MirrorFolder, item: string): string {
  return name === '' ? item : `${name}/${item}`;
}
