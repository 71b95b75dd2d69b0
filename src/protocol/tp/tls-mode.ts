/** Whether a conversation of FTP or SMTP goes through TLS, and from when on. */
import { badArgument } from '../../core/errors.ts';
import { shown } from '../../core/shown.ts';
import type { RequestTls } from '../connect/tls-contexts.ts';

/**
 * - `'auto'`: by a command (AUTH TLS, STARTTLS) where the server takes it. Where it does not, no password is sent: ERR_TLS_REQUIRED.
 * - `'required'`: by that command, or ERR_TLS_REQUIRED.
 * - `'implicit'`: from the first byte on, as with ftps: and smtps:.
 * - `'never'`: not at all, and a password goes out in clear.
 */
export type TlsMode = 'auto' | 'required' | 'implicit' | 'never';

/** Options of TLS, with a mode: `'required'` without one. */
export interface ModalTls extends RequestTls {
  /** When TLS begins. */
  readonly mode?: TlsMode | undefined;
}

/** A mode, or options that may have one. */
export type TlsChoice = TlsMode | ModalTls;

const MODES: readonly TlsMode[] = ['auto', 'required', 'implicit', 'never'];

/**
 * What a caller's option means. `secure`: whether the URL's scheme begins with TLS; `otherwise`: the mode where neither
 * says anything.
 *
 * @throws SocketError `ERR_INVALID_ARGUMENT`
 */
export function tlsChoice(
  call: string,
  given: TlsChoice | undefined,
  secure: boolean,
  otherwise: TlsMode,
): { readonly mode: TlsMode; readonly options: RequestTls } {
  if (given === null || (typeof given !== 'string' && typeof given !== 'object' && given !== undefined))
    throw badArgument(`${call}: tls is a mode or an object of TLS options, not ${shown(given)}`);
  const { mode: named, ...options } = typeof given === 'object' ? given : { mode: given };
  if (named !== undefined && !MODES.includes(named))
    throw badArgument(
      `${call}: the mode of tls is ${MODES.map((mode) => `'${mode}'`).join(', ')}, not ${shown(named)}`,
    );
  if (secure && named !== undefined && named !== 'implicit')
    throw badArgument(
      `${call}: the URL's scheme begins with TLS, and the mode of tls says '${named}'; leave one of them out`,
    );
  const mode = named ?? (secure ? 'implicit' : typeof given === 'object' ? 'required' : otherwise);
  return { mode, options };
}
