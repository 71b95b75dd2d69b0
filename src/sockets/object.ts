/** The base of all socket objects: two timeouts, and an end. */
import type { Timeouts } from '../core/timeout.ts';
import type { Face, Result, Runner } from './face.ts';

/** A socket object of whatever kind. */
export abstract class SocketObject<F extends Face> {
  protected readonly runner: Runner<F>;
  protected abstract readonly timeouts: Timeouts;

  constructor(runner: Runner<F>) {
    this.runner = runner;
  }

  /** Gives the socket back to the system. Pending calls end with ClosedError. Again: does nothing. */
  abstract close(): void;

  /**
   * Bounds each wait of a call ('b', block) or the whole call ('t', total), in seconds; null is no limit, 0 does not wait.
   *
   * A total timeout holds whether or not the call has to wait: what completes it at the first look is given, however
   * little time there is, and after that the time ends it, also where more is at hand. Total 0 takes what is there.
   *
   * ```ts
   * const [client, peer] = pair();
   * client.settimeout(0.01);
   * await peer.send('half a li');
   * const error = await client.receive().catch((error) => error);
   * [error.reason, String(error.partial)].join(': '); // => 'timeout: half a li'
   * await peer.send('ne\n');
   * await client.receive(); // => 'half a line'
   * ```
   */
  settimeout(seconds: number | null, mode?: 'b' | 't'): void {
    this.timeouts.set(seconds, mode);
  }

  /** Both timeouts, in seconds; null is no limit. */
  gettimeout(): {
    /** For each wait. */
    block: number | null;
    /** For a whole call. */
    total: number | null;
  } {
    return this.timeouts.get();
  }

  /** `using socket = …`: closes it at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** `await using socket = …`: closes it at the end of the block. */
  [Symbol.asyncDispose](): Result<F, void> {
    this.close();
    return this.runner.done(undefined);
  }
}
