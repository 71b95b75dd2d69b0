/**
 * Values in messages, as a program would write them: a string has its quotes, so that "8080" is seen to be none of 8080.
 * Of an object only its kind is said: its content may be secret, and asking for it may throw.
 */

/** Characters of a string that a message repeats. */
const LONGEST = 80;

/** The value, in words of a message: `8080`, `"8080"`, `8080n`, `null`, `an object`. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value.length > LONGEST ? `${JSON.stringify(value.slice(0, LONGEST))}…` : JSON.stringify(value);
    case 'bigint':
      return `${value}n`;
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? 'an array' : 'an object';
    case 'function':
      return 'a function';
    default:
      return String(value);
  }
}
