/** What both faces of tp export alike: the types of what calls take and give. */

export type { Create, CreateOptions } from '../protocol/connect/dial.ts';
export type { DialogueLog } from '../protocol/connect/log.ts';
export type { ProxyChoice } from '../protocol/connect/route.ts';
export type { RequestTls } from '../protocol/connect/tls-contexts.ts';
export type { DialogueTimeouts } from '../protocol/tp/clock.ts';
export type { ControlOptions } from '../protocol/tp/control.ts';
export type { Expected } from '../protocol/tp/dialogue.ts';
export type { LineOptions } from '../protocol/tp/line.ts';
export type { Reply } from '../protocol/tp/reply.ts';
export type { ModalTls, TlsChoice, TlsMode } from '../protocol/tp/tls-mode.ts';
