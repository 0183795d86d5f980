import { rowOf } from '../basics/messages.ts';
import type { AnyProjection } from '../read/projection.ts';
import type { AnyDecider } from '../write/decider.ts';

// What a token has to grant before its bearer may do something. A member of the domain may name a scope of its own; where it
// does not, a token for `order:write` sends every command to orders, one for `order:read` reads their streams, and one for
// `order-summary:read` reads that projection.

/** The part of a domain that scopes are made of. */
export interface ScopeSources {
  readonly deciders: readonly AnyDecider[];
  readonly projections: readonly AnyProjection[];
}

/** A scope that RFC 6749 allows, without what would end it in a list. */
export const scopePattern = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/;

/** The first word of the operators' scopes, so no aggregate and no projection has this name. */
export const operations = 'operations';

/** For the tools of those who run the service: what was set aside, rebuilds, executions. */
export const operatorScope = `${operations}:read`;

export const scopeToSend = ({ deciders }: ScopeSources, aggregate: string, command: string): string => {
  const scopes = deciders.find(({ name }) => name === aggregate)?.scopes ?? {};
  return rowOf<string | undefined>(scopes, command) ?? `${aggregate}:write`;
};

export const scopeToReadStreams = (aggregate: string): string => `${aggregate}:read`;

export const scopeToReadDocuments = ({ projections }: ScopeSources, projection: string): string =>
  projections.find(({ name }) => name === projection)?.scope ?? `${projection}:read`;

/** Every scope that there is. */
export const scopesOf = (domain: ScopeSources): readonly string[] => {
  const { deciders, projections } = domain;
  return [
    ...new Set([
      ...deciders.flatMap(({ name, commands }) => Object.keys(commands).map((command) => scopeToSend(domain, name, command))),
      ...deciders.map(({ name }) => scopeToReadStreams(name)),
      ...projections.map(({ name }) => scopeToReadDocuments(domain, name)),
      operatorScope,
    ]),
  ];
};
