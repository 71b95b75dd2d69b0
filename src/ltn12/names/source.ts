/** The names of `source`. */
export { clientSource as client } from '../clients.ts';
export { fileSource as file } from '../files.ts';
export { iterable } from '../iterables.ts';
export { iterate } from '../iterate.ts';
export {
  cat,
  chain,
  empty,
  error,
  rewind,
  simplify,
  string,
  string as bytes,
  table,
  table as array,
} from '../sources.ts';
export { toReadable } from '../web.ts';
