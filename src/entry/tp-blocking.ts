/**
 * LuaSocket's `tp`: control connections of protocols that go by commands and numbered replies, whose calls return values.
 *
 * @module moonsocket/blocking/tp
 */
/// <reference types="node" preserve="true" />

export { type ControlConnection, connect } from '../blocking/tp.ts';
export * from './tp-common.ts';
