/**
 * Signatures of the domain that answers for a message (DKIM, RFC 6376; Ed25519, RFC 8463).
 *
 *     DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=2026; t=…;
 *      h=from:from:to:subject:date:…; bh=(hash of the body); b=(signature of the fields in h, and of this one with an empty b)
 */
import { badArgument } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import { foldHeaders } from '../headers/format.ts';
import { BodyHash, type Canonicalization, canonicalField } from './canonical.ts';
import type { Field } from './part.ts';
import { type PrivateKey, type Signer, sha256, signerOf } from './signing.ts';

/** Who signs, and how. */
export interface DkimOptions {
  /** The domain that signs, such as `example.com`. */
  readonly domain: string;
  /** The name of the key: its public half is in the DNS at `SELECTOR._domainkey.DOMAIN`. */
  readonly selector: string;
  /** The private key, RSA or Ed25519, as PEM or a KeyObject. It says the algorithm. */
  readonly privateKey: PrivateKey;
  /** How header fields and body may change on their way: `relaxed/relaxed`, without it. */
  readonly canonicalization?: `${Canonicalization}/${Canonicalization}` | undefined;
  /** The fields that are signed, where they are there; without it those that RFC 6376, section 5.4.1 recommends. */
  readonly headers?: readonly string[] | undefined;
}

const SIGNED = `From Reply-To Subject Date To Cc Sender Message-ID In-Reply-To References MIME-Version Content-Type
  Content-Transfer-Encoding List-Id List-Help List-Unsubscribe List-Unsubscribe-Post List-Subscribe List-Post List-Owner
  List-Archive`.split(/\s+/);
const NAME = /^[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?)*$/i;
const FORMS = ['simple/simple', 'simple/relaxed', 'relaxed/simple', 'relaxed/relaxed'];
/** Of a signature in one line of the field. */
const LINE = 72;

/** One signature, from checked options to the field. */
export class Signature {
  readonly #options: DkimOptions;
  readonly #signer: Signer;
  readonly #forms: readonly Canonicalization[];

  /** @throws SocketError `ERR_INVALID_ARGUMENT` for a name or a key that is none. */
  constructor(options: DkimOptions) {
    for (const option of ['domain', 'selector'] as const) {
      const name = options[option];
      if (typeof name !== 'string' || name.length > 253 || !NAME.test(name))
        throw badArgument(`dkim.${option}: a name of the DNS in ASCII, not ${shown(name)}`);
    }
    const { canonicalization = 'relaxed/relaxed', headers = SIGNED } = options;
    if (!FORMS.includes(canonicalization))
      throw badArgument(`dkim.canonicalization: ${FORMS.join(', ')}, not ${shown(canonicalization)}`);
    if (!headers.some((name) => name.toLowerCase() === 'from'))
      throw badArgument('dkim.headers: From is signed always (RFC 6376, section 5.4)');
    this.#options = options;
    this.#forms = canonicalization.split('/') as Canonicalization[];
    try {
      this.#signer = signerOf(options.privateKey);
    } catch (error) {
      // The key itself belongs in no message; what OpenSSL says has none of it.
      throw badArgument(`dkim.privateKey: ${(error as Error).message}`);
    }
  }

  /** The hash that the body goes through. */
  body(): BodyHash {
    return new BodyHash(this.#forms[1] as Canonicalization, sha256());
  }

  /** The field, for these others and the body's hash, at `time`. */
  field(fields: readonly Field[], bodyHash: string, time: Date): Field {
    const { domain, selector, headers = SIGNED } = this.#options;
    const form = this.#forms[0] as Canonicalization;
    const wanted = new Set(headers.map((name) => name.toLowerCase()));
    // From the last one up, as section 5.4.2 has it; From once more than it is there, so that a second one breaks the signature.
    const signed = fields.filter(([name]) => wanted.has(name.toLowerCase())).reverse();
    const names = [...signed.map(([name]) => name), 'From'];
    const tags = [
      'v=1',
      `a=${this.#signer.algorithm}`,
      `c=${this.#forms.join('/')}`,
      `d=${domain}`,
      `s=${selector}`,
      `t=${Math.floor(time.getTime() / 1000)}`,
      `h=${names.join(': ')}`,
      `bh=${bodyHash}`,
      'b=',
    ].join('; ');
    const own = foldHeaders([['DKIM-Signature', tags]]).slice(0, -2);
    const data = signed.map((field) => canonicalField(foldHeaders([field]), form)).join('');
    const signature = this.#signer.sign(
      data + (form === 'simple' ? own : canonicalField(`${own}\r\n`, form).slice(0, -2)),
    );
    return ['DKIM-Signature', `${tags} ${(signature.match(new RegExp(`.{1,${LINE}}`, 'g')) ?? []).join(' ')}`];
  }
}
