import * as z from 'zod';

/**
 * How a third party knows the service. The domain says only the kind. The secret itself is in Secrets Manager, and on a developer's machine
 * in a file outside the repository (docs/how-to/call-third-parties.md).
 */
export type Credentials = HeaderCredentials | OauthCredentials | HmacCredentials;

/** A header with a secret value. Its secret is `{ "value": "Bearer …" }`. */
export interface HeaderCredentials {
  /** The header's name: `authorization`, `x-api-key`. */
  readonly header: string;
}

/** OAuth 2 client credentials. Its secret is `{ "clientId": "…", "clientSecret": "…" }`. It may have a `tokenUrl`, which then holds. */
export interface OauthCredentials {
  readonly oauth: {
    /** Where tokens are issued: a URL, or a path below the endpoint of the third party. */
    readonly tokenUrl: string;
    readonly scope?: string;
  };
}

/** A signature of the time and the body: `t=1767225600,v1=HEX`, over `1767225600.BODY`. Its secret is `{ "key": "…" }`. */
export interface HmacCredentials {
  readonly hmac: { readonly header: string; readonly algorithm: 'sha256' | 'sha512' };
}

/** A header that cannot hold a line break, or anything else that ends it. */
const sendable = z.string().regex(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/);
const url = z.url({ protocol: /^https?$/ }).regex(/^https:|^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?(\/|$)/);

export const HeaderSecret = z.object({ value: sendable });
export const OauthSecret = z.object({ clientId: z.string().min(1), clientSecret: z.string().min(1), tokenUrl: url.optional() });
export const HmacSecret = z.object({ key: z.string().min(1) });

/** What a person has to write into the secret. It names no value of the secret that is there. */
export const shapeOfSecret = (credentials: Credentials): string => {
  if ('header' in credentials) return '{"value":"…"}';
  return 'oauth' in credentials ? '{"clientId":"…","clientSecret":"…"}' : '{"key":"…"}';
};

const schemaOf = (credentials: Credentials): z.ZodType => {
  if ('header' in credentials) return HeaderSecret;
  return 'oauth' in credentials ? OauthSecret : HmacSecret;
};

/** Whether the text of a secret has the values that the credentials need. */
export const isSecretOf = (credentials: Credentials, text: string): boolean => {
  try {
    return schemaOf(credentials).safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
};

/** The fault of credentials as a domain writes them, or undefined. */
export const faultOfCredentials = (credentials: Credentials): string | undefined => {
  if ('oauth' in credentials) {
    const { tokenUrl } = credentials.oauth;
    const isPath = /^\/(?!\/)[^?#\s\\]*$/.test(tokenUrl);
    return isPath || url.safeParse(tokenUrl).success ? undefined : `its tokenUrl '${tokenUrl}' is neither a path nor an https URL`;
  }
  const { header } = 'hmac' in credentials ? credentials.hmac : credentials;
  if (!/^[A-Za-z][A-Za-z0-9-]*$/.test(header)) return `'${header}' is no name of a header`;
  return ownHeaders.has(header.toLowerCase()) ? `the service writes the header '${header}' itself` : undefined;
};

/** What each call has, and what the connection writes. */
const ownHeaders = new Set([
  ...['content-type', 'content-length', 'idempotency-key', 'x-correlation-id'],
  ...['host', 'connection', 'transfer-encoding', 'expect', 'te', 'trailer', 'upgrade'],
]);
