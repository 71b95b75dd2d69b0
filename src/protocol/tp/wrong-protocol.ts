/** Whom a client of FTP or SMTP meets on the wrong port, by how the other side begins. */
import { shownBytes } from '../../core/data.ts';
import { ProtocolError } from '../../core/errors.ts';

/** How others begin, and what to do about it. */
const BEGINNINGS: readonly { readonly begins: RegExp; readonly says: string }[] = [
  // A record of TLS: a handshake, or an alert (RFC 8446, section 5.1).
  {
    begins: /^[\x15\x16]\x03/,
    says: 'speaks TLS from the first byte: ask for it by the mode implicit (ftps://, smtps://)',
  },
  { begins: /^HTTP\/\d/, says: 'speaks HTTP' },
  { begins: /^SSH-/, says: 'speaks SSH; SFTP is a protocol of SSH, and not FTP' },
  { begins: /^\+OK/, says: 'speaks POP3' },
  { begins: /^\* (?:OK|PREAUTH|BYE)/, says: 'speaks IMAP' },
];

/** The error for a first line that is another protocol's; undefined if none is known by it. */
export function wrongProtocol(line: Buffer): ProtocolError | undefined {
  const text = line.toString('latin1', 0, 40);
  const found = BEGINNINGS.find(({ begins }) => begins.test(text));
  if (found === undefined) return undefined;
  return new ProtocolError('ERR_TLS_WRONG_PROTOCOL', `the server ${found.says} (it began with ${shownBytes(line)})`);
}
