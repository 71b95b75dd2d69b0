/** The classes tcp{master}, tcp{client} and tcp{server}: their methods, and what makes their objects. */

import * as libc from '../../blocking/libc/functions.ts';
import { nameOf } from '../../blocking/libc/sockaddr.ts';
import { Failure } from '../../core/errors.ts';
import { now } from '../../core/timeout.ts';
import type { Functions, Machine, ObjectClass } from '../machine.ts';
import type { HostFunction, State } from '../state.ts';
import { Gathered, Outside } from './input.ts';
import { getoption, setoption, TCP_OPTIONS } from './options.ts';
import { reasonOf } from './reasons.ts';
import { addressesOf, type ObjectFamily, portOf } from './resolve.ts';
import { type TcpClass, TcpSocket } from './tcp-socket.ts';

const ANY = 'tcp{any}';
const CLASSES: readonly TcpClass[] = ['tcp{master}', 'tcp{client}', 'tcp{server}'];
const FAMILIES = ['unspec', 'inet', 'inet6'];
const HOW = ['receive', 'send', 'both'];
const DEFAULT_BACKLOG = 32;

/** The functions of socket.core that make TCP objects; the classes are defined with them. */
export function tcpFunctions(machine: Machine, lua: State): Functions {
  const outside = new Outside(machine.vm);
  const gathered = new Gathered(machine.vm);
  const methods = tcpMethods(machine, outside, gathered);
  for (const name of CLASSES) machine.defineClass(lua, { name, groups: [ANY], methods } satisfies ObjectClass);

  const make =
    (family: ObjectFamily): HostFunction =>
    (caller) => {
      const socket = new TcpSocket(machine.vm, outside, 'tcp{master}', family);
      const wrong = family === 'unspec' ? undefined : socket.open(family);
      if (wrong !== undefined) return caller.refuse(wrong);
      machine.pushObject(caller, socket);
      return 1;
    };

  return {
    tcp: make('unspec'),
    tcp4: make('inet'),
    tcp6: make('inet6'),

    /** A server: the first of the host's addresses that can be one. */
    bind(caller) {
      const [host, service] = [caller.text(1), caller.text(2)];
      const backlog = Math.trunc(caller.optNumber(3, DEFAULT_BACKLOG));
      const socket = new TcpSocket(machine.vm, outside, 'tcp{server}', 'unspec');
      machine.pushObject(caller, socket);
      const wrong = at(host, service, 'unspec', 'wildcard', (addresses, port) =>
        socket.serve(addresses, port, backlog),
      );
      return wrong === undefined ? 1 : caller.refuse(wrong);
    },

    connect(caller) {
      const [host, service] = [caller.text(1), caller.text(2)];
      const [localHost, localService] = [caller.optText(3, undefined), caller.optText(4, '0')];
      const family = choice(caller, 5, FAMILIES, 'unspec') as ObjectFamily;
      const socket = new TcpSocket(machine.vm, outside, 'tcp{client}', family);
      // The collector's from here on, whatever is raised.
      machine.pushObject(caller, socket);
      let wrong: string | undefined;
      if (localHost !== undefined)
        wrong = at(localHost, localService, family, 'wildcard', (...to) => socket.bind(...to));
      // As LuaSocket: without a local address, the family says nothing.
      wrong ??= at(host, service, socket.fd < 0 ? 'unspec' : socket.family, 'loopback', (...to) =>
        socket.connect(...to),
      );
      if (wrong === undefined) return 1;
      socket.close();
      return caller.refuse(wrong);
    },
  };
}

function tcpMethods(machine: Machine, outside: Outside, gathered: Gathered): Functions {
  const object = (lua: State, expected: string): TcpSocket => machine.object<TcpSocket>(lua, 1, expected);
  const result = (lua: State, wrong: string | undefined): number =>
    wrong === undefined ? lua.give(1) : lua.refuse(wrong);

  const connect: HostFunction = (lua) => {
    const socket = object(lua, ANY);
    const [host, service] = [lua.text(2), lua.text(3)];
    const wrong = at(host, service, socket.family, 'loopback', (...to) => socket.connect(...to));
    // Also when it fails: what is under way is waited for with select, and received from.
    machine.setClass(lua, 1, socket, 'tcp{client}');
    return result(lua, wrong);
  };

  const bind: HostFunction = (lua) => {
    const socket = object(lua, 'tcp{master}');
    const [host, service] = [lua.text(2), lua.text(3)];
    return result(
      lua,
      at(host, service, socket.family, 'wildcard', (...to) => socket.bind(...to)),
    );
  };

  const name = (lua: State, call: typeof libc.getsockname): number => {
    const socket = object(lua, ANY);
    const endpoint = nameOf(call, socket.fd);
    if (endpoint instanceof Failure) return lua.refuse(reasonOf(endpoint));
    return lua.give(endpoint.address, BigInt(endpoint.port), socket.family);
  };

  return {
    bind,
    setsockname: bind,
    connect,
    setpeername: connect,

    listen(lua) {
      const socket = object(lua, 'tcp{master}');
      const wrong = socket.listen(Math.trunc(lua.optNumber(2, DEFAULT_BACKLOG)));
      if (wrong === undefined) machine.setClass(lua, 1, socket, 'tcp{server}');
      return result(lua, wrong);
    },

    accept(lua) {
      const server = object(lua, 'tcp{server}');
      const fd = server.accept();
      if (typeof fd === 'string') return lua.refuse(fd);
      machine.pushObject(lua, new TcpSocket(machine.vm, outside, 'tcp{client}', server.family, fd));
      return 1;
    },

    send(lua) {
      const socket = object(lua, 'tcp{client}');
      const data = lua.textAt(2);
      const size = lua.vm.words[lua.vm.outWord]!;
      let first = lua.isAbsent(3) ? 1 : Math.trunc(lua.number(3));
      let last = lua.isAbsent(4) ? size : Math.trunc(lua.number(4));
      if (first < 0) first += size + 1;
      if (last < 0) last += size + 1;
      if (first < 1) first = 1;
      if (last > size) last = size;
      const before = socket.sent;
      const wrong = first > last ? undefined : socket.send(data + first - 1, last - first + 1);
      const sent = first - 1 + socket.sent - before;
      return wrong === undefined ? lua.give(sent, null, null) : lua.refuse(wrong, sent);
    },

    receive(lua) {
      const socket = object(lua, 'tcp{client}');
      return receive(lua, socket, gathered);
    },

    shutdown(lua) {
      const socket = object(lua, 'tcp{client}');
      libc.shutdown(socket.fd, HOW.indexOf(choice(lua, 2, HOW, 'both')));
      return lua.give(1);
    },

    close(lua) {
      object(lua, ANY).close();
      return lua.give(1);
    },

    settimeout: (lua) => object(lua, ANY).timeouts.set(lua),
    gettimeout(lua) {
      const { block, total } = object(lua, ANY).timeouts;
      return lua.give(block, total);
    },

    getsockname: (lua) => name(lua, libc.getsockname),
    getpeername: (lua) => name(lua, libc.getpeername),
    getfamily: (lua) => lua.give(object(lua, ANY).family === 'inet6' ? 'inet6' : 'inet4'),
    setoption: (lua) => setoption(lua, object(lua, ANY).fd, TCP_OPTIONS),
    getoption: (lua) => getoption(lua, object(lua, ANY).fd, TCP_OPTIONS),

    getstats(lua) {
      const { input, receivedBefore, sent, born } = object(lua, 'tcp{client}');
      return lua.give(receivedBefore + input.received, sent, (now() - born) / 1000);
    },
    setstats(lua) {
      const socket = object(lua, 'tcp{client}');
      const [received, sent, age] = [2, 3, 4].map((argument) => lua.optNumber(argument, undefined));
      if (received !== undefined) socket.receivedBefore = Math.trunc(received) - socket.input.received;
      if (sent !== undefined) socket.sent = Math.trunc(sent);
      if (age !== undefined) socket.born = now() - age * 1000;
      return lua.give(1);
    },

    getfd: (lua) => lua.give(object(lua, ANY).fd),
    setfd(lua) {
      object(lua, ANY).fd = Math.trunc(lua.number(2));
      return 0;
    },
    dirty: (lua) => lua.give(object(lua, ANY).dirty),
  };
}

/** `receive(pattern, prefix)`: what a pattern wants, or `nil, reason, partial`. */
function receive(lua: State, socket: TcpSocket, gathered: Gathered): number {
  const { input, timeouts, fd } = socket;
  const { top } = lua;
  const pattern = top < 2 || lua.isAbsent(2) ? '*l' : patternAt(lua);
  const hasPrefix = top > 2 && !lua.isAbsent(3);
  if (pattern === '*l' && !hasPrefix) {
    const line = input.plainLine();
    if (line !== 0) {
      lua.pushBytes(line, input.lineLength);
      lua.top = top + 3;
      return 3;
    }
  }
  gathered.begin();
  if (hasPrefix) {
    const at = lua.textAt(3);
    gathered.add(at, lua.vm.words[lua.vm.outWord]!);
  }
  timeouts.begin();
  let wrong: string | undefined;
  if (pattern === '*l') wrong = input.line(fd, timeouts, gathered);
  else if (pattern === '*a') wrong = input.all(fd, timeouts, gathered);
  // Nothing is to be read, and no bytes are there: LuaSocket waits until some are.
  else if (pattern === 0 && gathered.length === 0) wrong = input.fill(fd, timeouts);
  else wrong = input.exactly(pattern - gathered.length, fd, timeouts, gathered);

  if (wrong === undefined) {
    lua.pushBytes(gathered.at, gathered.length);
    return 1 + lua.give(null, null);
  }
  lua.refuse(wrong);
  lua.pushBytes(gathered.at, gathered.length);
  return 3;
}

/** A number, or a string that begins with one of two patterns. */
function patternAt(lua: State): '*l' | '*a' | number {
  if (lua.isNumeric(2)) {
    const count = lua.toNumber(2);
    if (count >= 0) return Math.trunc(count);
  } else {
    const at = lua.textAt(2);
    const { bytes } = lua.vm;
    if (bytes[at] === STAR) {
      if (bytes[at + 1] === L) return '*l';
      if (bytes[at + 1] === A) return '*a';
    }
  }
  return lua.argumentError(2, 'invalid receive pattern');
}

const STAR = 0x2a;
const L = 0x6c;
const A = 0x61;

/** Resolves a host and a service, and does something with them; or what is wrong with the names. */
function at(
  host: string,
  service: string,
  family: ObjectFamily,
  any: 'wildcard' | 'loopback',
  use: (addresses: Exclude<ReturnType<typeof addressesOf>, string>, port: number) => string | undefined,
): string | undefined {
  const port = portOf(service);
  if (typeof port === 'string') return port;
  const addresses = addressesOf(host, family, any);
  return typeof addresses === 'string' ? addresses : use(addresses, port);
}

/** An argument that is one of some words (`luaL_checkoption`). */
function choice(lua: State, argument: number, words: readonly string[], otherwise: string): string {
  const word = lua.optText(argument, otherwise);
  return words.includes(word) ? word : lua.argumentError(argument, `invalid option '${word}'`);
}
