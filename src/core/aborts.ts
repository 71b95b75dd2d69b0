/** Calls at an abort: one listener a signal, since Node warns of a leak where one signal ends more than ten calls. */

/** What is still to be called, of each signal that something waits for. */
const pending = new WeakMap<AbortSignal, Aborts>();

class Aborts {
  readonly calls = new Set<() => void>();

  /** The signal's event. */
  handleEvent(): void {
    for (const call of this.calls) call();
  }
}

/** Calls when the signal aborts. The result takes that back; it has to be called when the call is of no more use. */
export function atAbort(signal: AbortSignal, call: () => void): () => void {
  let aborts = pending.get(signal);
  if (aborts === undefined) {
    aborts = new Aborts();
    pending.set(signal, aborts);
    signal.addEventListener('abort', aborts);
  }
  const { calls } = aborts;
  calls.add(call);
  return () => {
    if (!calls.delete(call) || calls.size > 0) return;
    pending.delete(signal);
    signal.removeEventListener('abort', aborts);
  };
}
