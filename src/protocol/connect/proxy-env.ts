/**
 * Which proxy the environment names for a URL, by the variables that curl, Go, Python and most others read. Unlike most,
 * a value that cannot be used is an error: a request that silently goes another way may be worse than none.
 */
import { checkHost } from '../../core/address.ts';
import { badArgument } from '../../core/errors.ts';
import { parse } from '../../url/parts.ts';
import { excluderOf } from './no-proxy.ts';
import { proxyOf, targetOf } from './target.ts';

/** Variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The variable of each scheme. */
const VARIABLES: Readonly<Record<string, string>> = { http: 'http_proxy', https: 'https_proxy' };

/**
 * The URL of the proxy for a URL: `http_proxy` or `https_proxy` by its scheme, else `all_proxy`; lower case before upper
 * case, and what is empty is not there. Undefined for hosts of `no_proxy`, this machine's own names, and other schemes.
 *
 * The function throws `ERR_INVALID_ARGUMENT` when it meets a value that names no proxy, or one of a kind not spoken, and
 * for a URL whose host or port is none.
 */
export function proxiesOf(environment: Environment): (url: string) => string | undefined {
  // A web server hands a request's field `Proxy` to CGI programs as HTTP_PROXY (CVE-2016-5385, httpoxy). Copied, since
  // Windows would find it by the name http_proxy, too.
  const { HTTP_PROXY, ...others } = environment;
  const variables = environment.REQUEST_METHOD === undefined ? { ...others, HTTP_PROXY } : others;
  const excludes = excluderOf(named(variables, 'no_proxy')?.value ?? '');
  return (url) => {
    const parts = parse(url);
    const scheme = (parts.scheme ?? '').toLowerCase();
    const own = Object.hasOwn(VARIABLES, scheme) ? VARIABLES[scheme] : undefined;
    if (own === undefined || (parts.host ?? '') === '') return undefined;
    const { host, port } = targetOf(parts);
    const proxy = named(variables, own) ?? named(variables, 'all_proxy');
    if (proxy === undefined || excludes(host, port)) return undefined;
    return checked(proxy);
  };
}

interface Named {
  readonly variable: string;
  readonly value: string;
}

function named(variables: Environment, lower: string): Named | undefined {
  for (const variable of [lower, lower.toUpperCase()]) {
    const value = variables[variable];
    if (value !== undefined && value !== '') return { variable, value };
  }
  return undefined;
}

/** The value as a URL. It may hold a password, which belongs in no message. */
function checked({ variable, value }: Named): string {
  const url = value.includes('://') ? value : `http://${value}`;
  const { scheme, authority, host = '', path = '/', params, query, fragment } = parse(url);
  if (authority !== undefined && scheme !== undefined && !/^https?$/i.test(scheme)) {
    throw badArgument(
      `${variable}: the proxy's URL begins with ${scheme}://, and proxies are spoken to by http:// and https:// only`,
    );
  }
  try {
    checkHost(variable, host);
    proxyOf(url);
    // A '/', '?' or '#' in a password that is not escaped ends the authority, and the rest of it looks like these.
    if (path === '/' && params === undefined && query === undefined && fragment === undefined) return url;
  } catch {
    // What these say may quote a part of the password.
  }
  const form = 'http://user:password@proxy.example:3128, where % escapes marks in user and password';
  throw badArgument(`${variable}: its value is no proxy's URL, such as ${form}`);
}
