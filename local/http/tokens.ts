import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { Key } from '../issuer.ts';
import { gatewayAnswer, type HttpAnswer } from './response.ts';

/** The issuer and the audience that a JWT authorizer of API Gateway trusts. */
export interface Trust {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly key: Key;
}

/** What a verified token says, as the function is given it: every claim is text, a list `[a b]`, an object `map[a:b]`. */
export type Claims = Readonly<Record<string, string>>;

/** The claims of the token in the header `Authorization`, or the answer of API Gateway to one who has none that holds. */
export type Verify = (authorization: string | undefined) => Promise<{ readonly claims: Claims } | { readonly refusal: HttpAnswer }>;

export const verifier =
  ({ issuer, audience, key }: Trust): Verify =>
  async (authorization) => {
    if (authorization === undefined) return { refusal: unauthorized('Bearer') };
    try {
      const token = authorization.replace(/^Bearer\s+/i, '');
      const { payload } = await jwtVerify(token, key, { issuer, algorithms: ['RS256', 'RS384', 'RS512'], requiredClaims: ['exp'] });
      if (!isFor(audience, payload)) throw new errors.JWTClaimValidationFailed('for somebody else', payload, 'aud');
      return { claims: Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, asText(value)])) };
    } catch (error) {
      if (error instanceof errors.JOSEError) return { refusal: unauthorized('Bearer error="invalid_token"') };
      throw error;
    }
  };

/** `client_id` counts where a token names no audience, as those of Cognito do not. */
const isFor = (audience: readonly string[], { aud, client_id }: JWTPayload): boolean =>
  [aud ?? client_id].flat().some((one) => audience.includes(String(one)));

const asText = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(asText).join(' ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).map(([name, part]) => `${name}:${asText(part)}`);
  return `map[${entries.sort().join(' ')}]`;
};

const unauthorized = (challenge: string): HttpAnswer => {
  const answer = gatewayAnswer(401, 'Unauthorized');
  return { ...answer, headers: { ...answer.headers, 'www-authenticate': challenge } };
};
