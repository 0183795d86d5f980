import type * as z from 'zod';
import type { Catalogue } from '../basics/messages.ts';
import { aggregateName } from '../basics/stream.ts';
import type { AnyCalls } from '../calls/calls.ts';
import { callPublicationName } from '../calls/publication.ts';
import { faultOfCalls } from '../calls/rules.ts';
import { inboxPublicationName } from '../inboxes/inbox.ts';
import { storedSchemaOf, storedTypes, typesToday } from '../log/former.ts';
import { conversionsOf, writtenSchema } from '../log/upcasting.ts';
import type { AnyPublication } from '../publish/publication.ts';
import { reactionPublicationName } from '../reactions/publication.ts';
import { type AnyProjection, type Index, isOfOneStream, tableKey } from '../read/projection.ts';
import { reminderPublicationName } from '../reminders/publication.ts';
import { sagaPublicationName } from '../sagas/publication.ts';
import { checkSaga } from '../sagas/rules.ts';
import { definitionsOf, namesOf as sagaNames } from '../sagas/saga.ts';
import { schedulePublicationName } from '../schedules/publication.ts';
import { answersOf } from '../write/answers.ts';
import { operations, scopePattern, scopesOf, scopeToReadStreams } from './access.ts';
import { checkCommands, checkReads } from './command-rules.ts';
import { type Domain, reservedNames, sourcesOf } from './members.ts';
import { checkProcesses } from './process-rules.ts';
import type { Place } from './schema-faults.ts';
import { faultIn, faultOfOwner } from './storable.ts';

/** The rules of a domain that the compiler cannot check. @throws Error, naming the member and the rule that it breaks. */
export const checkDomain = (domain: Domain): void => {
  const { deciders, projections, publications = [], sagas = [], calls = [] } = domain;
  const types = deciders.flatMap(({ events }) => storedTypes(events).map(([type]) => type));
  unique('aggregate', namesOf(deciders));
  unique('projection', projections.map(tableKey)); // A domain may have several revisions of one projection.
  unique('publication', namesOf(publications));
  unique('event', types);
  unique('saga', sagas.flatMap(sagaNames));
  unique('third party', namesOf(calls));
  for (const { name } of [...deciders, ...projections]) demandFree(name);
  for (const { name } of deciders) demand(aggregateName.test(name), `'${name}': an aggregate's name is a letter, then letters and digits`);
  for (const projection of projections) checkProjection(domain, projection);
  for (const saga of sagas) checkSaga(deciders, saga, demand);
  for (const one of calls) checkCalls(domain, one);
  checkProcesses(domain, { demand, unique, reserved: ownSources });
  for (const publication of publications) checkPublication(domain, publication);
  checkFormer(domain);
  for (const decider of deciders) {
    checkCommands(decider, demand);
    checkReads(deciders, decider, demand);
  }
  for (const scope of scopesOf(domain)) demand(scopePattern.test(scope), `'${scope}' cannot be a scope`);
  checkScopes(domain);
  for (const { member, schema, place } of schemasOf(domain)) {
    const fault = faultIn(schema, place);
    demand(fault === undefined, `${member}: ${fault}`);
  }
  for (const { name, owner, document } of projections) {
    const fault = owner === undefined ? undefined : faultOfOwner(document, owner);
    demand(fault === undefined, `${name}: its owner is '${owner}', ${fault}`);
  }
};

/** The schemas of the events that are recorded in an older version. */
const olderThatAreWritten = (events: Catalogue): Catalogue =>
  Object.fromEntries(
    Object.entries(events)
      .filter(([, schema]) => writtenSchema(schema) !== schema)
      .map(([type, schema]) => [type, writtenSchema(schema)]),
  );

/** All schemas whose data travel as JSON. `member` names each of them in a message. */
const schemasOf = ({ deciders, projections, publications = [], sagas = [], inboxes = [] }: Domain): readonly Located[] => [
  ...deciders.flatMap((decider) => [
    ...locate(answersOf(decider), 'answer', (type) => `answer to ${type} of ${decider.name}`),
    ...locate(decider.commands, 'command', (type) => `command ${type} of ${decider.name}`),
    ...locate(decider.events, 'event', (type) => `event ${type}`),
    ...locate(olderThatAreWritten(decider.events), 'event', (type) => `event ${type}, in the version that is recorded`),
  ]),
  ...projections.map((one): Located => ({ member: `document of ${tableKey(one)}`, schema: one.document, place: 'document' })),
  ...publications.flatMap(({ name, publishes }) => locate(publishes, 'published', (type) => `integration event ${type} of ${name}`)),
  ...inboxes.flatMap(({ name, receives }) => locate(receives, 'command', (type) => `event ${type} of the inbox ${name}`)),
  ...sagas
    .flatMap(definitionsOf)
    .map(({ name, context }): Located => ({ member: `context of saga ${name}`, schema: context, place: 'context' })),
];

interface Located {
  readonly member: string;
  readonly schema: z.ZodType;
  readonly place: Place;
}

const locate = (catalogue: Catalogue, place: Place, memberOf: (type: string) => string): readonly Located[] =>
  Object.entries(catalogue).map(([type, schema]) => ({ member: memberOf(type), schema, place }));

/** A token that was issued for one purpose must not open the routes of another. */
const checkScopes = ({ deciders, projections }: Domain): void => {
  const given = [
    ...deciders.flatMap(({ name, scopes = {} }) =>
      Object.values(scopes as Readonly<Record<string, string>>).map((scope) => ({ name, scope })),
    ),
    ...projections.flatMap(({ name, scope }) => (scope === undefined ? [] : [{ name, scope }])),
    ...[...deciders, ...projections].flatMap(({ name, ownScope: scope }) => (scope === undefined ? [] : [{ name, scope }])),
  ];
  for (const { name, owner, ownScope } of [...deciders, ...projections])
    demand(ownScope === undefined || owner !== undefined, `${name}: it has the scope '${ownScope}' for what is one's own, but no owner`);
  for (const { name, scope } of given) demand(!isOfOperators(scope), `${name}: the scopes in '${operations}:' are those of operators`);
  for (const { name, scope = `${name}:read` } of projections)
    demand(
      !(deciders.some((decider) => decider.name === name) && scope === scopeToReadStreams(name)),
      `'${name}': the aggregate and the projection of this name share the scope '${scope}': give the projection another name or a scope`,
    );
};

const isOfOperators = (scope: string): boolean => scope.split(':')[0] === operations;

const checkProjection = (domain: Domain, projection: AnyProjection): void => {
  const { name, revision, evolve, indexes = {} } = projection;
  demand(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name), `'${name}': a projection's name is kebab-case`);
  demand(Number.isInteger(revision) && revision >= 1, `${name}: a revision is a whole number from 1`);
  for (const type of Object.keys(evolve)) demand(isRecorded(domain, type), `${name}: no aggregate records '${type}'`);
  const sources = sourcesOf(domain, projection);
  demand(sources.length > 0, `${name}: it has a row for no event`);
  demand(
    !isOfOneStream(projection) || sources.length === 1,
    `${name}: without a key its events are those of one aggregate, not of ${sources.map((source) => source.name)}`,
  );
  for (const [index, { partition, sort }] of Object.entries<Index>(indexes)) {
    demand(index !== 'parked', `${name}: the read table needs the index 'parked' for itself`);
    demand(/^[A-Za-z0-9_.-]{3,255}$/.test(index), `${name}: the index '${index}' needs a name of 3 or more letters and digits`);
    demand(!listParameters.has(partition), `${name}: '${partition}' is a parameter of every list and cannot be a partition`);
    demand(partition !== sort, `${name}: the index '${index}' needs two different fields`);
    for (const field of [partition, sort])
      demand(!reservedFields.has(field) && !field.startsWith('tenant/'), `${name}: the read table needs '${field}' for itself`);
  }
};

/** The sources of the messages that the service sends to itself. */
const ownSources: readonly string[] = [
  sagaPublicationName,
  callPublicationName,
  reactionPublicationName,
  reminderPublicationName,
  schedulePublicationName,
  inboxPublicationName,
];

const checkPublication = (domain: Domain, { name, publishes, map }: AnyPublication): void => {
  demand(/^[a-z][a-z0-9]*([.-][a-z0-9]+)*$/.test(name), `'${name}': a publication's name is small letters and digits, with . or - between`);
  demand(!ownSources.includes(name), `'${name}': the service itself listens to that name`);
  demand(!name.startsWith('aws.'), `'${name}': names in aws. are those of AWS`);
  for (const type of Object.keys(publishes))
    demand(/^[A-Z][A-Za-z0-9]*\.v[1-9]\d*$/.test(type), `${name}: '${type}' does not say its version, like OrderPlaced.v1`);
  for (const type of Object.keys(map)) demand(isRecorded(domain, type), `${name}: no aggregate records '${type}'`);
  demand(Object.keys(map).length > 0, `${name}: it has a row for no event`);
};

/**
 * A stored type that is another one by now is no event of today, and a projection or publication with a row for what it has become must know
 * that. Otherwise it would pass stored events over.
 */
const checkFormer = ({ deciders, projections, publications = [] }: Domain): void => {
  const readers = [
    ...projections.map((one) => ({ name: one.name, catalogue: one.events, rows: one.evolve })),
    ...publications.map((one) => ({ name: one.name, catalogue: one.events, rows: one.map })),
  ];
  for (const { name, events } of deciders)
    for (const [stored, schema] of storedTypes(events))
      for (const reader of readers) {
        const types = typesToday(events, stored);
        const concerned = types.find((type) => Object.hasOwn(reader.rows, type));
        if (concerned === undefined || Object.keys(conversionsOf(schema)).length === 0) continue;
        const knows = [stored, ...types].every((type) => isSameType(reader.catalogue, events, type));
        demand(knows, `${reader.name}: a stored ${stored} is ${concerned} by now, so its \`events\` must have all events of '${name}'`);
      }
};

const isSameType = (one: Catalogue, other: Catalogue, type: string): boolean => {
  const [these, those] = [storedSchemaOf(one, type), storedSchemaOf(other, type)];
  return these !== undefined && those !== undefined && conversionsOf(these) === conversionsOf(those);
};

const checkCalls = ({ deciders }: Domain, calls: AnyCalls): void => {
  const { name, of, on } = calls;
  demand(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name), `'${name}': a third party's name is kebab-case`);
  demand(deciders.includes(of), `${name}: it is called for events of '${of.name}', which is no aggregate here`);
  for (const type of Object.keys(on)) demand(Object.hasOwn(of.events, type), `${name}: '${of.name}' does not record '${type}'`);
  demand(Object.keys(on).length > 0, `${name}: it has a row for no event`);
  const fault = faultOfCalls(deciders, calls);
  demand(fault === undefined, `${name}: ${fault}`);
};

const isRecorded = ({ deciders }: Domain, type: string): boolean => deciders.some(({ events }) => Object.hasOwn(events, type));

const listParameters = new Set(['sort', 'from', 'to', 'order', 'limit', 'cursor']);
const reservedFields = new Set(['key', 'version', 'recordedAt', 'document', 'parked', 'fault', 'wholeVersion']);

/** The name of an aggregate or a projection is the first word of its paths and scopes, so it must not be a word of the service itself. */
const demandFree = (name: string): void => {
  demand(!reservedNames.has(name), `'${name}' is a first word of the API's own paths: give the aggregate or projection another name`);
  demand(name !== operations, `'${name}' is the first word of the operators' scope: give the aggregate or projection another name`);
};

const demand = (holds: boolean, rule: string): void => {
  if (!holds) throw new Error(`domain: ${rule}`);
};

const namesOf = (members: readonly { readonly name: string }[]): readonly string[] => members.map(({ name }) => name);

const unique = (what: string, names: readonly string[]): void => {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  demand(twice === undefined, `two members share the ${what} name '${twice}'`);
};
