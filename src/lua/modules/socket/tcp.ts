/** The classes tcp{master}, tcp{client} and tcp{server}: their methods, and what makes their objects. */

import { Failure } from '../../../core/errors.ts';
import * as libc from '../../../posix/libc/functions.ts';
import { nameOf } from '../../../posix/libc/sockaddr.ts';
import { type Index, LUA_REGISTRYINDEX, LUA_TTABLE } from '../../api.ts';
import type { Bindings, Functions, ObjectClass } from '../../bindings.ts';
import type { HostFunction, State } from '../../state.ts';
import { INT_MAX, whole } from '../base/whole.ts';
import { getoption, setoption, TCP_OPTIONS } from './options.ts';
import { reasonOf } from './reasons.ts';
import { type ObjectFamily, withEndpoints } from './resolve.ts';
import { choice, connectionMethods, DEFAULT_BACKLOG, streamMethods } from './stream-methods.ts';
import { type TcpClass, TcpSocket } from './tcp-socket.ts';

const ANY = 'tcp{any}';
const CLASSES: readonly TcpClass[] = ['tcp{master}', 'tcp{client}', 'tcp{server}'];
const FAMILIES = ['unspec', 'inet', 'inet6'];

/** The functions of socket.core that make TCP objects; the classes are defined with them. */
export function tcpFunctions(machine: Bindings, lua: State): Functions {
  const methods = tcpMethods(machine);
  for (const name of CLASSES) machine.defineClass(lua, { name, groups: [ANY], methods } satisfies ObjectClass);

  const make =
    (family: ObjectFamily): HostFunction =>
    (caller) => {
      const socket = new TcpSocket(machine, 'tcp{master}', family);
      const wrong = family === 'unspec' ? undefined : socket.open(family);
      if (wrong !== undefined) return caller.refuse(wrong);
      machine.pushObject(caller, socket);
      return 1;
    };

  const tcp = make('unspec');
  originals.set(machine, { tcp, methods });
  return {
    tcp,
    tcp4: make('inet'),
    tcp6: make('inet6'),

    /** A server: the first of the host's addresses that can be one. */
    bind(caller) {
      const [host, service] = [caller.text(1), caller.text(2)];
      const backlog = whole(caller.optNumber(3, DEFAULT_BACKLOG), INT_MAX);
      const socket = new TcpSocket(machine, 'tcp{server}', 'unspec');
      machine.pushObject(caller, socket);
      const wrong = withEndpoints(
        'tcp',
        host === '*' ? '0.0.0.0' : host,
        service,
        'unspec',
        'wildcard',
        (addresses, port) => socket.serve(addresses, port, backlog),
      );
      return wrong === undefined ? 1 : caller.refuse(wrong);
    },

    connect(caller) {
      const [host, service] = [caller.text(1), caller.text(2)];
      const [localHost, localService] = [caller.optText(3, undefined), caller.optText(4, '0')];
      const family = choice(caller, 5, FAMILIES, 'unspec') as ObjectFamily;
      const socket = new TcpSocket(machine, 'tcp{client}', family);
      // The collector's from here on, whatever is raised.
      machine.pushObject(caller, socket);
      let wrong: string | undefined;
      if (localHost !== undefined)
        wrong = withEndpoints('tcp', localHost, localService, family, 'wildcard', (...to) => socket.bind(...to));
      // As LuaSocket: without a local address, the family says nothing.
      wrong ??= withEndpoints('tcp', host, service, socket.fd < 0 ? 'unspec' : socket.family, 'loopback', (...to) =>
        socket.connect(...to),
      );
      if (wrong === undefined) return 1;
      socket.close();
      return caller.refuse(wrong);
    },
  };
}

/** `socket.tcp`, and the methods of its objects: programs may replace both. */
interface Originals {
  readonly tcp: HostFunction;
  readonly methods: Functions;
}

const originals = new WeakMap<Bindings, Originals>();
/** The methods of a connection's life, by the class that it has then. */
const LIFE = {
  'tcp{master}': ['settimeout', 'connect', 'close'],
  'tcp{client}': ['send', 'receive', 'close'],
} as const;

/** Whether the function at a place of the stack is the `socket.tcp` that there was, and its objects do what they did. */
export function isOriginalTcp(machine: Bindings, lua: State, index: Index): boolean {
  const known = originals.get(machine);
  return known !== undefined && isFunction(machine, lua, index, known.tcp) && hasOwnMethods(machine, lua);
}

/** Whether the objects of TCP have the methods that they began with. */
export function hasOwnMethods(machine: Bindings, lua: State): boolean {
  const { methods } = originals.get(machine)!;
  const { top } = lua;
  const same = Object.entries(LIFE).every(([name, names]) => {
    lua.getField(LUA_REGISTRYINDEX, name);
    if (lua.getField(-1, '__index') !== LUA_TTABLE) return false;
    return names.every((method) => {
      lua.getField(-1, method);
      const same = isFunction(machine, lua, -1, methods[method]!);
      lua.pop();
      return same;
    });
  });
  lua.top = top;
  return same;
}

function isFunction(machine: Bindings, lua: State, index: Index, f: HostFunction): boolean {
  return machine.vm.api.lua_tocfunction(lua.L, index) === machine.functionIndex(f);
}

function tcpMethods(machine: Bindings): Functions {
  const object = (lua: State, expected: string): TcpSocket => machine.object<TcpSocket>(lua, 1, expected);
  const result = (lua: State, wrong: string | undefined): number =>
    wrong === undefined ? lua.give(1) : lua.refuse(wrong);

  const connect: HostFunction = (lua) => {
    const socket = object(lua, ANY);
    const [host, service] = [lua.text(2), lua.text(3)];
    const wrong = withEndpoints('tcp', host, service, socket.family, 'loopback', (...to) => socket.connect(...to));
    // Also when it fails: what is under way is waited for with select, and received from.
    machine.setClass(lua, 1, socket, 'tcp{client}');
    return result(lua, wrong);
  };

  const bind: HostFunction = (lua) => {
    const socket = object(lua, 'tcp{master}');
    const [host, service] = [lua.text(2), lua.text(3)];
    return result(
      lua,
      withEndpoints('tcp', host, service, socket.family, 'wildcard', (...to) => socket.bind(...to)),
    );
  };

  const name = (lua: State, call: typeof libc.getsockname): number => {
    const socket = object(lua, ANY);
    const endpoint = nameOf(call, socket.fd);
    if (endpoint instanceof Failure) return lua.refuse(reasonOf(endpoint));
    return lua.give(endpoint.address, BigInt(endpoint.port), socket.family);
  };

  const classes = { any: ANY, master: 'tcp{master}', server: 'tcp{server}', client: 'tcp{client}' };
  return {
    ...streamMethods(machine, classes),
    ...connectionMethods<TcpSocket>(
      machine,
      classes,
      (fd, { family }) => new TcpSocket(machine, 'tcp{client}', family, fd),
    ),
    bind,
    setsockname: bind,
    connect,
    setpeername: connect,

    gettimeout(lua) {
      const { block, total } = object(lua, ANY).timeouts;
      return lua.give(block, total);
    },

    getsockname: (lua) => name(lua, libc.getsockname),
    getpeername: (lua) => name(lua, libc.getpeername),
    getfamily: (lua) => lua.give(object(lua, ANY).family === 'inet6' ? 'inet6' : 'inet4'),
    setoption: (lua) => setoption(lua, object(lua, ANY).fd, TCP_OPTIONS),
    getoption: (lua) => getoption(lua, object(lua, ANY).fd, TCP_OPTIONS),
  };
}
