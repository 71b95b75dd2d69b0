/** The FTP cases of the conformance suite under node:test, for the faces that have FTP. */
import * as ftp from '../../src/entry/ftp.ts';
import * as http from '../../src/entry/http.ts';
import * as sockets from '../../src/entry/index.ts';
import * as tls from '../../src/entry/tls.ts';
import { inBothFaces } from './both-faces.ts';
import { ALL_CASES } from './ftp-cases.ts';

const face = { ...sockets, http, tls, ftp };
inBothFaces({ protocol: 'FTP', file: 'ftp-cases.js', cases: ALL_CASES, face, tls: true });
