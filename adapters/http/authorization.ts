import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { Denied } from '../../core/basics/errors.ts';
import { isTenant } from '../../core/basics/stream.ts';
import type { OwnReading } from '../../core/registry/access.ts';
import type { Domain } from '../../core/registry/domain.ts';
import { noRouteKey, open, routeOfKey, rowOf } from './routes.ts';
import { actorIn, type Naming } from './token/actor.ts';
import { type Claims, claimsOf, isIdToken } from './token/claims.ts';
import { type Granting, grantedBy } from './token/granted-scopes.ts';

/** The sender of a request. */
export interface Caller {
  /** The subject of the token, or the claim that the stage names. Absent if the route or the stage requires no token. */
  readonly actor?: string;
  /** The tenant whose streams and documents the caller may reach, in a service with tenants. */
  readonly tenant?: string;
  /** The scopes of the token, without prefix. The rules of the aggregates may ask for them. */
  readonly grants?: readonly string[];
  /** The token lacks the scope of the route: only what belongs to this owner, its actor, is the caller's to read. */
  readonly owner?: string;
}

export interface Access extends Granting, Naming {
  readonly domain: Domain;
  /** `none`: every caller may do everything. */
  readonly auth: 'token' | 'none';
  /** The claim that names the caller's tenant. Absent: the service has no tenants. */
  readonly tenantClaim?: string | undefined;
}

/**
 * Decides whether a request may pass. API Gateway has verified the token (issuer, audience, time, signature) before the function sees its
 * claims. This function checks the scopes, because a route of the gateway takes ten scopes at most, and only those in `scope` or `scp`.
 * @throws Denied (`Unauthorized`, `Forbidden`).
 */
export const authorization =
  ({ domain, auth, tenantClaim, ...tokens }: Access) =>
  (event: APIGatewayProxyEventV2): Caller => {
    const needed = scopeOf(domain, event);
    if (needed === open || (auth === 'none' && tenantClaim === undefined)) return {};
    const claims = claimsOf(event);
    if (claims === undefined) throw new Denied('Unauthorized', 'this route requires a token');
    if (needed === undefined) throw new Denied('Forbidden', 'no scope grants access to this route');
    const granted = grantedBy(claims, tokens);
    const own = granted.has(needed) ? undefined : ownReadingIn(domain, event);
    const lacking = granted.has(needed) ? undefined : lackedBy(claims, { granted, needed, own });
    if (lacking !== undefined)
      throw new Denied('Forbidden', `the token lacks the scope ${lacking}`, `${tokens.scopePrefix ?? ''}${lacking}`);
    const actor = actorIn(claims, tokens);
    return {
      actor,
      ...(tenantClaim === undefined ? {} : { tenant: tenantIn(claims, tenantClaim) }),
      grants: [...granted].filter((scope) => scope !== ''),
      ...(own === undefined ? {} : { owner: actor }),
    };
  };

interface Lack {
  readonly granted: ReadonlySet<string>;
  readonly needed: string;
  readonly own: OwnReading | undefined;
}

/** The scope that a token lacks, even to read its actor's own. An ID token is not for this API, so it reads nothing. */
const lackedBy = (claims: Claims, { granted, needed, own }: Lack): string | undefined => {
  if (own === undefined || isIdToken(claims)) return needed;
  return own.scope === undefined || granted.has(own.scope) ? undefined : own.scope;
};

const ownReadingIn = (domain: Domain, { routeKey, pathParameters }: APIGatewayProxyEventV2): OwnReading | undefined => {
  const route = routeOfKey(routeKey);
  return route === undefined ? undefined : rowOf(route).own?.(domain, pathParameters ?? {});
};

/** The scope that the table of routes names. Undefined for a route that is not in the table: it admits no caller. */
const scopeOf = (domain: Domain, { routeKey, pathParameters }: APIGatewayProxyEventV2): string | typeof open | undefined => {
  if (routeKey === noRouteKey) return open; // The answer is only that the path does not exist.
  const route = routeOfKey(routeKey);
  if (route === undefined) return undefined;
  const { scope } = rowOf(route);
  return scope === open ? open : scope(domain, pathParameters ?? {});
};

/** The tenant comes from the token alone, and from no path, header or body. @throws Denied (`Forbidden`). */
const tenantIn = ({ text }: Claims, name: string): string => {
  const tenant = Object.hasOwn(text, name) ? text[name] : undefined;
  if (isTenant(tenant)) return tenant;
  throw new Denied('Forbidden', `the token's claim '${name}' does not name a tenant`);
};
