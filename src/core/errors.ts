/**
 * The errors, and the failures that become errors.
 *
 * I/O returns a {@link Failure}; the flow that called it throws {@link failed}`(…)`. So an error is born in the
 * protocol line that failed and its stack shows this line, in every face.
 */

/** What a failure says, where its code alone says too little. */
export interface FailureWords {
  /** What the error's message says, instead of what its code stands for. */
  readonly text: string;
  /** The error's `reason`, where it is not the code's. */
  readonly reason?: string;
  /** The alert by which a peer has ended TLS, by its name in RFC 8446, section 6. */
  readonly alert?: string;
}

/** Why an I/O operation gave nothing: `code` is an errno's name, or one of our stable `ERR_…` names. */
export class Failure {
  readonly code: string;
  readonly cause: unknown;
  readonly attempts: readonly Attempt[] | undefined;
  readonly words?: FailureWords | undefined;

  constructor(code: string, cause?: unknown, attempts?: readonly Attempt[], words?: FailureWords) {
    this.code = code;
    this.cause = cause;
    this.attempts = attempts;
    this.words = words;
  }
}

/** The deadline passed. */
export const TIMED_OUT: Failure = new Failure('ETIMEDOUT');
/** The peer ended the stream. */
export const ENDED: Failure = new Failure('ERR_CLOSED');
/** This side closed the socket. */
export const CLOSED_HERE: Failure = new Failure('ERR_CLOSED_HERE');

/**
 * The deadline passed when all that was taken was still on its way to the system, and cannot be taken back: a record of TLS.
 * The transport moves it on with its next calls, whatever they are.
 */
export class TakenLate extends Failure {
  /** How many bytes that were. They are not to be sent again. */
  readonly taken: number;

  constructor(taken: number) {
    super('ETIMEDOUT');
    this.taken = taken;
  }
}

/** A result, or why there is none. */
export type Outcome<T> = T | Failure;

/** One attempt of a connect: the address, how long it took in milliseconds, and how it ended. */
export interface Attempt {
  readonly address: string;
  readonly milliseconds: number;
  /** `connected`, `called off` since another one was faster, or the code of its failure. */
  readonly code: string;
}

/** What an error knows of the operation that failed. */
export interface ErrorDetails {
  /** Bytes received that the operation did not deliver. They stay in the socket. */
  readonly partial?: () => Buffer;
  /** Bytes that the system has taken of those to be sent. */
  readonly sent?: number;
  /** What the operation was on: an address, a host, a path. */
  readonly target?: string;
  /** Which part of a longer conversation it was. */
  readonly phase?: string;
}

/** LuaSocket's words for the codes that have one; `reason` is the code itself for the rest. */
const REASONS: Readonly<Record<string, string>> = {
  ABORT_ERR: 'aborted',
  EACCES: 'permission denied',
  EADDRINUSE: 'address already in use',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  EAI_AGAIN: 'temporary failure in name resolution',
  EAI_FAIL: 'non-recoverable failure in name resolution',
  ECONNABORTED: 'closed',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'closed',
  EHOSTUNREACH: 'No route to host',
  EINVAL: 'Invalid argument',
  EISCONN: 'already connected',
  EMFILE: 'Too many open files',
  EMSGSIZE: 'Message too long',
  ENETUNREACH: 'Network is unreachable',
  ENODEV: 'No such device',
  ENOENT: 'No such file or directory',
  ENOTCONN: 'Transport endpoint is not connected',
  ENOTFOUND: 'host not found',
  EPERM: 'permission denied',
  EPIPE: 'closed',
  ERR_CLOSED: 'closed',
  ERR_HTTP_CHUNK: 'malformed chunk',
  ERR_HTTP_CODING: 'malformed coding',
  ERR_HTTP_FRAMING: 'malformed body length',
  ERR_HTTP_STATUS: 'malformed status line',
  ERR_HTTP_UNASKED: 'unasked reply',
  ERR_LIMIT: 'oversized',
  ERR_MALFORMED_HEADERS: 'malformed headers',
  ERR_NO_REPLY: 'closed',
  ERR_PROXY_AUTHENTICATION: 'proxy authentication required',
  ERR_PROXY_REFUSED: 'refused by the proxy',
  ERR_TLS_TRUNCATED: 'unexpected eof while reading',
  ERR_TLS_UNREAD: 'unread data',
  ERR_UNSUPPORTED: 'not supported',
  ETIMEDOUT: 'timeout',
};

/** Anything that a socket refuses or fails to do. */
export class SocketError extends Error {
  override name = 'SocketError';
  /** Stable: an errno's name (`ECONNREFUSED`) where one exists, else `ERR_…`. */
  readonly code: string;
  /** LuaSocket's words: `timeout`, `closed`, `connection refused`, `host not found`, … */
  readonly reason: string;
  /** Bytes that the system has taken of those to be sent, in an error of `send`. */
  declare readonly sent?: number;
  /** Every attempt of a connect that failed. */
  declare readonly attempts?: readonly Attempt[];
  /** The alert by which a peer has ended TLS: `unknown_ca`, `certificate_required`, … (RFC 8446, section 6). */
  declare readonly alert?: string;
  /** What an HTTP request was busy with when its time was over: `connecting`, `sending the request`, … */
  declare readonly phase?: string;
  #partial: (() => Buffer) | Buffer | undefined;

  constructor(code: string, message: string, details: ErrorDetails = {}, failure?: Failure) {
    super(message, failure?.cause === undefined ? undefined : { cause: failure.cause });
    this.code = code;
    this.reason = failure?.words?.reason ?? REASONS[code] ?? code;
    this.#partial = details.partial;
    if (details.sent !== undefined) this.sent = details.sent;
    if (details.phase !== undefined) this.phase = details.phase;
    if (failure?.attempts !== undefined) this.attempts = failure.attempts;
    if (failure?.words?.alert !== undefined) this.alert = failure.words.alert;
  }

  /** Puts in what a longer operation had gathered when one of its receives failed. Other errors stay as they are. */
  static withPartial(error: unknown, partial: () => Buffer): unknown {
    if (error instanceof SocketError && error.#partial !== undefined) error.#partial = partial;
    return error;
  }

  /** What had arrived when a receive failed, the prefix included. It is not lost: the next receive begins with it. */
  get partial(): Buffer | undefined {
    // Put together when first read: a loop of short timeouts over a long message copies nothing.
    if (typeof this.#partial === 'function') this.#partial = this.#partial();
    return this.#partial;
  }
}

/** The deadline of `settimeout` passed. The socket is as usable as before. */
export class TimeoutError extends SocketError {
  override name = 'TimeoutError';
}

/** The connection is gone: ended by the peer (`ERR_CLOSED`), cut (`ECONNRESET`, `EPIPE`, `ERR_TLS_TRUNCATED`), or closed here. */
export class ClosedError extends SocketError {
  override name = 'ClosedError';
}

/** A peer sent more than the limit that the message names. */
export class LimitError extends SocketError {
  override name = 'LimitError';
}

/** The peer broke the protocol: what it sent has no meaning, or more than one. The connection is of no more use. */
export class ProtocolError extends SocketError {
  override name = 'ProtocolError';
}

/** An AbortSignal ended the operation; `cause` is the signal's reason. */
export class AbortError extends SocketError {
  override name = 'AbortError';
}

/** The error for a failed I/O operation, to be thrown by the flow that asked for it. */
export function failed(operation: string, failure: Failure, details: ErrorDetails = {}): SocketError {
  const here = failure === CLOSED_HERE;
  const code = here ? 'ERR_CLOSED' : failure.code;
  const type =
    code === 'ETIMEDOUT'
      ? TimeoutError
      : code === 'ABORT_ERR'
        ? AbortError
        : REASONS[code] === 'closed' || code === 'ERR_TLS_TRUNCATED'
          ? ClosedError
          : code === 'ERR_TLS_PROTOCOL'
            ? ProtocolError
            : SocketError;
  const where = details.target === undefined ? operation : `${operation} ${details.target}`;
  const why = here
    ? 'the socket was closed on this side'
    : (failure.words?.text ?? explained(failure) ?? REASONS[code] ?? causeText(failure.cause) ?? code);
  return trimmed(new type(code, `${where}: ${why}${here ? '' : ` (${code})`}`, details, failure), failed);
}

/** The error for a call that can never work: what is wrong, and what to do instead. */
export function misuse(code: `ERR_${string}`, message: string): SocketError {
  return trimmed(new SocketError(code, message), misuse);
}

/** The error for an argument that is not what the call takes. */
export function badArgument(message: string): SocketError {
  return trimmed(new SocketError('ERR_INVALID_ARGUMENT', message), badArgument);
}

/** The error for what this face or runtime cannot do; `instead` says who can. */
export function unsupported(what: string, instead: string): SocketError {
  return trimmed(new SocketError('ERR_UNSUPPORTED', `${what} is not possible here: ${instead}`), unsupported);
}

/** An error of ours says more than its code. */
function explained({ cause }: Failure): string | undefined {
  return cause instanceof SocketError ? cause.message : undefined;
}

function causeText(cause: unknown): string | undefined {
  return cause instanceof Error ? cause.message : undefined;
}

/** JavaScriptCore's captureStackTrace leaves nothing of a stack that runs through a generator (Bun 1.4). */
const CAN_TRIM = typeof Error.captureStackTrace === 'function' && !('Bun' in globalThis);

/** The stack begins with the caller of `factory`, the line that a reader looks for. */
function trimmed<E extends Error>(error: E, factory: (...args: never[]) => unknown): E {
  if (CAN_TRIM) Error.captureStackTrace(error, factory);
  return error;
}
