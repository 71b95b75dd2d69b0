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
  /** An errno's name, or one of our stable `ERR_…` names. */
  readonly code: string;
  /** The error that the runtime gave, if it gave one. */
  readonly cause: unknown;
  /** Every attempt of a connect. */
  readonly attempts: readonly Attempt[] | undefined;
  /** The message, where the code alone says too little. */
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

/** One attempt of a connect (RFC 8305): where it went, how long it took, and how it ended. */
export interface Attempt {
  /** The address and port, such as `192.0.2.1:80` or `[2001:db8::1]:80`. */
  readonly address: string;
  /** How long it took. */
  readonly milliseconds: number;
  /** `connected`, `called off` since another one was faster, or the code of its failure. */
  readonly code: string;
}

/** A reply of FTP or SMTP (RFC 959, section 4.2; RFC 5321, section 4.2). */
export interface NumberedReply {
  /** From 100 to 599. */
  readonly code: number;
  /** The enhanced status code (RFC 3463), such as `5.1.1`, where the text begins with one. */
  readonly enhanced?: string | undefined;
  /** Its lines without their codes, joined by line feeds. */
  readonly text: string;
}

/** What a server said to one recipient of a mail. */
export interface RecipientResult {
  /** The recipient, as in the envelope. */
  readonly address: string;
  /** Whether the server took it. */
  readonly accepted: boolean;
  /** The reply; undefined if there was none before the connection was lost, and for an address beyond ASCII where the server has no SMTPUTF8. */
  readonly reply?: NumberedReply | undefined;
  /** Whether the server would say no again (5yz); of one that was accepted, false. */
  readonly permanent: boolean;
}

/** Details of the operation that failed. */
export interface ErrorDetails {
  /** Bytes received that the operation did not deliver. They stay in the socket. */
  readonly partial?: () => Buffer;
  /** Bytes that the system has taken of those to be sent. */
  readonly sent?: number;
  /** The object of the operation: an address, a host, a path. */
  readonly target?: string | undefined;
  /** Which part of a longer conversation it was. */
  readonly phase?: string;
  /** The command of FTP or SMTP, without what is secret in it. */
  readonly command?: string | undefined;
  /** The last reply to one. */
  readonly reply?: NumberedReply | undefined;
  /** What a server said to each recipient of a mail. */
  readonly recipients?: readonly RecipientResult[];
  /** An addition to the message. */
  readonly note?: string | undefined;
}

/** LuaSocket's own words for errnos; for the rest it has the system's. */
export const LUASOCKET_REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRINUSE: 'address already in use',
  ECONNABORTED: 'closed',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'closed',
  EISCONN: 'already connected',
  EPERM: 'permission denied',
  EPIPE: 'closed',
  ETIMEDOUT: 'timeout',
};

/** The words for a code: LuaSocket's, the system's, and ours for what neither has; `reason` is the code itself for the rest. */
const REASONS: Readonly<Record<string, string>> = {
  ...LUASOCKET_REASONS,
  ABORT_ERR: 'aborted',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  EAI_AGAIN: 'temporary failure in name resolution',
  EAI_FAIL: 'non-recoverable failure in name resolution',
  EHOSTUNREACH: 'No route to host',
  EINVAL: 'Invalid argument',
  EMFILE: 'Too many open files',
  EMSGSIZE: 'Message too long',
  ENETUNREACH: 'Network is unreachable',
  ENODEV: 'No such device',
  ENOENT: 'No such file or directory',
  ENOTCONN: 'Transport endpoint is not connected',
  ENOTFOUND: 'host not found',
  ERR_AUTH: 'login failed',
  ERR_BODY_LENGTH: 'body length differs',
  ERR_BOUND: 'already bound',
  ERR_BUSY: 'busy',
  ERR_CLOSED: 'closed',
  ERR_CONNECTED: 'already connected',
  ERR_FILTER: 'invalid filter result',
  ERR_FTP_ADDRESS: 'malformed address',
  ERR_FTP_LISTING: 'malformed listing',
  ERR_FTP_MIRROR: 'not all was copied',
  ERR_FTP_REPLY: 'refused by the server',
  ERR_HTTP_CHUNK: 'malformed chunk',
  ERR_HTTP_CODING: 'malformed coding',
  ERR_HTTP_FRAMING: 'malformed body length',
  ERR_HTTP_RANGE: 'malformed range',
  ERR_HTTP_REDIRECT: 'invalid redirect',
  ERR_HTTP_STATUS: 'malformed status line',
  ERR_HTTP_UNASKED: 'unasked reply',
  ERR_INTEGRITY: 'integrity mismatch',
  ERR_INVALID_ARGUMENT: 'invalid argument',
  ERR_LIMIT: 'oversized',
  ERR_MAIL_SOURCE: 'cannot be read twice',
  ERR_MALFORMED_HEADERS: 'malformed headers',
  ERR_NOT_BOUND: 'not bound',
  ERR_NOT_CONNECTED: 'not connected',
  ERR_NO_REPLY: 'closed',
  ERR_NOT_SENT: 'a send before it failed',
  ERR_PARTIAL: 'partial',
  ERR_PROMISE: 'not blocking',
  ERR_PROXY_AUTHENTICATION: 'proxy authentication required',
  ERR_PROXY_REFUSED: 'refused by the proxy',
  ERR_RECIPIENTS: 'no recipient accepted',
  ERR_REPLY: 'malformed reply',
  ERR_REPLY_CODE: 'unexpected reply',
  ERR_SMTP_8BIT: '8-bit text not taken',
  ERR_SMTP_REPLY: 'unexpected reply',
  ERR_SMTP_SIZE: 'message too large',
  ERR_SMTP_UTF8: 'international address not taken',
  ERR_SOURCE: 'invalid source result',
  ERR_SPENT: 'spent',
  ERR_TLS_REQUIRED: 'TLS required',
  ERR_TLS_TRUNCATED: 'unexpected eof while reading',
  ERR_TLS_UNREAD: 'unread data',
  ERR_TOO_MANY_REDIRECTS: 'too many redirects',
  ERR_UNASKED: 'unasked reply',
  ERR_UNKNOWN_OUTCOME: 'unknown outcome',
  ERR_UNREAD: 'unread bytes',
  ERR_UNSUPPORTED: 'not supported',
};

/** Anything that a socket refuses or fails to do. */
export class SocketError extends Error {
  /** `'SocketError'`. */
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
  /** The phase of an HTTP request when its time was over (`connecting`, …); of a copy, `receiving` or `sending`. */
  declare readonly phase?: string;
  /** The command of FTP or SMTP that had no reply, or one that says no; without what is secret in it. */
  declare readonly command?: string;
  /** The last reply of such a conversation. */
  declare readonly reply?: NumberedReply;
  /** What the server said to each recipient of a mail, up to the error. */
  declare readonly recipients?: readonly RecipientResult[];
  #partial: (() => Buffer) | Buffer | undefined;

  constructor(code: string, message: string, details: ErrorDetails = {}, failure?: Failure) {
    super(message, failure?.cause === undefined ? undefined : { cause: failure.cause });
    this.code = code;
    this.reason = failure?.words?.reason ?? REASONS[code] ?? code;
    this.#partial = details.partial;
    if (details.sent !== undefined) this.sent = details.sent;
    if (details.phase !== undefined) this.phase = details.phase;
    if (details.command !== undefined) this.command = details.command;
    if (details.reply !== undefined) this.reply = details.reply;
    if (details.recipients !== undefined) this.recipients = details.recipients;
    if (failure?.attempts !== undefined) this.attempts = failure.attempts;
    if (failure?.words?.alert !== undefined) this.alert = failure.words.alert;
  }

  /** Puts in what a longer operation had gathered when one of its receives failed. Other errors stay as they are. */
  static withPartial(error: unknown, partial: () => Buffer): unknown {
    if (error instanceof SocketError && error.#partial !== undefined) error.#partial = partial;
    return error;
  }

  /** Puts in what the recipients of a mail were told before the error. Other errors stay as they are. */
  static withRecipients(error: unknown, recipients: readonly RecipientResult[]): unknown {
    if (error instanceof SocketError && error.recipients === undefined) Object.assign(error, { recipients });
    return error;
  }

  /** Bytes that had arrived when a receive failed, the prefix included. They are not lost: the next receive begins with them. */
  get partial(): Buffer | undefined {
    // Put together when first read: a loop of short timeouts over a long message copies nothing.
    if (typeof this.#partial === 'function') this.#partial = this.#partial();
    return this.#partial;
  }
}

/** The deadline of `settimeout` passed. The socket is as usable as before. */
export class TimeoutError extends SocketError {
  /** `'TimeoutError'`. */
  override name = 'TimeoutError';
}

/** The connection is gone: ended by the peer (`ERR_CLOSED`), cut (`ECONNRESET`, `EPIPE`, `ERR_TLS_TRUNCATED`), or closed here. */
export class ClosedError extends SocketError {
  /** `'ClosedError'`. */
  override name = 'ClosedError';
}

/** A peer sent more than the limit that the message names. */
export class LimitError extends SocketError {
  /** `'LimitError'`. */
  override name = 'LimitError';
}

/** The peer broke the protocol: what it sent has no meaning, or more than one. The connection is of no more use. */
export class ProtocolError extends SocketError {
  /** `'ProtocolError'`. */
  override name = 'ProtocolError';
}

/** The other side said no, by a numbered reply that was not one of those that the command needs. The connection is as usable as before. */
export class ReplyError extends SocketError {
  /** `'ReplyError'`. */
  override name = 'ReplyError';

  /** Whether the same command would get the same answer later (5yz), as far as the server knows (RFC 5321, section 4.2.1). */
  get permanent(): boolean {
    return this.reply !== undefined && this.reply.code >= 500;
  }
}

/** An AbortSignal ended the operation; `cause` is the signal's reason. */
export class AbortError extends SocketError {
  /** `'AbortError'`. */
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
  const note = details.note === undefined ? '' : `; ${details.note}`;
  return trimmed(new type(code, `${where}: ${why}${here ? '' : ` (${code})`}${note}`, details, failure), failed);
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
