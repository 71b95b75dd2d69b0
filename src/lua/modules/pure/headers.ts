/** The module `socket.headers`: a table of header names in their usual capitals, which programs may change. */
import { canonic } from '../../../headers/canonic.ts';
import type { ModuleFile } from '../../modules.ts';
import { luaModule } from '../base/lua-module.ts';

/** The names that LuaSocket knows (RFC 2616, RFC 2822, RFC 2045, RFC 3464 and others). All others it leaves as they are. */
const NAMES = `accept accept-charset accept-encoding accept-language accept-ranges action age allow alternate-recipient
  arrival-date authorization bcc cache-control cc comments connection content-description content-disposition content-encoding
  content-id content-language content-length content-location content-md5 content-range content-transfer-encoding content-type
  cookie date diagnostic-code dsn-gateway etag expect expires final-log-id final-recipient from host if-match
  if-modified-since if-none-match if-range if-unmodified-since in-reply-to keywords last-attempt-date last-modified location
  max-forwards message-id mime-version original-envelope-id original-recipient pragma proxy-authenticate proxy-authorization
  range received received-from-mta references referer remote-mta reply-to reporting-mta resent-bcc resent-cc resent-date
  resent-from resent-message-id resent-reply-to resent-sender resent-to retry-after return-path sender server
  smtp-remote-recipient status subject te to trailer transfer-encoding upgrade user-agent vary via warning will-retry-until
  www-authenticate x-mailer`.split(/\s+/);

const FIELDS: string = NAMES.map((name) => `["${name}"] = "${canonic(name)}"`).join(', ');

export const open: ModuleFile['open'] = luaModule('socket.headers', `return { canonic = { ${FIELDS} } }`);
