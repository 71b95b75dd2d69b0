/** The module `socket.smtp`: LuaSocket's commands and messages, with the replies and header lines of our SMTP and mail. */
import { formatFolded } from '../../../headers/format.ts';
import { Capabilities } from '../../../protocol/smtp/capabilities.ts';
import { Reply } from '../../../protocol/tp/reply.ts';
import type { ModuleFile } from '../../modules.ts';
import type { State } from '../../state.ts';
import { luaModule } from '../base/lua-module.ts';
import { takeHeaders } from '../pure/header-tables.ts';
import { refusing } from '../tp/tp.ts';
import text from './smtp.lua.ts';

export const open: ModuleFile['open'] = luaModule('socket.smtp', text, () => ({
  /** `(reply)` to EHLO: LuaSocket's mechanism, of those that the server has; nil for none. */
  mechanism: (lua) => {
    const { mechanisms } = capabilitiesOf(lua.text(1));
    return lua.give(['LOGIN', 'PLAIN'].find((name) => mechanisms.has(name)));
  },
  /** `(headers)`: their lines, and the empty one. */
  header_block: refusing(headerBlock),
}));

/** Of a reply as it came, or of lines alone, as some programs give them. */
function capabilitiesOf(reply: string): Capabilities {
  const lines = reply.split('\n').map((line) => Buffer.from(line.replace(/^\d{3}[ -]/, ''), 'latin1'));
  return new Capabilities(new Reply(250, [Buffer.alloc(0), ...lines]));
}

function headerBlock(lua: State): number {
  return lua.give(`${formatFolded(takeHeaders(lua, 1))}\r\n`);
}
