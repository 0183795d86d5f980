import { rowOf } from '../basics/messages.ts';
import type { AnyProjection } from '../read/projection.ts';
import type { AnyDecider } from '../write/decider.ts';

// The scopes that a token needs. A command or a projection may name a scope of its own. By default `order:write` allows every command to
// orders, `order:read` allows reading their streams, and `order-summary:read` allows reading that projection.

/** The part of a domain that determines the scopes. */
export interface ScopeSources {
  readonly deciders: readonly AnyDecider[];
  readonly projections: readonly AnyProjection[];
}

/** The form of a scope: what RFC 6749 allows, without the characters that would end it in a list. */
export const scopePattern = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/;

/** The first word of the operators' scope. No aggregate and no projection may have this name. */
export const operations = 'operations';

/** The scope for operators: parked streams and sagas. */
export const operatorScope = `${operations}:read`;

/** The types of the commands that clients may send: all but the internal ones. */
export const clientCommands = ({ commands, internal = [] }: AnyDecider): readonly string[] =>
  Object.keys(commands).filter((type) => !internal.includes(type));

/** The scope that a token needs for a command. */
export const scopeToSend = ({ deciders }: ScopeSources, aggregate: string, command: string): string => {
  const scopes = deciders.find(({ name }) => name === aggregate)?.scopes ?? {};
  return rowOf<string | undefined>(scopes, command) ?? `${aggregate}:write`;
};

/** The scope that a token needs to read an aggregate's streams. */
export const scopeToReadStreams = (aggregate: string): string => `${aggregate}:read`;

/** The scope that a token needs to read a projection. */
export const scopeToReadDocuments = ({ projections }: ScopeSources, projection: string): string =>
  projections.find(({ name }) => name === projection)?.scope ?? `${projection}:read`;

/** How a token without the scope for all may read what belongs to its actor: with this scope, or with none. */
export interface OwnReading {
  readonly scope: string | undefined;
}

/** Undefined if no revision of the projection names an owner. */
export const readingOwnDocuments = ({ projections }: ScopeSources, projection: string): OwnReading | undefined => {
  const owned = projections.filter(({ name, owner }) => name === projection && owner !== undefined);
  const newest = owned.toSorted((one, other) => other.revision - one.revision)[0];
  return newest && { scope: newest.ownScope };
};

/** Undefined if the aggregate has no owner. */
export const readingOwnStreams = ({ deciders }: ScopeSources, aggregate: string): OwnReading | undefined => {
  const owned = deciders.find(({ name, owner }) => name === aggregate && owner !== undefined);
  return owned && { scope: owned.ownScope };
};

/** All scopes of a service, each once. */
export const scopesOf = (domain: ScopeSources): readonly string[] => {
  const { deciders, projections } = domain;
  return [
    ...new Set([
      ...deciders.flatMap((decider) => clientCommands(decider).map((command) => scopeToSend(domain, decider.name, command))),
      ...deciders.map(({ name }) => scopeToReadStreams(name)),
      ...projections.map(({ name }) => scopeToReadDocuments(domain, name)),
      ...[...deciders, ...projections].flatMap(({ ownScope }) => ownScope ?? []),
      operatorScope,
    ]),
  ];
};
