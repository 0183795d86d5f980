import { createHmac } from 'node:crypto';
import type { Signature } from '../../../core/webhooks/signatures.ts';
import { hmacOf, type SentDelivery, signedBytes } from './verify.ts';

/**
 * The headers of a delivery with those that sign it, for what plays a provider: simulators and tests.
 * @throws Error for a scheme whose secret only the provider has.
 */
export const signedHeaders = (
  signature: Signature,
  { bytes, headers }: SentDelivery,
  { secret, now }: { readonly secret: string; readonly now: Date },
): Readonly<Record<string, string | undefined>> => {
  if (signature.scheme === 'stripe') {
    const seconds = Math.floor(now.getTime() / 1000);
    const v1 = createHmac('sha256', secret).update(`${seconds}.`).update(bytes).digest('hex');
    return { ...headers, 'stripe-signature': `t=${seconds},v1=${v1}` };
  }
  if (signature.scheme !== 'hmac') throw new Error(`a simulator cannot sign with the scheme '${signature.scheme}'`);
  const { header, prefix = '', encoding, algorithm = 'sha256', signs = '{body}', timestamp } = signature;
  const timed = timestamp === undefined ? headers : { ...headers, [timestamp.header]: timeIn(timestamp.unit, now) };
  const signed = signedBytes(signs, { bytes, headers: timed });
  if (signed === undefined) throw new Error(`the delivery lacks a header that is signed: ${signs}`);
  return { ...timed, [header]: `${prefix}${hmacOf(algorithm, secret, signed).toString(encoding)}` };
};

const timeIn = (unit: 'seconds' | 'milliseconds' = 'seconds', now: Date): string =>
  String(unit === 'seconds' ? Math.floor(now.getTime() / 1000) : now.getTime());
