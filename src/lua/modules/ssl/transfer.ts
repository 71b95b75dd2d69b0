/**
 * How a connection of LuaSec's moves bytes: OpenSSL reads from and writes to the descriptor itself, so that its order of
 * wantread and wantwrite is LuaSec's, and the machine's memory is where it reads to and writes from.
 */
import { Failure } from '../../../core/errors.ts';
import { deadlineAfter, NO_WAIT } from '../../../core/timeout.ts';
import { failure } from '../../../posix/libc/errno.ts';
import { errno, type Pointer } from '../../../posix/libc/functions.ts';
import { type Answers, answeredBy, isAnswering } from '../../../posix/openssl/answers.ts';
import { type OpenSsl, openssl, SSL_ERROR } from '../../../posix/openssl/functions.ts';
import { type MoreOpenSsl, moreOpenssl } from '../../../posix/openssl/more-functions.ts';
import { READABLE, WRITABLE, wait } from '../../../posix/wait.ts';
import { pendingReason } from '../socket/reasons.ts';
import type { Transfer } from '../socket/stream-socket.ts';
import { LuaTimeouts } from '../socket/timeouts.ts';
import type { ErrorStack } from './errors.ts';
import type { Owned } from './structures.ts';

/** As many bytes as LuaSec gives to OpenSSL at a time: programs offer them again in such pieces. */
const STEP = 8192;
/** A failed call, whose reason is in `wants` and `reason`. */
const FAILED = -1;
/** Seconds that a goodbye may wait for room in the kernel. */
const GOODBYE = 1;

/** Answers nothing. */
export const NOBODY: Answers = {};

/** What SSL_get_error(3) may say besides. */
const OTHER_WORDS: Readonly<Record<number, string>> = {
  4: 'Waiting for callback',
  7: "'connect' not completed",
  8: "'accept' not completed",
};

export class SslTransfer implements Transfer {
  readonly owned: Owned;
  /** The handshake is done, and nothing has been closed. */
  connected = false;
  /** A call of OpenSSL is under way, and asks the program: nothing else may be asked of this connection meanwhile. */
  busy = false;
  /** After a failure: the events that are to be waited for, or 0. */
  wants = 0;
  /** The words for it. */
  reason = '';
  /** Judges the peer's certificates if there is another handshake within a connection: no function of the program's is asked there. */
  judge: Answers = NOBODY;
  readonly #c: OpenSsl = openssl();
  readonly #more: MoreOpenSsl = moreOpenssl();
  readonly #errors: ErrorStack;

  constructor(owned: Owned, errors: ErrorStack) {
    this.owned = owned;
    this.#errors = errors;
  }

  get pointer(): Pointer {
    return this.owned.pointer;
  }

  /** Whether OpenSSL may be called. */
  get usable(): boolean {
    return this.owned.there && !this.busy;
  }

  readonly recv: Transfer['recv'] = (_fd, address, size) => {
    if (!this.connected || this.busy) return 0;
    this.#errors.clear(this.#c);
    const got =
      this.judge === NOBODY && !isAnswering()
        ? this.#c.SSL_read(this.pointer, address, size)
        : answeredBy(this.judge, () => this.#c.SSL_read(this.pointer, address, size));
    return got > 0 ? got : this.#failed(got);
  };

  readonly send: Transfer['send'] = (_fd, address, length) => {
    if (!this.connected || this.busy) return this.#because(0, 'closed');
    this.#errors.clear(this.#c);
    const size = Math.min(length, STEP);
    const taken =
      this.judge === NOBODY && !isAnswering()
        ? this.#more.SSL_writeAt(this.pointer, address, size)
        : answeredBy(this.judge, () => this.#more.SSL_writeAt(this.pointer, address, size));
    if (taken > 0) return taken;
    return this.#failed(taken) === 0 ? this.#because(0, 'closed') : FAILED;
  };

  /** One step of the handshake: 1 when it is done, and 0 at the peer's end. */
  shake(answers: Answers): number {
    this.#errors.clear(this.#c);
    this.busy = true;
    try {
      const done = answeredBy(answers, () => this.#c.SSL_do_handshake(this.pointer));
      if (done === 1) this.connected = true;
      return done === 1 ? 1 : this.#failed(done);
    } finally {
      this.busy = false;
    }
  }

  /** Says goodbye to the peer: for as long as the kernel has no room, up to a second if this may wait. */
  sayGoodbye(fd: number, mayWait: boolean): void {
    const deadline = mayWait ? deadlineAfter('close', GOODBYE) : NO_WAIT;
    do {
      this.#errors.clear(this.#c);
      const said = this.#c.SSL_shutdown(this.pointer);
      if (said >= 0 || this.#failed(said) === 0 || this.wants !== WRITABLE) break;
    } while (!(wait(fd, WRITABLE, deadline) instanceof Failure));
    this.connected = false;
    this.#errors.clear(this.#c);
  }

  #failed(result: number): number {
    const number = errno(); // before another call changes it
    const error = this.#c.SSL_get_error(this.pointer, result);
    switch (error) {
      case SSL_ERROR.WANT_READ:
        return this.#because(READABLE, 'wantread');
      case SSL_ERROR.WANT_WRITE:
        return this.#because(WRITABLE, 'wantwrite');
      case SSL_ERROR.ZERO_RETURN:
        return 0;
      case SSL_ERROR.SSL:
        this.#errors.add(this.#c);
        return this.#because(0, this.#errors.take());
      case SSL_ERROR.SYSCALL:
        return result === 0 ? 0 : this.#because(0, pendingReason(failure(number)));
      default:
        return this.#because(0, OTHER_WORDS[error] ?? 'Unknown SSL error');
    }
  }

  #because(wants: number, reason: string): number {
    this.wants = wants;
    this.reason = reason;
    return FAILED;
  }
}

/** LuaSocket's timeouts for such a connection: it waits for what OpenSSL wants, and tells that where the time is over. */
export class SslTimeouts extends LuaTimeouts {
  readonly #transfer: SslTransfer;

  constructor(transfer: SslTransfer) {
    super();
    this.#transfer = transfer;
  }

  override afterFailure(fd: number): string | undefined {
    const { wants, reason } = this.#transfer;
    if (wants === 0) return reason;
    const wrong = this.wait(fd, wants);
    return wrong === 'timeout' ? reason : wrong;
  }
}
