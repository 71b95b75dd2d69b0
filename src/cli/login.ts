/** Who logs in, and by which password: asked for where it is best kept, and warned of where others can read it. */
import { readFileSync } from 'node:fs';
import { loginOf } from '../protocol/connect/target.ts';
import { parse } from '../url/parts.ts';
import { CommandError } from './errors.ts';
import type { Parsed } from './parse.ts';
import { promptSecret } from './prompt.ts';
import { complain, printable } from './say.ts';
import { schemeOf } from './url.ts';

export interface Login {
  readonly user: string;
  readonly password: string;
}

const SAFER = '-u USER asks for it, --password-file FILE and MOONSOCKET_PASSWORD give it';

/** The logins of one run: a user is asked for a password once, and warned once. */
export class Logins {
  readonly #options: Parsed;
  readonly #typed = new Map<string, string>();
  #warned = false;

  constructor(options: Parsed) {
    this.#options = options;
  }

  /**
   * The login for a URL; undefined where none is named. `trusted`: whether the URL came from where others cannot read it.
   *
   * @throws CommandError, and the system's errors for the password's file
   */
  async for(url: string, trusted = false): Promise<Login | undefined> {
    const { user, password } = this.#named(url);
    if (user === undefined) return undefined;
    if (password === undefined && isAnonymous(user, url)) return { user, password: 'anonymous@' };
    if (password === undefined) return { user, password: await this.#secret(user, url) };
    if (!trusted) this.#warn();
    return { user, password };
  }

  /** `-u` goes before the URL. */
  #named(url: string): { readonly user?: string; readonly password?: string | undefined } {
    const given = this.#options.text('user');
    if (given !== undefined) {
      const colon = given.indexOf(':');
      return colon < 0 ? { user: given } : { user: given.slice(0, colon), password: given.slice(colon + 1) };
    }
    const login = loginOf(parse(url));
    return login === undefined ? {} : { user: login.user.toString(), password: login.password?.toString() };
  }

  async #secret(user: string, url: string): Promise<string> {
    const file = this.#options.text('password-file');
    if (file !== undefined) return firstLine(file);
    const { MOONSOCKET_PASSWORD } = process.env;
    if (MOONSOCKET_PASSWORD !== undefined) return MOONSOCKET_PASSWORD;
    const whose = this.#options.has('user') ? user : `${user} at ${parse(url).host ?? ''}`;
    const known = this.#typed.get(whose);
    if (known !== undefined) return known;
    const password = await promptSecret(`Password of ${printable(whose)}: `);
    this.#typed.set(whose, password);
    return password;
  }

  #warn(): void {
    if (this.#warned) return;
    this.#warned = true;
    complain(`warning: other users of this machine can read a password in an option or a URL (ps); ${SAFER}`);
  }
}

/** RFC 1635: any password does. */
function isAnonymous(user: string, url: string): boolean {
  return /^ftps?$/.test(schemeOf(url)) && /^(?:ftp|anonymous)$/i.test(user);
}

/** Of a file: what editors put behind the password is not a part of it. */
function firstLine(name: string): string {
  const line = readFileSync(name, 'utf8').split(/\r?\n/, 1)[0] ?? '';
  if (line === '') throw new CommandError(`${name} has no password in its first line`);
  return line;
}
