/** From the options of `moonsocket get` to what is asked; nothing here touches the network. */
import { targetOf } from '../protocol/connect/target.ts';
import { parse } from '../url/parts.ts';
import { UsageError } from './errors.ts';
import { ftpTarget, isFtp } from './ftp-url.ts';
import { HTTP_ONLY, type HttpOptions, httpOptions, methodOf } from './http-options.ts';
import type { Logins } from './login.ts';
import type { Parsed } from './parse.ts';
import { checked, schemeOf, urlOf } from './url.ts';

export interface GetArguments {
  readonly urls: readonly string[];
  /** Undefined: each URL gives its name. */
  readonly output: string | undefined;
  readonly resume: boolean;
  readonly http: HttpOptions;
}

/** What the downloads of one run have in common. */
export interface Getting {
  readonly options: Parsed;
  readonly http: HttpOptions;
  readonly logins: Logins;
  /** Seconds after which a server that says nothing is gone: a download takes as long as it takes. */
  readonly patience: number;
}

/** @throws UsageError, and the system's errors for files that are sent */
export function getArguments(options: Parsed): GetArguments {
  const urls = options.operands.map((text) => urlOf(text, 'http'));
  if (urls.length === 0) throw new UsageError('get takes a URL, or several');
  const output = options.text('output');
  const resume = options.has('continue');
  if (output === '') throw new UsageError('-o takes the name of a file, or - for the standard output');
  if (output === '-' && resume) throw new UsageError('-C resumes a file, and -o - is none');
  if (output !== undefined && options.has('remote-name'))
    throw new UsageError('-O names the file by the URL, and -o by its argument');
  if (output !== undefined && output !== '-' && urls.length > 1)
    throw new UsageError('-o names one file, and there are several URLs');
  const method = methodOf(options);
  if (resume && method !== 'GET') throw new UsageError(`-C resumes a download, and ${method} is another request`);
  for (const url of urls) checkUrl(url, options);
  return { urls, output, resume, http: httpOptions(options) };
}

/** Says before anything is opened what the request would refuse. */
function checkUrl(url: string, options: Parsed): void {
  const scheme = schemeOf(url);
  if (!SCHEMES.includes(scheme))
    throw new UsageError(`the URL begins with ${SCHEMES.map((name) => `${name}://`).join(', ')}, not ${scheme}://`);
  if (!isFtp(url)) {
    const { secure } = checked(() => targetOf(parse(url)));
    if (options.has('tls')) throw new UsageError(`--tls is for ftp; ${secure ? 'https is TLS' : 'https:// means TLS'}`);
    return;
  }
  const foreign = HTTP_ONLY.find((name) => options.has(name));
  if (foreign !== undefined) throw new UsageError(`--${foreign} is for http`);
  const { path, type } = ftpTarget(url, options);
  if (path.length === 0 || path.at(-1) === SLASH)
    throw new UsageError('the URL names no file; moonsocket ls lists a directory');
  if (type === 'a' && options.has('continue')) throw new UsageError('-C resumes bytes, and ;type=a is text');
}

const SLASH = 0x2f;
const SCHEMES: readonly string[] = ['http', 'https', 'ftp', 'ftps'];
