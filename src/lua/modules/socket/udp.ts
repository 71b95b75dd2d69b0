/** The classes udp{unconnected} and udp{connected}: their methods, and what makes their objects. */

import { type Address, familyOf } from '../../../core/address.ts';
import { Failure } from '../../../core/errors.ts';
import { numericAddress } from '../../../posix/libc/addrinfo.ts';
import * as libc from '../../../posix/libc/functions.ts';
import { NAME_WORDS, nameOf, type Packed, packed, SenderNames } from '../../../posix/libc/sockaddr.ts';
import type { Bindings, Functions } from '../../bindings.ts';
import type { HostFunction, State } from '../../state.ts';
import { datagramMethods, given, receive } from './datagram-methods.ts';
import { getoption, setoption, UDP_OPTIONS } from './options.ts';
import { numericReason, reasonOf } from './reasons.ts';
import { addressesOf, numericPort, type ObjectFamily, withEndpoints } from './resolve.ts';
import { type UdpClass, UdpSocket } from './udp-socket.ts';

const ANY = 'udp{any}';
const UNCONNECTED: UdpClass = 'udp{unconnected}';
const CONNECTED: UdpClass = 'udp{connected}';

/** The functions of socket.core that make UDP objects; the classes are defined with them. */
export function udpFunctions(machine: Bindings, lua: State): Functions {
  const methods = udpMethods(machine);
  for (const name of [UNCONNECTED, CONNECTED])
    machine.defineClass(lua, { name, groups: [ANY, 'select{able}'], methods });

  const make =
    (family: ObjectFamily): HostFunction =>
    (caller) => {
      const socket = new UdpSocket(machine, family);
      const wrong = family === 'unspec' ? undefined : socket.open(family);
      if (wrong !== undefined) return caller.refuse(wrong);
      machine.pushObject(caller, socket);
      return 1;
    };
  return { udp: make('unspec'), udp4: make('inet'), udp6: make('inet6') };
}

function udpMethods(machine: Bindings): Functions {
  const object = (lua: State, expected: string): UdpSocket => machine.object<UdpSocket>(lua, 1, expected);
  const senders = new SenderNames();
  const receivers = new Receivers();

  const name = (lua: State, socket: UdpSocket, call: typeof libc.getsockname): number => {
    const endpoint = nameOf(call, socket.fd);
    if (endpoint instanceof Failure) return lua.refuse(reasonOf(endpoint));
    return lua.give(endpoint.address, BigInt(endpoint.port), socket.family);
  };

  return {
    ...datagramMethods(machine, { any: ANY, connected: CONNECTED }),

    sendto(lua) {
      const socket = object(lua, UNCONNECTED);
      const data = lua.textAt(2);
      const length = lua.vm.outLength;
      const to = receivers.named(lua.text(3), lua.text(4), socket.family);
      if (to instanceof Failure) return lua.refuse(numericReason(to));
      const wrong = socket.family === 'unspec' && socket.fd < 0 ? socket.open(to.family) : undefined;
      if (wrong !== undefined) return lua.refuse(wrong);
      return given(lua, socket.sendto(data, length, to.name));
    },

    receivefrom(lua) {
      const socket = object(lua, UNCONNECTED);
      const wrong = receive(lua, socket, true);
      if (wrong !== undefined) return lua.refuse(wrong);
      // LuaSocket has no datagram here either, and cannot name who sent it.
      if (socket.fd < 0) return lua.refuse('ai_family not supported');
      const { address, port } = senders.of(NAME_WORDS);
      return 1 + lua.give(address, BigInt(port));
    },

    setsockname(lua) {
      const socket = object(lua, UNCONNECTED);
      const wrong = withEndpoints('udp', lua.text(2), lua.text(3), socket.family, 'wildcard', (...to) =>
        socket.bind(...to),
      );
      return wrong === undefined ? lua.give(1) : lua.refuse(wrong);
    },

    setpeername(lua) {
      const socket = object(lua, ANY);
      const host = lua.text(2);
      if (host === '*') {
        socket.disconnect();
        machine.setClass(lua, 1, socket, UNCONNECTED);
        return lua.give(1);
      }
      const wrong = withEndpoints('udp', host, lua.text(3), socket.family, 'loopback', (...to) =>
        socket.connect(...to),
      );
      if (wrong !== undefined) return lua.refuse(wrong);
      machine.setClass(lua, 1, socket, CONNECTED);
      return lua.give(1);
    },

    getsockname: (lua) => name(lua, object(lua, ANY), libc.getsockname),
    getpeername: (lua) => name(lua, object(lua, CONNECTED), libc.getpeername),
    getfamily: (lua) => lua.give(object(lua, ANY).family === 'inet6' ? 'inet6' : 'inet4'),
    setoption: (lua) => setoption(lua, object(lua, ANY).fd, UDP_OPTIONS),
    getoption: (lua) => getoption(lua, object(lua, ANY).fd, UDP_OPTIONS),
  };
}

/** The destination of a datagram. */
interface Receiver {
  readonly family: Address['family'];
  readonly name: Packed;
}

/** Reads out the addresses of `sendto`, which are numbers. Most go where the last one went. */
class Receivers {
  #host: string | undefined;
  #port: string | undefined;
  #family: ObjectFamily | undefined;
  #last: Receiver | Failure | undefined;

  named(host: string, port: string, family: ObjectFamily): Receiver | Failure {
    if (host !== this.#host || port !== this.#port || family !== this.#family || this.#last === undefined) {
      this.#last = receiver(host, port, family);
      [this.#host, this.#port, this.#family] = [host, port, family];
    }
    return this.#last;
  }
}

function receiver(host: string, service: string, family: ObjectFamily): Receiver | Failure {
  const port = numericPort(service);
  if (port instanceof Failure) return port;
  const address = literal(host, family);
  if (address instanceof Failure) return address;
  const name = packed(address, port);
  return name instanceof Failure ? name : { family: address.family, name };
}

function literal(host: string, family: ObjectFamily): Address | Failure {
  if (host === '*') return addressesOf(host, family, 'loopback')[0] as Address;
  const known = familyOf(host);
  if (known !== undefined && (family === 'unspec' || family === known)) return { address: host, family: known };
  return numericAddress(host, family === 'unspec' ? undefined : family);
}
