/** Error numbers of C's functions, as failures. */
import { Failure } from '../../core/errors.ts';
import { ERRNO_NAMES, errno } from './functions.ts';

const NUMBERS: ReadonlyMap<string, number> = new Map([...ERRNO_NAMES].map(([number, name]) => [name, number]));

function numberOf(name: string): number {
  return NUMBERS.get(name) as number;
}

/** The operation would have to wait. (EWOULDBLOCK is the same on these systems.) */
export const EAGAIN: number = numberOf('EAGAIN');
export const ECONNABORTED: number = numberOf('ECONNABORTED');
export const EINPROGRESS: number = numberOf('EINPROGRESS');
/** A signal came; the call is to be made again. */
export const EINTR: number = numberOf('EINTR');

/** The failure of the call that has just returned -1, or of the error number given. */
export function failure(number: number = errno()): Failure {
  return new Failure(ERRNO_NAMES.get(number) ?? `ERRNO_${number}`);
}
