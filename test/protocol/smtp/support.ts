/** What the tests of SMTP share. */

export function base64(text: string | Uint8Array): string {
  return Buffer.from(text as string).toString('base64');
}
