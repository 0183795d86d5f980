import { createHmac, createPublicKey, type KeyObject, timingSafeEqual, verify as verifySignature } from 'node:crypto';
import type { Ed25519Signature, HmacSignature, Signature, SignedTimestamp } from '../../../core/webhooks/signatures.ts';
import { usualToleranceSeconds } from '../../../core/webhooks/signatures.ts';

/** A delivery as it arrived. */
export interface SentDelivery {
  readonly bytes: Uint8Array;
  /** By lower-case name. A header that was sent twice is joined by commas. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface Verifying {
  /** Those that are valid now, the newest first. */
  readonly secrets: readonly string[];
  readonly now: Date;
}

/** `unsigned`: no signature, or a wrong one. `stale`: the signature is right, and its time is too far from now. */
export type Verdict = 'signed' | 'unsigned' | 'stale';

/**
 * Whether a delivery is signed with one of the secrets. All secrets are tried, and each comparison takes the same time for every content.
 * @throws Error if there is no secret, or one that cannot be a secret: an empty key would verify what anybody has signed.
 */
export const verdictOn = (signature: Signature, sent: SentDelivery, { secrets, now }: Verifying): Verdict => {
  demandSecrets(signature, secrets);
  if (signature.scheme === 'function') return verdictOfFunction(signature.isSigned, sent, { secrets, now });
  if (signature.scheme === 'stripe') return verdictOfStripe(signature.toleranceSeconds, sent, { secrets, now });
  const given = signature.scheme === 'ed25519' ? ed25519Given(signature, sent) : hmacGiven(signature, sent);
  const signed = signedBytes(signature.signs ?? '{body}', sent);
  if (given === undefined || signed === undefined) return 'unsigned';
  const isBySecret =
    signature.scheme === 'ed25519'
      ? (secret: string) => verifySignature(null, signed, publicKey(secret), given)
      : (secret: string) => isSame(hmacOf(signature.algorithm ?? 'sha256', secret, signed), given);
  if (!anyOf(secrets, isBySecret)) return 'unsigned';
  return signature.timestamp === undefined ? 'signed' : verdictOnTime(signature.timestamp, sent, now);
};

/** @throws Error, naming the fault and not the secret. */
export const demandSecrets = ({ scheme }: Signature, secrets: readonly string[]): void => {
  if (secrets.length === 0) throw new Error('the webhook has no secret');
  for (const secret of secrets) {
    if (secret.trim() === '') throw new Error('the secret of the webhook is empty');
    if (scheme === 'ed25519') publicKey(secret);
    else if (Buffer.byteLength(secret) < leastSecretBytes)
      throw new Error(`the secret of the webhook has fewer than ${leastSecretBytes} bytes, so it can be guessed`);
  }
};

const leastSecretBytes = 16;

/** Asks about every item, also after a `true`, so that the time does not say which one it was. */
const anyOf = <T>(items: readonly T[], holds: (item: T) => boolean): boolean => items.map(holds).includes(true);

const isSame = (one: Uint8Array, other: Uint8Array): boolean => one.byteLength === other.byteLength && timingSafeEqual(one, other);

export const hmacOf = (algorithm: string, secret: string | Uint8Array, signed: string | Uint8Array): Buffer =>
  createHmac(algorithm, secret).update(signed).digest();

/** The signature in its header, or undefined if the header has something else. */
const hmacGiven = (
  { header, prefix = '', encoding, algorithm = 'sha256' }: HmacSignature,
  { headers }: SentDelivery,
): Buffer | undefined => {
  const value = headers[header];
  if (value === undefined || !value.startsWith(prefix)) return undefined;
  return decoded(value.slice(prefix.length), encoding, digestBytes[algorithm]);
};
const digestBytes = { sha256: 32, sha384: 48, sha512: 64 };

const ed25519Given = ({ header, encoding }: Ed25519Signature, { headers }: SentDelivery): Buffer | undefined =>
  decoded(headers[header] ?? '', encoding, 64);

/** Only the one text that encodes these bytes: decoders of Node ignore what they do not know. */
const decoded = (text: string, encoding: 'hex' | 'base64', sizeBytes: number): Buffer | undefined => {
  const bytes = Buffer.from(text, encoding);
  return bytes.length === sizeBytes && bytes.toString(encoding) === (encoding === 'hex' ? text.toLowerCase() : text) ? bytes : undefined;
};

/** What the signature covers: the template, filled in. Undefined if the delivery lacks one of its headers. */
export const signedBytes = (signs: string, { bytes, headers }: SentDelivery): Buffer | undefined => {
  const parts = signs.split(/(\{[^{}]*\})/).map((part): Uint8Array | undefined => {
    const name = /^\{(.*)\}$/.exec(part)?.[1];
    if (name === 'body') return bytes;
    const text = name === undefined ? part : headers[name];
    return text === undefined ? undefined : Buffer.from(text);
  });
  const known = parts.filter((part) => part !== undefined);
  return known.length === parts.length ? Buffer.concat(known) : undefined;
};

const verdictOnTime = (
  { header, unit = 'seconds', toleranceSeconds = usualToleranceSeconds }: SignedTimestamp,
  sent: SentDelivery,
  now: Date,
): Verdict => {
  const text = sent.headers[header] ?? '';
  // Digits only, so that no part of the body can pass for a part of the time where nothing separates the two.
  if (!/^\d{1,14}$/.test(text)) return 'unsigned';
  return isNear(Number(text) * (unit === 'seconds' ? 1000 : 1), now, toleranceSeconds) ? 'signed' : 'stale';
};

const isNear = (milliseconds: number, now: Date, toleranceSeconds: number): boolean =>
  Math.abs(now.getTime() - milliseconds) <= toleranceSeconds * 1000;

/** `t=1492774577,v1=…,v1=…`. Other schemes in it, like `v0`, count for nothing. */
const verdictOfStripe = (toleranceSeconds: number, { bytes, headers }: SentDelivery, { secrets, now }: Verifying): Verdict => {
  const parts = (headers['stripe-signature'] ?? '').split(',').map((part) => part.trimStart());
  const valuesOf = (key: string) => parts.flatMap((part) => (part.startsWith(`${key}=`) ? [part.slice(key.length + 1)] : []));
  const [time = '', ...moreTimes] = valuesOf('t');
  const given = valuesOf('v1').flatMap((text) => decoded(text, 'hex', 32) ?? []);
  if (moreTimes.length > 0 || !/^\d{1,12}$/.test(time) || given.length > mostSignatures) return 'unsigned';
  const signed = Buffer.concat([Buffer.from(`${time}.`), bytes]);
  const isBySecret = (secret: string): boolean => {
    const right = hmacOf('sha256', secret, signed);
    return anyOf(given, (one) => isSame(right, one));
  };
  if (!anyOf(secrets, isBySecret)) return 'unsigned';
  return isNear(Number(time) * 1000, now, toleranceSeconds) ? 'signed' : 'stale';
};

/** One for each secret that is valid. */
const mostSignatures = 10;

const verdictOfFunction = (
  isSigned: (Signature & { scheme: 'function' })['isSigned'],
  { bytes, headers }: SentDelivery,
  { secrets, now }: Verifying,
): Verdict => {
  const header = (name: string): string | undefined => headers[name.toLowerCase()];
  const answer = isSigned({ bytes, header, secrets, now, hmac: hmacOf, isSame });
  // Only `true`: a promise, which a function of an untyped domain may return, is not an answer.
  return answer === true ? 'signed' : answer === 'stale' ? 'stale' : 'unsigned';
};

/** The public key in its 32 bytes. @throws Error for another text. */
const publicKey = (hexadecimal: string): KeyObject => {
  const bytes = decoded(hexadecimal.trim(), 'hex', 32);
  if (bytes === undefined) throw new Error('the public key of the webhook is not 64 hexadecimal digits');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') }, format: 'jwk' });
};
