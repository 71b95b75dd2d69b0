/** Which calls wait for the program, where it makes another one: known across its awaits. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { CallChain } from '../protocol/ftp/session.ts';

interface Call {
  readonly of: object;
  readonly before: Call | undefined;
  over: boolean;
}

const storage = new AsyncLocalStorage<Call>();

export const callChain: CallChain = {
  within(session) {
    for (let call = storage.getStore(); call !== undefined; call = call.before)
      if (call.of === session && !call.over) return true;
    return false;
  },
  run(session, begin) {
    const call: Call = { of: session, before: storage.getStore(), over: false };
    const result = storage.run(call, begin);
    const end = (): void => {
      call.over = true;
    };
    // What the program does afterwards, in a timer that the sink has set, is no longer within it.
    Promise.resolve(result).then(end, end);
    return result;
  },
};
