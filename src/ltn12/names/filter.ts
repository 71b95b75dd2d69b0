/** The names of `filter`. */
export { chain, cycle } from '../filters.ts';
export { toTransform } from '../web.ts';
export { transform } from '../web-transform.ts';
