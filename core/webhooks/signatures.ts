// How a provider signs what it sends. These are descriptions: adapters/http/webhooks computes and compares.

/** The headers that the signature covers, by lower-case name. No other header reaches the rows of a webhook. */
export type SignedHeaders = Readonly<Record<string, string>>;

/** An HMAC over a text that is made of the body and headers, as most providers sign. */
export interface HmacSignature {
  /** The header that has the signature. */
  readonly header: string;
  readonly encoding: 'hex' | 'base64';
  /** The default is `sha256`. */
  readonly algorithm?: 'sha256' | 'sha384' | 'sha512';
  /** What the header has before the signature: `sha256=`. */
  readonly prefix?: string;
  /** What is signed, with `{body}` once and headers in braces: `{x-request-timestamp}.{body}`. The default is `{body}`. */
  readonly signs?: string;
  /** Without one, a delivery that somebody has recorded can be sent again at any time. It then acts no second time. */
  readonly timestamp?: SignedTimestamp;
}

/** A time in a header that the signature covers. */
export interface SignedTimestamp {
  readonly header: string;
  /** The default is seconds since 1970. */
  readonly unit?: 'seconds' | 'milliseconds';
  /** How far it may be from now, in either direction. The default is 300. */
  readonly toleranceSeconds?: number;
}

/** An Ed25519 signature. The secrets of the webhook are then the provider's public keys: 64 hexadecimal digits each. */
export interface Ed25519Signature {
  readonly header: string;
  readonly encoding: 'hex' | 'base64';
  /** As in `HmacSignature`. */
  readonly signs?: string;
  readonly timestamp?: SignedTimestamp;
}

/** What a function of your own verifies. */
export interface UnverifiedDelivery {
  /** The body as it was sent. */
  readonly bytes: Uint8Array;
  /** The value of a header; undefined if it is absent. The values of a header that is sent twice are joined by commas. */
  readonly header: (name: string) => string | undefined;
  /** The secrets that are valid now, the newest first. */
  readonly secrets: readonly string[];
  readonly now: Date;
  /** Computes an HMAC. */
  readonly hmac: (
    algorithm: 'sha1' | 'sha256' | 'sha384' | 'sha512',
    secret: string | Uint8Array,
    signed: string | Uint8Array,
  ) => Uint8Array;
  /** Compares in a time that says nothing of the content. */
  readonly isSame: (one: Uint8Array, other: Uint8Array) => boolean;
}

/** Whether a delivery is the provider's. `stale`: it is signed, and too old. */
export type IsSigned = (delivery: UnverifiedDelivery) => boolean | 'stale';

export type Signature =
  | ({ readonly scheme: 'hmac' } & HmacSignature)
  | ({ readonly scheme: 'ed25519' } & Ed25519Signature)
  | { readonly scheme: 'stripe'; readonly toleranceSeconds: number }
  | { readonly scheme: 'function'; readonly isSigned: IsSigned; readonly signedHeaders: readonly string[] };

/** The tolerance of Stripe's own libraries, and of most providers. */
export const usualToleranceSeconds = 300;

/**
 * As Stripe signs: `Stripe-Signature: t=…,v1=…`, an HMAC-SHA256 of the time and the body. While a secret is replaced, Stripe sends a `v1`
 * for each of them.
 *
 * @example
 * const verifies = stripe();
 */
export const stripe = ({ toleranceSeconds = usualToleranceSeconds }: { readonly toleranceSeconds?: number } = {}): Signature => ({
  scheme: 'stripe',
  toleranceSeconds,
});

/**
 * As GitHub signs: `X-Hub-Signature-256: sha256=…`, an HMAC-SHA256 of the body alone. So neither `X-GitHub-Delivery` nor `X-GitHub-Event` is
 * signed: take the type from the body, and `'digest'` for the id.
 *
 * @example
 * const verifies = github();
 */
export const github = (): Signature => hmac({ header: 'x-hub-signature-256', encoding: 'hex', prefix: 'sha256=' });

/**
 * As Shopify signs: `X-Shopify-Hmac-Sha256`, an HMAC-SHA256 of the body alone, in base64. No other header is signed.
 *
 * @example
 * const verifies = shopify();
 */
export const shopify = (): Signature => hmac({ header: 'x-shopify-hmac-sha256', encoding: 'base64' });

/**
 * An HMAC in a header, as most other providers sign.
 *
 * @example
 * const slack = hmac({
 *   header: 'x-slack-signature',
 *   prefix: 'v0=',
 *   encoding: 'hex',
 *   signs: 'v0:{x-slack-request-timestamp}:{body}',
 *   timestamp: { header: 'x-slack-request-timestamp' },
 * });
 */
export const hmac = (signature: HmacSignature): Signature => ({ scheme: 'hmac', ...signature });

/**
 * An Ed25519 signature in a header. The default is what Discord sends.
 *
 * @example
 * const discord = ed25519();
 */
export const ed25519 = (signature: Ed25519Signature = discord): Signature => ({ scheme: 'ed25519', ...signature });

const discord: Ed25519Signature = {
  header: 'x-signature-ed25519',
  encoding: 'hex',
  signs: '{x-signature-timestamp}{body}',
  timestamp: { header: 'x-signature-timestamp' },
};

/**
 * A function of your own, for a provider that signs in another way. `signedHeaders` names the headers that its signature covers.
 *
 * @example
 * const verifies = signedBy(
 *   ({ bytes, header, secrets, hmac, isSame }) => {
 *     const given = new TextEncoder().encode(header('x-token') ?? '');
 *     return secrets.some((secret) => isSame(given, hmac('sha512', secret, bytes)));
 *   },
 *   { signedHeaders: [] },
 * );
 */
export const signedBy = (isSigned: IsSigned, { signedHeaders }: { readonly signedHeaders: readonly string[] }): Signature => ({
  scheme: 'function',
  isSigned,
  signedHeaders,
});

/** The headers that a signature covers. */
export const signedHeadersOf = (signature: Signature): readonly string[] => {
  if (signature.scheme === 'function') return signature.signedHeaders;
  return signature.scheme === 'stripe' ? [] : headersIn(signature.signs ?? '{body}');
};

/** The header that has the signature; undefined if a function of the domain knows it. */
export const signatureHeaderOf = (signature: Signature): string | undefined => {
  if (signature.scheme === 'function') return undefined;
  return signature.scheme === 'stripe' ? 'stripe-signature' : signature.header;
};

/** The headers that a template like `{x-time}.{body}` names. */
const headersIn = (signs: string): readonly string[] =>
  [...signs.matchAll(/\{([^{}]*)\}/g)].flatMap(([, name = '']) => (name === 'body' ? [] : [name]));

/** The rule of signatures that a webhook breaks; undefined if it breaks none. */
export const faultOfSignature = (signature: Signature): string | undefined => {
  if (signature.scheme === 'stripe') return isTolerance(signature.toleranceSeconds) ? undefined : faultOfTolerance;
  if (signature.scheme === 'function') return signature.signedHeaders.map(faultOfHeader).find((fault) => fault !== undefined);
  const { header, signs = '{body}', timestamp } = signature;
  const headers = headersIn(signs);
  if (signs.split('{body}').length !== 2) return `'${signs}' must have {body} once: what is signed has the body`;
  if (timestamp !== undefined && !headers.includes(timestamp.header)) return `the time in '${timestamp.header}' is not signed: ${signs}`;
  if (timestamp !== undefined && !isTolerance(timestamp.toleranceSeconds ?? usualToleranceSeconds)) return faultOfTolerance;
  return [header, ...headers].map(faultOfHeader).find((fault) => fault !== undefined);
};

const isTolerance = (seconds: number): boolean => seconds >= 1 && seconds <= 3600;
const faultOfTolerance = 'a tolerance is from 1 second to one hour';
const faultOfHeader = (name: string): string | undefined =>
  /^[a-z0-9][a-z0-9-]*$/.test(name) ? undefined : `'${name}' is not the name of a header in small letters`;
