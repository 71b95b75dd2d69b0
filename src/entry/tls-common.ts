/** What both faces of TLS export alike: the types of what calls take and give. */

export type { TlsContextOptions, TlsPeerOptions, TlsTrust, TlsVersion } from '../core/tls.ts';
export type { TlsContext, TlsFacts, TlsRole } from '../sockets/engine.ts';
export type {
  TlsConnectOptions,
  TlsListenOptions,
  TlsNames,
  TlsOptions,
  TlsWrapOptions,
} from '../sockets/open-tls.ts';
