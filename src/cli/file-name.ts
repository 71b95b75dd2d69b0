/** The name of the file that a URL is saved to where none is given. */
import { unescapeText } from '../url/escape.ts';
import { parse } from '../url/parts.ts';
import { CommandError } from './errors.ts';

/**
 * The last segment of the URL's path, unescaped; `index.html` for the root. The author of the URL must not choose the
 * folder by it, nor what the terminal does when it shows the name.
 *
 * @throws CommandError where that is no name for a file
 */
export function fileNameOf(url: string): string {
  const { scheme, path = '', params, query } = parse(url);
  // In a URL of FTP `;` begins its type (RFC 1738, section 3.2.2), and `?` is a character; in others it is the other way round.
  const isFtp = /^ftps?$/i.test(scheme ?? '');
  const behind = isFtp
    ? query === undefined || params !== undefined
      ? ''
      : `?${query}`
    : params === undefined
      ? ''
      : `;${params}`;
  const whole = `${path}${behind}`;
  if (whole === '' || whole === '/') return 'index.html';
  const segment = unescapeText(whole.slice(whole.lastIndexOf('/') + 1));
  // An escaped slash is one to the file system; so is a backslash, on Windows.
  const name = segment.slice(Math.max(segment.lastIndexOf('/'), segment.lastIndexOf('\\')) + 1);
  if (name === '' || name === '.' || name === '..' || /[\0-\x1f\x7f-\x9f]/.test(name)) {
    throw new CommandError(`the URL gives no name for a file: ${JSON.stringify(name)}; -o FILE names one`);
  }
  return name;
}
