/** The names in a certificate, as LuaSec's tables. */
import { addressOf, C, copyOf, inet_ntop, type Pointer } from '../../../posix/libc/functions.ts';
import { openssl } from '../../../posix/openssl/functions.ts';
import { bytesOf, derOf, isThere, pointerTo } from '../../../posix/openssl/memory.ts';
import { moreOpenssl, NID_SUBJECT_ALT_NAME } from '../../../posix/openssl/more-functions.ts';
import type { State } from '../../state.ts';

/** The kinds of GENERAL_NAME (x509v3.h) that are text. */
const TEXTS: Readonly<Record<number, string>> = { 1: 'rfc822Name', 2: 'dNSName', 6: 'uniformResourceIdentifier' };
const OTHER_NAME = 0;
const IP_ADDRESS = 7;
/** LuaSec's own, for the name of an object. */
const LONGEST_NAME = 256;

/** Pushes a list of `{ oid, name, value }`. */
export function pushName(lua: State, name: Pointer, utf8: boolean): number {
  const c = moreOpenssl();
  lua.newTable();
  const count = c.X509_NAME_entry_count(name);
  for (let i = 0; i < count; i++) {
    const entry = c.X509_NAME_get_entry(name, i);
    const object = c.X509_NAME_ENTRY_get_object(entry);
    lua.newTable(0, 3);
    lua.push(nameOf(object, true));
    lua.setField(-2, 'oid');
    lua.push(nameOf(object, false));
    lua.setField(-2, 'name');
    lua.push(textOf(c.X509_NAME_ENTRY_get_data(entry), utf8));
    lua.setField(-2, 'value');
    lua.setItem(-2, i + 1);
  }
  openssl().ERR_clear_error();
  return 1;
}

/** Pushes the extension subjectAltName by its number: lists of names by their kind. */
export function pushExtensions(lua: State, certificate: Pointer, utf8: boolean): number {
  const c = moreOpenssl();
  lua.newTable();
  const index = c.X509_get_ext_by_NID(certificate, NID_SUBJECT_ALT_NAME, -1);
  const extension = index < 0 ? null : c.X509_get_ext(certificate, index);
  const names = isThere(extension) ? c.X509V3_EXT_d2i(extension) : null;
  if (isThere(extension) && isThere(names)) {
    const object = c.X509_EXTENSION_get_object(extension);
    try {
      pushNames(lua, names, utf8);
      lua.push(nameOf(object, false));
      lua.setField(-2, 'name');
      lua.push(nameOf(object, true));
      lua.insert(-2);
      lua.setRaw(-3);
    } finally {
      c.GENERAL_NAMES_free(names);
    }
  }
  openssl().ERR_clear_error();
  return 1;
}

function pushNames(lua: State, names: Pointer, utf8: boolean): void {
  const c = moreOpenssl();
  lua.newTable();
  const type = new Int32Array(1);
  for (let i = 0; i < openssl().OPENSSL_sk_num(names); i++) {
    const one = openssl().OPENSSL_sk_value(names, i);
    const value = c.GENERAL_NAME_get0_value(one, type);
    if (type[0] === OTHER_NAME) addOther(lua, one, utf8);
    else if (type[0] === IP_ADDRESS) addTo(lua, 'iPAddress', addressIn(value));
    else {
      const kind = TEXTS[type[0] as number];
      if (kind !== undefined) addTo(lua, kind, textOf(value, utf8));
    }
  }
}

/** A name of another kind, under its number, with the kind's name beside. */
function addOther(lua: State, name: Pointer, utf8: boolean): void {
  const c = moreOpenssl();
  const [object, value] = [pointerTo(0n), pointerTo(0n)];
  if (c.GENERAL_NAME_get0_otherName(name, bytesOf(object), bytesOf(value)) !== 1) return;
  const kind = nameOf(object[0] as bigint, true);
  const der = derOf(c.i2d_ASN1_TYPE, value[0] as bigint);
  const text = c.d2i_ASN1_PRINTABLE(null, bytesOf(pointerTo(addressOf(der))), der.length);
  addTo(lua, kind, textOf(text, utf8), nameOf(object[0] as bigint, false));
  if (isThere(text)) c.ASN1_STRING_free(text);
}

/** Adds to the list of a kind, in the table on top. */
function addTo(lua: State, kind: string, value: Buffer | string | null, title?: string): void {
  lua.push(kind);
  lua.pushCopy(-1);
  lua.vm.api.lua_rawget(lua.L, -3);
  if (lua.isAbsent(-1)) {
    lua.pop();
    lua.newTable();
    if (title !== undefined) {
      lua.push(title);
      lua.setField(-2, 'name');
    }
  }
  lua.push(value);
  lua.setItem(-2, Number(lua.vm.api.lua_rawlen(lua.L, -2)) + 1);
  lua.setRaw(-3);
}

/** The name of an ASN.1 object, or its number. */
function nameOf(object: Pointer, asNumber: boolean): string {
  const text = Buffer.alloc(LONGEST_NAME);
  const length = moreOpenssl().OBJ_obj2txt(text, LONGEST_NAME, object, asNumber ? 1 : 0);
  return text.toString('latin1', 0, Math.max(0, Math.min(length, LONGEST_NAME - 1)));
}

/** An ASN1_STRING's bytes, as they are or as UTF-8; nil where they cannot be. */
function textOf(text: Pointer | null, utf8: boolean): Buffer | null {
  if (!isThere(text)) return null;
  const c = moreOpenssl();
  if (!utf8) return bytesAt(c.ASN1_STRING_get0_data(text), c.ASN1_STRING_length(text));
  const out = pointerTo(0n);
  const length = c.ASN1_STRING_to_UTF8(bytesOf(out), text);
  if (length < 0) return null;
  const copy = bytesAt(out[0] as bigint, length);
  c.CRYPTO_free(out[0] as bigint, null, 0);
  return copy;
}

function bytesAt(memory: Pointer, length: number): Buffer {
  return length === 0 ? Buffer.alloc(0) : copyOf(memory, length);
}

function addressIn(text: Pointer | null): string | null {
  const bytes = textOf(text, false);
  if (bytes === null || (bytes.length !== 4 && bytes.length !== 16)) return null;
  const shown = Buffer.alloc(46);
  inet_ntop(bytes.length === 4 ? C.AF_INET : C.AF_INET6, bytes, shown, shown.length);
  return shown.toString('latin1', 0, shown.indexOf(0));
}
