import type { APIGatewayProxyEventV2, APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import { Denied } from '../../core/basics/errors.ts';
import { isTenant } from '../../core/basics/stream.ts';
import type { Domain } from '../../core/registry/domain.ts';
import { noRouteKey, open, routeOfKey, rowOf } from './routes.ts';

/** Who sends a request. */
export interface Caller {
  /** The subject of the token; absent where nobody is asked for one. */
  readonly actor?: string;
  /** Whose streams and documents there are for the caller, in a service that has tenants. */
  readonly tenant?: string;
}

export interface Access {
  readonly domain: Domain;
  /** `none`: anybody may do everything. */
  readonly auth: 'token' | 'none';
  /** The claim that says which tenant the caller is of. Absent: there are no tenants. */
  readonly tenantClaim?: string | undefined;
}

/**
 * Lets a request in, or not. API Gateway has verified the token (issuer, audience, time, signature) before the function sees its
 * claims; which scopes a command or a query needs is decided here, because a route of the gateway takes ten scopes at most.
 * @throws Denied.
 */
export const authorization =
  ({ domain, auth, tenantClaim }: Access) =>
  (event: APIGatewayProxyEventV2): Caller => {
    const needed = scopeOf(domain, event);
    if (needed === open || (auth === 'none' && tenantClaim === undefined)) return {};
    const claims = claimsOf(event);
    if (claims === undefined) throw new Denied('Unauthorized', 'a token is needed');
    if (needed === undefined) throw new Denied('Forbidden', 'no token grants this');
    if (!grantedBy(claims).includes(needed)) throw new Denied('Forbidden', `a token with the scope ${needed} is needed`, needed);
    return { actor: actorIn(claims), ...(tenantClaim === undefined ? {} : { tenant: tenantIn(claims, tenantClaim) }) };
  };

/** The scope that the table of routes names; a route that is not in the table lets no caller in. */
const scopeOf = (domain: Domain, { routeKey, pathParameters }: APIGatewayProxyEventV2): string | typeof open | undefined => {
  if (routeKey === noRouteKey) return open; // It says that there is nothing.
  const route = routeOfKey(routeKey);
  if (route === undefined) return undefined;
  const { scope } = rowOf(route);
  return scope === open ? open : scope(domain, pathParameters ?? {});
};

type Claims = APIGatewayProxyEventV2WithJWTAuthorizer['requestContext']['authorizer']['jwt']['claims'];

const claimsOf = ({ requestContext }: APIGatewayProxyEventV2): Claims | undefined =>
  (requestContext as Partial<APIGatewayProxyEventV2WithJWTAuthorizer['requestContext']>).authorizer?.jwt?.claims;

/** `scope` is text with spaces, `scp` of other issuers often a list, which API Gateway writes as `[a b]`. */
const grantedBy = ({ scope, scp }: Claims): readonly string[] =>
  String(scope ?? scp ?? '')
    .replace(/^\[(.*)\]$/, '$1')
    .split(/[\s,]+/);

/** Whom the log names; a client that acts for nobody is its own subject. @throws Denied. */
const actorIn = ({ sub, client_id }: Claims): string => {
  const actor = String(sub ?? client_id ?? '');
  if (actor !== '' && actor.length <= 256) return actor;
  throw new Denied('Forbidden', 'the token does not say whose it is');
};

/** A token says it, and nothing else does: no path, no header, no body. @throws Denied. */
const tenantIn = (claims: Claims, name: string): string => {
  const tenant = Object.hasOwn(claims, name) ? claims[name] : undefined;
  if (isTenant(tenant)) return tenant;
  throw new Denied('Forbidden', `the token does not say in '${name}' which tenant it is for`);
};
