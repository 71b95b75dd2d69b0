/** The SMTP cases of the conformance suite under node:test, for the faces that have SMTP. */
import * as http from '../../src/entry/http.ts';
import * as sockets from '../../src/entry/index.ts';
import * as smtp from '../../src/entry/smtp.ts';
import { inBothFaces } from './both-faces.ts';
import { ALL_CASES, POOL_CASES } from './smtp-cases.ts';

const face = { ...sockets, http, smtp };
inBothFaces({ protocol: 'SMTP', file: 'smtp-cases.js', cases: ALL_CASES, awaiting: POOL_CASES, face, tls: false });
