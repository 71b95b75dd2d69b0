/** A form as the body of a request (RFC 7578; HTML Standard, "multipart/form-data encoding algorithm"). */

/**
 * The form's bytes, between the boundaries that the Content-Type names. Undefined where they are not at hand: a file's
 * content is read by a promise; and where no boundary is named.
 */
export function formBytes(form: FormData, contentType: string | null): string | undefined {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]+)"|([^\s";]+))/i.exec(contentType ?? '') ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) return undefined;
  let text = '';
  for (const [name, value] of form) {
    if (typeof value !== 'string') return undefined;
    text += `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(name)}"\r\n\r\n${lines(value)}\r\n`;
  }
  return `${text}--${boundary}--\r\n`;
}

/** Line ends as in a text of the network. */
function lines(text: string): string {
  return text.replace(/\r?\n|\r/g, '\r\n');
}

/** A name, without what would end it. */
function escaped(name: string): string {
  return lines(name).replace(
    /[\r\n"]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
