import { createHmac } from 'node:crypto';
import type * as z from 'zod';
import {
  type Credentials,
  HeaderSecret,
  HmacSecret,
  type OauthCredentials,
  OauthSecret,
  shapeOfSecret,
} from '../../core/calls/credentials.ts';

/** What a request needs so that the third party knows the service. */
export interface Signed {
  readonly headers: Readonly<Record<string, string>>;
  /** The third party does not know these credentials: the next request gets new ones. */
  renew(): void;
  /** A text in which no secret of this request stands. */
  withoutSecrets(text: string): string;
}

export interface Signing {
  /** Undefined for a third party that asks for no credentials. @throws Error, which holds no secret. */
  sign(name: string, body: string): Promise<Signed | undefined>;
}

export interface SigningPorts {
  readonly credentials: ReadonlyMap<string, Credentials>;
  /** The URL of each third party, by name. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** The newest text of a third party's secret. @throws Error, which holds no secret. */
  readonly secretOf: (name: string) => Promise<string>;
  readonly now: () => Date;
  readonly timeoutSeconds: number;
  readonly fetch?: typeof globalThis.fetch;
}

/** A secret that was changed is used after this time, or at once if the third party refuses the old one. */
const secretSeconds = 300;
/** A third party that refuses every credential does not cause more reads of its secret than this. */
const leastSecretSeconds = 10;
/** A token whose time is not said. */
const tokenSeconds = 300;

/** Signs requests. Secrets and tokens are kept in memory for a time, and fetched once for all requests that need them. */
export const signing = (ports: SigningPorts): Signing => {
  const seconds = () => ports.now().getTime() / 1000;
  const secrets = new Map<string, Kept<string>>();
  const tokens = new Map<string, Kept<Token>>();

  const secretOf = (name: string): Promise<string> =>
    kept(secrets, name, seconds(), async () => {
      const value = await ports.secretOf(name);
      return { value, until: seconds() + secretSeconds };
    });

  const parsed = async <S extends z.ZodType>(schema: S, name: string, credentials: Credentials): Promise<z.output<S>> => {
    const { data } = schema.safeParse(jsonOf(await secretOf(name)));
    // A message of zod, or of JSON.parse, could hold a part of the secret.
    if (data === undefined) throw new Error(`the secret of its credentials has not the form ${shapeOfSecret(credentials)}`);
    return data as z.output<S>;
  };

  /** The third party refused what was made of it: the next request reads it anew. */
  const forget = (name: string): void => {
    const secret = secrets.get(name);
    if (secret !== undefined && seconds() - secret.since >= leastSecretSeconds) secrets.delete(name);
  };

  const tokenOf = (name: string, credentials: OauthCredentials): Promise<Token> =>
    kept(tokens, name, seconds(), async () => {
      const secret = await parsed(OauthSecret, name, credentials);
      return issued(ports, { name, credentials, secret, now: seconds });
    });

  return {
    sign: async (name, body) => {
      const credentials = ports.credentials.get(name);
      if (credentials === undefined) return undefined;
      if ('header' in credentials) {
        const { value } = await parsed(HeaderSecret, name, credentials);
        return signed({ [credentials.header.toLowerCase()]: value }, [value, ...value.split(' ').slice(1)], () => forget(name));
      }
      if ('hmac' in credentials) {
        const { header, algorithm } = credentials.hmac;
        const { key } = await parsed(HmacSecret, name, credentials);
        const at = Math.floor(seconds());
        const v1 = createHmac(algorithm, key).update(`${at}.${body}`).digest('hex');
        return signed({ [header.toLowerCase()]: `t=${at},v1=${v1}` }, [key], () => forget(name));
      }
      const token = await tokenOf(name, credentials);
      return signed({ authorization: `Bearer ${token.text}` }, [token.text, ...token.secrets], () => {
        // Another request may have fetched a new token since.
        if (tokens.get(name)?.value === token) {
          tokens.delete(name);
          forget(name);
        }
      });
    },
  };
};

interface Kept<T> {
  readonly promise: Promise<T>;
  readonly since: number;
  value?: T;
  /** Until its fetch has ended, all wait for it. */
  until: number;
}

interface Timed<T> {
  readonly value: T;
  readonly until: number;
}

/** What is kept, or is being fetched: many requests cause one fetch. A fetch that fails is not kept. */
const kept = async <T>(all: Map<string, Kept<T>>, name: string, now: number, fetch: () => Promise<Timed<T>>): Promise<T> => {
  const known = all.get(name);
  if (known !== undefined && now < known.until) return known.promise;
  const fetched = async (): Promise<T> => {
    try {
      return Object.assign(one, await fetch()).value;
    } catch (error) {
      if (all.get(name) === one) all.delete(name);
      throw error;
    }
  };
  const { promise, resolve } = Promise.withResolvers<T>();
  const one: Kept<T> = { promise, since: now, until: Number.POSITIVE_INFINITY };
  all.set(name, one);
  resolve(fetched());
  return promise;
};

interface Token {
  readonly text: string;
  /** The secrets that it was made of. */
  readonly secrets: readonly string[];
}

interface Issuing {
  readonly name: string;
  readonly credentials: OauthCredentials;
  readonly secret: z.output<typeof OauthSecret>;
  readonly now: () => number;
}

/** A new token. @throws Error, which holds no secret. */
const issued = async (ports: SigningPorts, { name, credentials, secret, now }: Issuing): Promise<Timed<Token>> => {
  const { endpoints, timeoutSeconds, fetch = globalThis.fetch } = ports;
  const { tokenUrl, scope } = credentials.oauth;
  const said = secret.tokenUrl ?? tokenUrl;
  const basic = Buffer.from([secret.clientId, secret.clientSecret].map(encodeURIComponent).join(':')).toString('base64');
  const asked = now();
  const response = await fetch(said.startsWith('/') ? `${endpoints[name]?.replace(/\/$/, '')}${said}` : said, {
    method: 'POST',
    redirect: 'manual',
    headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) }).toString(),
    signal: AbortSignal.timeout(timeoutSeconds * 1000),
  }).catch(() => {
    throw new Error('its token endpoint did not answer');
  });
  const answer = (await response.text().then(jsonOf, () => undefined)) as Record<string, unknown> | undefined;
  if (!response.ok) throw new Error(`its token endpoint said ${response.status}${codeIn(answer?.['error'])}`);
  const text = answer?.['access_token'];
  if (typeof text !== 'string' || !/^[\x21-\x7e]+$/.test(text)) throw new Error('its token endpoint issued no token');
  const lasts = Number(answer?.['expires_in'] ?? tokenSeconds);
  // Before it expires, also on a clock that is behind, and for a request that takes its time.
  const usable = Number.isFinite(lasts) ? Math.max(0, lasts - Math.min(60, lasts / 2)) : tokenSeconds;
  return { value: { text, secrets: [secret.clientSecret, basic] }, until: asked + usable };
};

/** A code of OAuth. Anything else could be what the endpoint was sent. */
const codeIn = (error: unknown): string => (typeof error === 'string' && oauthCodes.has(error) ? `: ${error}` : '');
const oauthCodes = new Set([
  ...['invalid_request', 'invalid_client', 'invalid_grant', 'invalid_scope'],
  ...['unauthorized_client', 'unsupported_grant_type'],
]);

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const signed = (headers: Readonly<Record<string, string>>, secrets: readonly string[], renew: () => void): Signed => ({
  headers,
  renew,
  withoutSecrets: (text) => secrets.flatMap(formsOf).reduce((left, secret) => left.replaceAll(secret, '[secret]'), text),
});

/** A secret as it is, in JSON, in a URL and in base64. A short word could stand in any text. */
const formsOf = (secret: string): readonly string[] =>
  secret.length < 4
    ? []
    : [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), Buffer.from(secret).toString('base64').replace(/=+$/, '')];
