/**
 * Chromium without a window, driven by its debugging protocol over a pipe: messages of JSON that NUL ends, on the descriptors 3
 * and 4 (https://chromedevtools.github.io/devtools-protocol/).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

type Listener = (message: Message) => void;

type Answer = { readonly resolve: (result: Record<string, unknown>) => void; readonly reject: (error: Error) => void };

export class Browser {
  readonly #child: ChildProcess;
  readonly #profile = mkdtempSync(path.join(tmpdir(), 'moonsocket-chromium-'));
  readonly #answers = new Map<number, Answer>();
  /** Of each page, by its session. */
  readonly #listeners = new Map<string, Listener>();
  #last = 0;

  constructor() {
    const options = [
      '--headless=new',
      '--disable-gpu',
      '--no-first-run',
      '--disable-dev-shm-usage',
      '--hide-scrollbars',
      // With root's rights, and in most containers, Chromium refuses to start in a sandbox; the pages are our own.
      '--no-sandbox',
    ];
    this.#child = spawn(
      'chromium',
      [...options, `--user-data-dir=${this.#profile}`, '--remote-debugging-pipe', 'about:blank'],
      // A group of its processes, which end together.
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], detached: true },
    );
    this.#child.once('error', (error) => this.#fail(error));
    this.#child.once('exit', (code, signal) => this.#fail(new Error(`chromium ended: ${code ?? signal}`)));
    let text = '';
    (this.#child.stdio[4] as Readable).setEncoding('utf8').on('data', (piece: string) => {
      const messages = (text + piece).split('\0');
      text = messages.pop()!;
      for (const message of messages) this.#take(JSON.parse(message) as Message);
    });
  }

  /** Opens a page: a tab beside the others. */
  async open(): Promise<Page> {
    // A window for each: the pages in one window that are not in front hold their timers back.
    const { targetId } = await this.call('Target.createTarget', { url: 'about:blank', newWindow: true });
    const { sessionId } = await this.call('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, sessionId as string);
    for (const domain of ['Page', 'Runtime', 'Log']) await page.call(`${domain}.enable`);
    return page;
  }

  call(method: string, params: Record<string, unknown> = {}, sessionId?: string): Promise<Record<string, unknown>> {
    const id = ++this.#last;
    const message = { id, method, params, ...(sessionId === undefined ? {} : { sessionId }) };
    return new Promise((resolve, reject) => {
      this.#answers.set(id, { resolve, reject });
      (this.#child.stdio[3] as Writable).write(`${JSON.stringify(message)}\0`);
    });
  }

  /** Has the messages of a session's page go to one listener, until `unlisten`. */
  listen(sessionId: string, listener: Listener): void {
    this.#listeners.set(sessionId, listener);
  }

  unlisten(sessionId: string): void {
    this.#listeners.delete(sessionId);
  }

  async close(): Promise<void> {
    const ended = new Promise((done) => this.#child.once('close', done));
    this.#child.removeAllListeners('exit');
    if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL');
    await ended;
    // Some of its processes may write for a moment yet.
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  #take(message: Message): void {
    if (message.id === undefined) {
      this.#listeners.get(message.sessionId ?? '')?.(message);
      return;
    }
    const answer = this.#answers.get(message.id);
    this.#answers.delete(message.id);
    if (message.error === undefined) answer?.resolve(message.result ?? {});
    else answer?.reject(new Error(message.error.message));
  }

  #fail(error: Error): void {
    for (const { reject } of this.#answers.values()) reject(error);
    this.#answers.clear();
  }
}

/** A page of the browser. */
export class Page {
  readonly #browser: Browser;
  readonly #session: string;

  constructor(browser: Browser, session: string) {
    this.#browser = browser;
    this.#session = session;
  }

  call(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    return this.#browser.call(method, params, this.#session);
  }

  /** The value of an expression in the page. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = (await this.call('Runtime.evaluate', {
      ...{ expression, returnByValue: true, awaitPromise: true },
    })) as { result: { value: T }; exceptionDetails?: unknown };
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  }

  /** Opens an address, and waits until it has loaded. Returns what its console had to complain about. */
  async visit(url: string): Promise<string[]> {
    const complaints: string[] = [];
    const loaded = new Promise<void>((done) => {
      const listener = ({ method, params = {} }: Message): void => {
        if (method === 'Log.entryAdded' || method === 'Runtime.exceptionThrown' || isError(method, params))
          complaints.push(JSON.stringify(params));
        if (method !== 'Page.loadEventFired') return;
        this.#browser.unlisten(this.#session);
        done();
      };
      this.#browser.listen(this.#session, listener);
    });
    await this.call('Page.navigate', { url });
    await loaded;
    return complaints;
  }
}

function isError(method: string | undefined, params: Record<string, unknown>): boolean {
  return method === 'Runtime.consoleAPICalled' && params.type === 'error';
}
