/**
 * LuaSocket's `tp`: control connections of protocols that go by commands and numbered replies, whose calls give promises.
 *
 * @module moonsocket/tp
 */
/// <reference types="node" preserve="true" />

export { type ControlConnection, connect } from '../async/tp.ts';
export * from './tp-common.ts';
