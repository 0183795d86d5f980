import { rowOf } from '../../../core/basics/messages.ts';
import { type Claims, claimIn, isIdToken } from './claims.ts';

/**
 * Claims that grant scopes, beside `scope` and `scp`. `scopes`: the values of a list, or the words of a text, are scopes. Otherwise the
 * scopes that each value grants, such as a group's.
 */
export type Grants = Readonly<Record<string, 'scopes' | Readonly<Record<string, readonly string[]>>>>;

export interface Granting {
  /** What the issuer puts before each scope in `scope` or `scp`, such as `api/`. Scopes without it are those of other APIs. */
  readonly scopePrefix?: string | undefined;
  readonly grants?: Grants | undefined;
}

/** The scopes of a token. */
export const grantedBy = (claims: Claims, { scopePrefix = '', grants = {} }: Granting): ReadonlySet<string> => {
  const { scope, scp } = claims.text;
  const given = scopesIn(String(scope ?? scp ?? ''));
  const own = given.filter((one) => one.startsWith(scopePrefix)).map((one) => one.slice(scopePrefix.length));
  return new Set([...own, ...(isIdToken(claims) ? [] : grantedByClaims(claims, grants))]);
};

/**
 * `scope` is text with spaces; a comma is a character of a scope (RFC 6749). Some issuers send a list `scp`, which API Gateway writes as
 * `[a b]`.
 */
const scopesIn = (text: string): readonly string[] => text.replace(/^\[(.*)\]$/, '$1').split(' ');

const grantedByClaims = (claims: Claims, grants: Grants): readonly string[] =>
  Object.entries(grants).flatMap(([claim, grant]) => {
    const value = claimIn(claims, claim);
    if (grant === 'scopes') return typeof value === 'string' ? value.split(' ') : textsIn(value);
    return textsIn(value).flatMap((one) => rowOf(grant, one) ?? []);
  });

/** The values of a claim, each as a whole: the name of a group or a role may have spaces. */
const textsIn = (value: unknown): readonly string[] => [value].flat().filter((one) => typeof one === 'string');
