/**
 * Names from a server as names of files here. A server that means harm gives names that lead out of the target folder,
 * or to a device: such a name is refused, on every system in the same way, since files move from one to the other.
 */

/** Devices of Windows, in any folder and whatever follows a dot (Naming Files, Paths, and Namespaces, Microsoft). */
const DEVICE = /^(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³]) *(?:[.:]|$)/i;

/** Why a name cannot be that of a file in the target folder; undefined if it can. */
export function problemOfName(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (name === '.' || name === '..') return 'it is a folder itself';
  if (/[/\\]/.test(name)) return 'it has a slash or a backslash, and may lead to another folder';
  if (name.includes('\0')) return 'it has a NUL';
  if (name.includes('\ufffd')) return 'its bytes are not in the encoding of names';
  // `C:name` is in another folder.
  if (/^[A-Za-z]:/.test(name)) return 'it begins with a drive';
  if (DEVICE.test(name)) return 'it is a device of Windows';
  // Windows leaves them out: `...` and `.. ` would be `..` there.
  if (/^[. ]+$/.test(name)) return 'it is dots and blanks alone, which lead to another folder on Windows';
  return undefined;
}
