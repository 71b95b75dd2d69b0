// The same with libbase64 and libqp, from bytes to what they give (text) and from what they take (text) to bytes.

import libbase64 from 'libbase64';
import libqp from 'libqp';
import { data, measure, text } from './codec.inputs.ts';

const base64 = libbase64.encode(data);
const lines = libbase64.wrap(base64, 76);
const quoted = libqp.encode(text);
const soft = libqp.wrap(quoted, 76);

measure({
  'base64 encode': { run: () => libbase64.encode(data), length: base64.length },
  'base64 decode': { run: () => libbase64.decode(lines), length: data.length },
  'qp encode': { run: () => libqp.encode(text), length: quoted.length },
  'qp decode': { run: () => libqp.decode(soft), length: text.length },
});
