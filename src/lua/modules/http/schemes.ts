/**
 * The schemes that a program may add to http and https, by `http.schemes`. Our HTTP knows those two: of any other it is
 * asked as of http, with the scheme's own port, which Host does not name.
 */
import { targetOf } from '../../../protocol/connect/target.ts';
import type { UrlParts } from '../../../url/parts.ts';

/** The port of each scheme that has one, by its name. */
export type Schemes = ReadonlyMap<string, string | undefined>;

/** The target of a request, as our HTTP takes it. */
export interface SchemeTarget {
  readonly parts: UrlParts;
  /** The field Host, if our HTTP would write another. */
  readonly host: string | undefined;
  /** The URL in the scheme's own name, as a proxy is asked for it. */
  readonly url: string;
  readonly origin: string;
}

/** The name by which the scheme of a URL is found: as it is written, or in lower case. Undefined for one that is not known. */
export function schemeOf({ scheme }: UrlParts, schemes: Schemes): string | undefined {
  return [scheme, scheme?.toLowerCase()].find((name) => name !== undefined && schemes.has(name));
}

/** The port that the URL names, or its scheme's. */
export function portOf(parts: UrlParts, schemes: Schemes): string | undefined {
  return parts.port || schemes.get(schemeOf(parts, schemes) ?? '');
}

export function schemeTargetOf(parts: UrlParts, schemes: Schemes): SchemeTarget {
  const scheme = schemeOf(parts, schemes) ?? '';
  const port = portOf(parts, schemes);
  const spoken = { ...parts, scheme: scheme === 'https' ? 'https' : 'http' };
  const { authority, path } = targetOf({ ...spoken, port: undefined });
  const host = port === schemes.get(scheme) ? authority : `${authority}:${port}`;
  const reached = { ...spoken, port };
  return {
    parts: reached,
    host: targetOf(reached).authority === host ? undefined : host,
    url: `${scheme}://${host}${path}`,
    origin: `${scheme}://${authority.toLowerCase()}:${port}`,
  };
}
