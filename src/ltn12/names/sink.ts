/** The names of `sink`. */
export { clientSink as client } from '../clients.ts';
export { fileSink as file } from '../files.ts';
export { chain, discard as null, error, simplify, table, table as array } from '../sinks.ts';
export { toWritable, writable } from '../writables.ts';
