/** The TLS cases of the conformance suite under node:test, for the faces that have TLS. */
import * as http from '../../src/entry/http.ts';
import * as sockets from '../../src/entry/index.ts';
import * as tls from '../../src/entry/tls.ts';
import { inBothFaces } from './both-faces.ts';
import { ALL_CASES } from './tls-cases.ts';

inBothFaces({ protocol: 'TLS', file: 'tls-cases.js', cases: ALL_CASES, face: { ...sockets, http, tls }, tls: true });
