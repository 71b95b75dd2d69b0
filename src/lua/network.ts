/** The part of the network that a machine may use, and the embedder's function that is asked about every address. */
import { badArgument } from '../core/errors.ts';
import { calling } from './errors.ts';

/** The use of an address. */
export type RequestKind = 'connect' | 'bind' | 'send';

/** The use of an address or path that a script is about to make, as `allow` gets it. */
export type NetworkRequest =
  | {
      /** The use of the address. */
      readonly kind: RequestKind;
      /** Of the socket. */
      readonly protocol: 'tcp' | 'udp';
      /** A numeric address, as the system writes it; one of IPv4 that stands in an IPv6 one (`::ffff:127.0.0.1`) as that of IPv4. */
      readonly address: string;
      /** 0 for a bind that leaves the choice to the system. */
      readonly port: number;
    }
  | {
      /** The use of the path. */
      readonly kind: RequestKind;
      /** Of the socket. */
      readonly protocol: 'unix';
      /** An absolute path of the host's; an abstract name begins with NUL. */
      readonly path: string;
    };

/** Parts of the network. What is not named is not permitted. */
export interface NetworkPermission {
  /** TCP, to connect and to listen; `socket.http` with it. */
  readonly tcp?: boolean;
  /** UDP, to send and to receive. */
  readonly udp?: boolean;
  /** Sockets with a path: whatever listens on this machine, the daemons of the system among it. */
  readonly unix?: boolean;
  /**
   * Asked before each bind, connect and `sendto`, about the address itself: names are resolved by then, and each of a name's
   * addresses is asked about. Anything else than true refuses ("permission denied"); what it throws is an error of the script.
   */
  readonly allow?: (request: NetworkRequest) => boolean;
}

export class Network {
  readonly tcp: boolean;
  readonly udp: boolean;
  readonly unix: boolean;
  readonly #allow: NetworkPermission['allow'];

  constructor({ tcp = false, udp = false, unix = false, allow }: NetworkPermission) {
    this.tcp = tcp;
    this.udp = udp;
    this.unix = unix;
    this.#allow = allow;
  }

  /** Whether `permits` has a function to ask. */
  get asks(): boolean {
    return this.#allow !== undefined;
  }

  permits(request: NetworkRequest): boolean {
    const allow = this.#allow;
    const answer: unknown = allow === undefined ? true : calling(() => allow(request));
    // A promise is no answer, and would pass for one.
    if (typeof answer !== 'boolean')
      throw badArgument(`permissions.network.allow answers true or false, not ${String(answer)}`);
    return answer;
  }
}
