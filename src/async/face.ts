/** The await face: the socket classes over Node's engine, and the calls that begin everything. */
import { type Flow, runAsync } from '../core/flow.ts';
import type { Io } from '../core/io.ts';
import { Stream } from '../core/stream.ts';
import { deadlineAfter } from '../core/timeout.ts';
import * as sockets from '../sockets/client.ts';
import { Dns } from '../sockets/dns.ts';
import * as tcps from '../sockets/tcp.ts';
import { Udp as UdpOf } from '../sockets/udp.ts';
import * as unixes from '../sockets/unix.ts';
import { dnsEngine } from './dns.ts';
