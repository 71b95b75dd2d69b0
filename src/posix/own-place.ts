/** The place of this code on the disk: a file of the package, or the bundle that has taken it in. */
import { pathToFileURL } from 'node:url';

/**
 * The URL of the file that runs, from a module's `import.meta`. A bundle in CommonJS has nothing in that; it has `__filename`,
 * which an ES module lacks.
 */
export function placeOf(meta: { readonly url?: string }): string {
  return meta.url ?? pathToFileURL(__filename).href;
}
