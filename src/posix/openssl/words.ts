/** The words of OpenSSL's errors, by number, as 3.0 has them: later releases word some otherwise, and programs compare words. */
import type { Pointer } from '../libc/functions.ts';
import type { OpenSsl } from './functions.ts';

/** Libraries, of <openssl/err.h>. */
export const ERR_LIB = { X509: 11, SSL: 20 } as const;
const SYSTEM_FLAG = 2 ** 31;

/** Those that 3.0 words otherwise than what may be loaded, by library and reason. */
export const WORDS_OF_3_0: ReadonlyMap<number, ReadonlyMap<number, string>> = new Map([
  [ERR_LIB.X509, new Map([[114, 'cant check dh key']])],
  [
    ERR_LIB.SSL,
    new Map([
      [1010, 'sslv3 alert unexpected message'],
      [1020, 'sslv3 alert bad record mac'],
      [1030, 'sslv3 alert decompression failure'],
      [1040, 'sslv3 alert handshake failure'],
      [1041, 'sslv3 alert no certificate'],
      [1042, 'sslv3 alert bad certificate'],
      [1043, 'sslv3 alert unsupported certificate'],
      [1044, 'sslv3 alert certificate revoked'],
      [1045, 'sslv3 alert certificate expired'],
      [1046, 'sslv3 alert certificate unknown'],
      [1047, 'sslv3 alert illegal parameter'],
    ]),
  ],
]);

/** What a program in C prints where OpenSSL has no words, which it has for none of the system's errors. */
export const NO_WORDS = '(null)';

export function wordsOf(c: OpenSsl, code: number): string {
  if (code >= SYSTEM_FLAG) return NO_WORDS;
  const words = WORDS_OF_3_0.get(Math.floor(code / 2 ** 23) & 0xff)?.get(code % 2 ** 23);
  return words ?? c.ERR_reason_error_string(code) ?? NO_WORDS;
}

/** Takes all errors off the thread's stack, oldest first. */
export function takeWords(c: OpenSsl): string[] {
  const words: string[] = [];
  for (let code = Number(c.ERR_get_error()); code !== 0; code = Number(c.ERR_get_error())) words.push(wordsOf(c, code));
  return words;
}

/** What is wrong with a certificate, by number. 3.0 knows no later ones. */
export function verifyWords(c: OpenSsl, number: number): string {
  return c.X509_verify_cert_error_string(number);
}

/** The structures of a text in PEM, by the function that reads the next one, each to be freed. */
export function allIn(read: () => Pointer | null): Pointer[] {
  const found: Pointer[] = [];
  for (let one = read(); one !== null && one !== 0n; one = read()) found.push(one);
  return found;
}
