/** How much the machine is to blame for what took long. */
import { readFileSync } from 'node:fs';

/**
 * Milliseconds to allow for a busy machine: twice what this process has waited for a processor since it began (proc(5),
 * schedstat), once for itself and once for its peer. Next to nothing on a quiet machine; 0 where the system does not tell.
 */
export function heldUp(): number {
  try {
    return (2 * Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1])) / 1e6;
  } catch {
    return 0;
  }
}
