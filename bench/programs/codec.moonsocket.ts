// The codecs of moonsocket/mime, each over 1 MiB in one call, bytes in and bytes out.

import { b64, dot, eol, qp, qpwrp, unb64, unqp, wrp } from '../../src/entry/mime.ts';
import { data, measure, text } from './codec.inputs.ts';

const base64 = b64(data)[0] as Buffer;
const lines = wrp(76, base64)[0] as Buffer;
const quoted = qp(text)[0] as Buffer;
const soft = qpwrp(76, quoted)[0] as Buffer;
const normal = text.length;

measure({
  'base64 encode': { run: () => b64(data)[0] as Buffer, length: base64.length },
  'base64 decode': { run: () => unb64(lines)[0] as Buffer, length: data.length },
  'qp encode': { run: () => qp(text)[0] as Buffer, length: quoted.length },
  'qp decode': { run: () => unqp('', soft)[0] as Buffer, length: normal },
  wrap: { run: () => wrp(76, base64)[0] as Buffer, length: lines.length },
  'soft wrap': { run: () => qpwrp(76, quoted)[0] as Buffer, length: soft.length },
  normalize: { run: () => eol(0, text)[0] as Buffer, length: normal },
  stuff: { run: () => dot(2, text)[0] as Buffer, length: normal },
});
