/** The HTTP client of both faces, for tests that ask the same of each. */
import { request as requestAwait, session as sessionAwait } from '../../src/entry/http.ts';
import {
  type HttpRequest,
  type HttpResponse,
  request as requestBlocking,
  session as sessionBlocking,
} from '../../src/entry/http-blocking.ts';
import { withTools } from './peer.ts';
import type { Cleanup, Tool } from './tools.ts';

/** A session as either face has it, to be awaited. */
export interface AnySession {
  request(input: string | Omit<HttpRequest, 'create'>): Promise<HttpResponse>;
  fetch(input: string, init?: RequestInit): Promise<Response>;
}

/** A request as either face takes it. */
export type Ask = (input: string | Omit<HttpRequest, 'create'>, body?: string | Uint8Array) => Promise<HttpResponse>;

const FACES: Readonly<Record<string, Ask>> = {
  await: (input, body) => requestAwait(input, body),
  // The servers are other processes: that this one does nothing else meanwhile is nothing to them.
  blocking: async (input, body) => requestBlocking(input, body),
};

/** A test of each face with these programs. */
export function withFaces(
  title: string,
  tools: readonly Tool[],
  body: (ask: Ask, cleanup: Cleanup) => Promise<void>,
): void {
  for (const [face, ask] of Object.entries(FACES)) {
    withTools(`${title} (${face})`, tools, (cleanup) => body(ask, cleanup));
  }
}

/** A test of a session of each face with these programs. */
export function withSessions(
  title: string,
  tools: readonly Tool[],
  body: (session: AnySession, cleanup: Cleanup) => Promise<void>,
): void {
  withTools(`${title} (await)`, tools, async (cleanup) => {
    using session = sessionAwait();
    await body(session, cleanup);
  });
  withTools(`${title} (blocking)`, tools, async (cleanup) => {
    using session = sessionBlocking();
    const request: AnySession['request'] = async (input) => session.request(input);
    await body({ request, fetch: async (input, init) => session.fetch(input, init) }, cleanup);
  });
}

/** `url` with `user:password@`, as they stand in a URL. */
export function withLogin(url: string, login: string): string {
  return url.replace('://', `://${login}@`);
}
