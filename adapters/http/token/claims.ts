import type { APIGatewayProxyEventV2, APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';

type Json = Readonly<Record<string, unknown>>;

/** The claims of a token that API Gateway has verified. */
export interface Claims {
  /** Each claim as API Gateway writes it: as text, a list as `[a b]`. */
  readonly text: Readonly<Record<string, unknown>>;
  /**
   * The claims as the issuer wrote them. API Gateway's text of a list or an object is ambiguous (`[a b]` is one value or two), so they are
   * read from the token itself. Empty if the request does not carry exactly the verified token.
   */
  readonly json: Json;
}

/** The claims of a request; undefined if its route or its stage requires no token. */
export const claimsOf = ({ requestContext, headers }: APIGatewayProxyEventV2): Claims | undefined => {
  const context = requestContext as Partial<APIGatewayProxyEventV2WithJWTAuthorizer['requestContext']>;
  const text = context.authorizer?.jwt?.claims;
  return text === undefined ? undefined : { text, json: verified(text, payloadIn(headers['authorization'])) };
};

/** One token. Two headers would be joined by a comma, and then it is not known which of the tokens was verified. */
const oneToken = /^(?:bearer\s+)?[\w-]+\.([\w-]+)\.[\w-]+$/i;

const payloadIn = (authorization = ''): Json => {
  const [, payload = ''] = oneToken.exec(authorization.trim()) ?? [];
  try {
    const parsed: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return isObject(parsed) ? parsed : {};
  } catch {
    return {};
  }
};

/** The payload, if it names the same issuer and subject as the verified claims. */
const verified = (text: Claims['text'], payload: Json): Json =>
  ['iss', 'sub', 'client_id', 'jti'].every((name) => text[name] === payload[name]) ? payload : {};

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A claim as the issuer wrote it. `realm_access.roles` is a claim of this name, or the field `roles` of the claim `realm_access`. */
export const claimIn = ({ json }: Claims, path: string): unknown => claimAt(json, path);

const claimAt = (json: Json, path: string): unknown => {
  if (Object.hasOwn(json, path)) return json[path];
  for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
    const [name, rest] = [path.slice(0, dot), path.slice(dot + 1)];
    const inner = Object.hasOwn(json, name) ? json[name] : undefined;
    if (isObject(inner)) return claimAt(inner, rest);
  }
  return undefined;
};

/** An ID token is for the client that signed the user in, and not for an API. Cognito and Keycloak mark theirs. */
export const isIdToken = ({ text, json }: Claims): boolean => [text, json].some(({ token_use, typ }) => token_use === 'id' || typ === 'ID');
