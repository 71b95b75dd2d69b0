/**
 * LuaSocket's two timeouts, as it has them: "block" alone bounds the whole call, like "total"; only beside a total one does it
 * bound each wait. The clock starts with the call, and is looked at only where the call has to wait.
 */

import { Failure } from '../../../core/errors.ts';
import { type Deadline, NO_DEADLINE, now } from '../../../core/timeout.ts';
import { EAGAIN, EINTR, failure } from '../../../posix/libc/errno.ts';
import { errno } from '../../../posix/libc/functions.ts';
import { wait } from '../../../posix/wait.ts';
import type { State } from '../../state.ts';
import { reasonOf } from './reasons.ts';

export class LuaTimeouts implements Deadline {
  /** Seconds; negative is no limit. */
  block = -1;
  total = -1;
  readonly signal = undefined;
  readonly interruptible = true;
  #start = 0;

  /** A call begins. */
  begin(): void {
    if (!this.unbounded) this.#start = now();
  }

  get unbounded(): boolean {
    return this.block < 0 && this.total < 0;
  }

  /** For who may wait in the kernel itself. */
  get deadline(): Deadline {
    return this.unbounded ? NO_DEADLINE : this;
  }

  /** Whole milliseconds that the next wait may last. */
  remaining(): number {
    const { block, total } = this;
    const elapsed = (now() - this.#start) / 1000;
    const seconds = total < 0 ? block - elapsed : block < 0 ? total - elapsed : Math.min(block, total - elapsed);
    if (Number.isNaN(seconds)) return 0;
    return Math.max(0, Math.floor(seconds * 1000));
  }

  /** LuaSocket's calls end only where they wait. */
  overAfter(): boolean {
    return false;
  }

  /** Waits for the descriptor; what is wrong, if so. */
  wait(fd: number, events: number): string | undefined {
    if (this.block === 0) return 'timeout';
    const failure = wait(fd, events, this.deadline);
    return failure instanceof Failure ? reasonOf(failure) : undefined;
  }

  /** After a call of the system's that failed: waits where it would block, and undefined says to call again; or what is wrong. */
  afterFailure(fd: number, events: number): string | undefined {
    const number = errno();
    if (number === EAGAIN) return this.wait(fd, events);
    return number === EINTR ? undefined : reasonOf(failure(number));
  }

  /** `settimeout(value, mode)`, of an object that is argument 1. */
  set(lua: State): number {
    const seconds = lua.optNumber(2, -1);
    const mode = lua.optText(3, 'b')[0];
    if (mode === 'b') this.block = seconds;
    else if (mode === 't' || mode === 'r') this.total = seconds;
    else return lua.argumentError(3, 'invalid timeout mode');
    return lua.give(1);
  }
}
