/** The functions of a Lua program's request, as the flow of the request calls them: LTN12's sources, sinks and steps, and `create`. */
import type { SocketError } from '../../../core/errors.ts';
import type { Source } from '../../../ltn12/protocol.ts';
import type { Create } from '../../../protocol/connect/dial.ts';
import type { ReplyBody } from '../../../protocol/http/wire/body.ts';
import { build } from '../../../url/parts.ts';
import type { Bindings } from '../../bindings.ts';
import type { State } from '../../state.ts';
import { Call, pushHeld, refusal, Task } from '../../task.ts';
import { wordsOf } from '../socket/reasons.ts';
import type { Callbacks, LuaRequest } from './request.ts';
import { portOf, schemeOf } from './schemes.ts';
import { clientOver } from './transport.ts';

/** A request under way: its task, and the body whose pieces a step of the program's reads. */
export class HttpTask extends Task {
  body: ReplyBody | undefined;
  /** Bytes of the request's body that a step has moved. */
  readonly moved: Buffer[] = [];

  override collected(): void {
    super.collected();
    this.body = undefined;
  }
}

/** The functions of the request that is the first argument. `plain`: whether connections of http are ours. */
export function callbacksOf(machine: Bindings, task: HttpTask, lua: State, plain: boolean): Callbacks {
  const has = (name: string): boolean => {
    lua.getField(1, name);
    const there = lua.truthy(-1);
    lua.pop();
    return there;
  };
  const own = has('create');
  const step = has('step');
  return {
    source: has('source') ? (step ? steppedSource(task) : source) : undefined,
    sink: has('sink') && !step ? sink : undefined,
    step: step ? stepOver(task) : undefined,
    create: (request, changed) =>
      plain && schemeOf(request.parts, request.schemes) === 'http' && (!own || changed)
        ? undefined
        : connecting(machine, task, own && !changed, request),
  };
}

/** A call of a field of the request. */
function calling<T>(name: string, push: (lua: State) => void, take: (lua: State, first: number) => T): Call<T> {
  return new Call((lua) => {
    pushHeld(lua, name);
    push(lua);
  }, take);
}

function connecting(machine: Bindings, task: HttpTask, own: boolean, request: LuaRequest): Create<'blocking'> {
  const { parts, schemes } = request;
  return (host, port) =>
    calling(
      'connect',
      (lua) => {
        pushHeld(lua, 'request');
        // A scheme without a port is for connections that have none.
        const named = portOf(parts, schemes) === undefined ? null : BigInt(port);
        lua.give(own, schemeOf(parts, schemes), host, named);
        pushParts(lua, request);
      },
      (lua, first) => {
        if (lua.isAbsent(first)) throw refusal(lua, first + 1);
        return clientOver(machine, task, lua, first);
      },
    );
}

/** The parts of the URL that a scheme's own `create` gets besides the request. */
function pushParts(lua: State, { parts, location }: LuaRequest): void {
  lua.newTable();
  const url = location === undefined ? undefined : build(parts);
  for (const [name, value] of Object.entries({ path: '/', ...parts, url })) {
    lua.push(value);
    lua.setField(-2, name);
  }
}

/** LTN12: a chunk, or nil at the end, or nil and an error. */
const source: Source = () =>
  calling(
    'source',
    () => {},
    (lua, first) => {
      if (!lua.isAbsent(first)) return Buffer.from(lua.shown(first), 'latin1');
      if (!lua.isAbsent(first + 1)) throw refusal(lua, first + 1);
      return null;
    },
  );

/** The source as far as a step of the program's moves it. */
function steppedSource(task: HttpTask): Source {
  let ended = false;
  return () => {
    if (ended) return null;
    return calling(
      'step',
      (lua) => {
        pushHeld(lua, 'source');
        pushHeld(lua, 'collect');
      },
      (lua, first) => {
        ended = !wentOn(lua, first);
        return Buffer.concat(task.moved.splice(0));
      },
    );
  };
}

function sink(piece: Buffer | undefined, error: unknown): Call<boolean> {
  return calling('sink', (lua) => lua.give(piece, error === undefined ? null : wordsOf(error as SocketError)), wentOn);
}

function stepOver(task: HttpTask): (body: ReplyBody) => Call<boolean> {
  return (body) => {
    task.body = body;
    return calling(
      'step',
      (lua) => {
        pushHeld(lua, 'read');
        pushHeld(lua, 'sink');
      },
      wentOn,
    );
  };
}

/** LTN12: something, or nil and perhaps an error. */
function wentOn(lua: State, first: number): boolean {
  if (lua.truthy(first)) return true;
  if (!lua.isAbsent(first + 1)) throw refusal(lua, first + 1);
  return false;
}
