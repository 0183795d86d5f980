import { describe, expect, test } from '@jest/globals';
import { memoryEventStore } from '../adapters/event-log/memory-event-store.ts';
import { memoryReadModels } from '../adapters/read-models/memory-read-models.ts';
import type { Catalogue, Message, MessageOf, Metadata, Recorded } from '../core/basics/messages.ts';
import { type Address, ofTenant, streamName } from '../core/basics/stream.ts';
import type { Commit, EventStore, Tail } from '../core/log/event-store.ts';
import { type AnyProjection, isOfOneStream, type Projection } from '../core/read/projection.ts';
import { projector } from '../core/read/projector.ts';
import { progressKey } from '../core/read/read-models.ts';
import type { GivenScenario } from '../core/schema-lock/projections.ts';
import { recordedAt, toStoredEvent } from '../core/testing/commits.ts';
import { freeze } from '../core/testing/freeze.ts';

/**
 * An event of a scenario. Its metadata may say what matters: the `id` of its stream, its `aggregate`, `tenant` or `actor`, or when it was
 * recorded (`recordedAt`, ISO 8601, UTC). Otherwise it is of the stream `stream-1`, and version n is recorded at `recordedAt(n)`.
 */
export type GivenEvent<E extends Catalogue> = (MessageOf<E> | OldEvent) & { readonly metadata?: GivenMetadata };
type GivenMetadata = Partial<Pick<Metadata, 'aggregate' | 'id' | 'tenant' | 'actor' | 'recordedAt' | 'correlationId' | 'causationId'>>;

/** An event of an older version of its schema, which is lifted first. */
interface OldEvent extends Message {
  readonly schema: number;
}

/** A row of `projectionScenarios`: events in the order of their recording, and what comes of them. */
export type ProjectionScenario<D, E extends Catalogue> =
  | {
      readonly given: readonly GivenEvent<E>[];
      /** The document of the one stream that was given; `null` for none. */
      readonly then: D | null;
    }
  | {
      readonly given: readonly GivenEvent<E>[];
      /** All documents by key: what `key` answers, or the stream's id. */
      readonly documents: Readonly<Record<string, D>>;
    };

/**
 * Runs each row through the real projector, on stores in memory. What the rows of `evolve` are handed is frozen, so a row that changes its
 * arguments fails. All scenarios are held to the laws of projections: each event with a row is given at least once; every document
 * fits its schema; and deliveries that come twice, late or stream by stream make the same documents, as a rebuild does.
 *
 * @example
 * projectionScenarios(orderSummary, {
 *   'no order, no summary': { given: [], then: null },
 *   'a placed order is worth its lines': { given: [placed], then: { status: 'placed', totalCents: 6390, placedAt: recordedAt(1) } },
 * });
 *
 * @example
 * projectionScenarios(customerTotals, {
 *   'two orders of a customer add up': {
 *     given: [placed, { ...placed, metadata: { id: '43' } }],
 *     documents: { cleo: { orders: 2, totalCents: 12780 } },
 *   },
 * });
 */
export const projectionScenarios = <D, E extends Catalogue>(
  projection: Projection<D, E>,
  table: Readonly<Record<string, ProjectionScenario<NoInfer<D>, NoInfer<E>>>>,
): void => {
  const all = Object.entries(freeze(table)).map(([title, row]) => ({ title, ...scenarioOf(projection, row) }));
  listed.push(...all.map(({ title, given }) => ({ projection, title, given })));

  describe(`${projection.name}:`, () => {
    for (const { title, given, documents } of all)
      test(title, async () => expect(await projected(projection, given, inOrder)).toEqual(documents));
  });

  describe(`${projection.name} obeys the laws:`, () => {
    test('every event with a row is given', () => {
      const given = new Set(all.flatMap((scenario) => scenario.given.map(({ type }) => type)));
      expect(Object.keys(projection.evolve).filter((type) => !given.has(type))).toEqual([]);
    });
    test('every document fits its schema', () => {
      for (const one of all.flatMap(({ documents }) => Object.values(documents))) expect(projection.document.parse(one)).toEqual(one);
    });
    for (const [law, order] of Object.entries(orders))
      test(law, async () => {
        for (const { title, given, documents } of all)
          expect({ title, documents: await projected(projection, given, order) }).toEqual({ title, documents });
      });
  });
};

/** All scenarios of the test files that were loaded. `foldstream schemas` records their documents. */
export const listed: GivenScenario[] = [];

interface AnyScenario {
  readonly given: readonly (Message & { readonly schema?: number; readonly metadata?: GivenMetadata })[];
  readonly documents: Readonly<Record<string, unknown>>;
}

const scenarioOf = <D, E extends Catalogue>(projection: Projection<D, E>, row: ProjectionScenario<D, E>): AnyScenario => {
  if ('documents' in row) return row;
  const ids = new Set(row.given.map(({ metadata }) => metadata?.id ?? '1'));
  if (!isOfOneStream(projection) || ids.size > 1)
    throw new Error(`${projection.name}: a scenario of several documents says \`documents\` by key, and not \`then\``);
  return { given: row.given, documents: row.then === null ? {} : { [[...ids][0] ?? '1']: row.then } };
};

/** The batches in which commits are delivered. */
type Order = (commits: readonly Commit[]) => readonly (readonly Commit[])[];

const inOrder: Order = (commits) => commits.map((commit) => [commit]);
const streamsOf = (commits: readonly Commit[]) => [...Map.groupBy(commits, ({ stream }) => streamName(stream)).values()];
const orders: Readonly<Record<string, Order>> = {
  'all at once makes the same documents': (commits) => [commits],
  'what comes twice counts once': (commits) => commits.flatMap((commit) => [[commit], [commit, commit]]),
  'what comes late is waited for': (commits) => inOrder(commits.toReversed()),
  'stream by stream, as a rebuild reads them, makes the same documents': streamsOf,
  'and so do the streams the other way round': (commits) => streamsOf(commits).toReversed(),
};

/** The documents by key, after everything was recorded and then delivered. @throws Error where an event cannot be applied. */
const projected = async (
  projection: AnyProjection,
  given: AnyScenario['given'],
  order: Order,
): Promise<Readonly<Record<string, unknown>>> => {
  const [readModels, keys] = [memoryReadModels(), new Set<string>()];
  const now = () => new Date(0);
  const { eventStore, commits } = await recordedIn(projection, given);
  const watched = watching(projection, keys);
  const project = projector({ eventStore, readModels, now, pause: async () => {} }, () => [watched]);
  for (const batch of order(commits)) {
    const deliveries = streamsOf(batch).map((ofStream) => ({ stream: (ofStream[0] as Commit).stream, commits: ofStream }));
    for (const error of (await project(deliveries)).values()) throw error;
    for (const { stream } of deliveries) {
      const { parked } = await readModels.get(watched, progressKey(watched, stream), 'strong');
      if (parked !== undefined) throw new Error(`${streamName(stream)} is parked: ${parked.error}`);
    }
  }
  const rows = await Promise.all([...keys].map(async (key) => [key, (await readModels.get(watched, key, 'strong')).document] as const));
  return Object.fromEntries(rows.filter(([, document]) => document !== null));
};

/** A log with each event in a commit of its own. */
const recordedIn = async (
  { events }: AnyProjection,
  given: AnyScenario['given'],
): Promise<{ readonly eventStore: EventStore; readonly commits: readonly Commit[] }> => {
  const eventStore = memoryEventStore(() => new Date(0));
  const tails = new Map<string, Tail>();
  const commits: Commit[] = [];
  for (const { metadata = {}, ...event } of given) {
    const { aggregate = 'stream', id = '1', tenant, recordedAt: at, ...cause } = metadata;
    const stream: Address = tenant === undefined ? { aggregate, id } : { tenant, aggregate, id };
    const tail = tails.get(streamName(stream)) ?? eventStore.begin(stream);
    const commandId = `command-${commits.length + 1}`;
    const appended = await eventStore.append(
      tail,
      { commandId, command: { type: 'Record', data: {} }, correlationId: commandId, causationId: commandId, ...cause },
      { events: [toStoredEvent(events, event)], folded: { fingerprint: '', state: null }, recordedAt: at ?? recordedAt(tail.version + 1) },
    );
    if (!appended.won) throw new Error(`${streamName(stream)}: ${event.type} could not be recorded`);
    tails.set(streamName(stream), appended.tail);
    commits.push(appended.commit);
  }
  return { eventStore, commits };
};

type Row = (document: unknown, data: unknown, metadata: Metadata) => unknown;

/** The projection, with rows that are handed frozen values, and that notes the keys of its documents. */
const watching = (projection: AnyProjection, keys: Set<string>): AnyProjection => {
  const noted = (key: string | undefined, tenant: string | undefined): void => {
    if (key !== undefined) keys.add(ofTenant(tenant, key));
  };
  const rows = Object.entries(projection.evolve as Readonly<Record<string, Row>>).map(([type, row]): [string, Row] => [
    type,
    (document, data, metadata) => {
      if (isOfOneStream(projection)) noted(metadata.id, metadata.tenant);
      return row(freeze(document), freeze(data), freeze(metadata));
    },
  ]);
  const { key } = projection;
  const chosen = (event: Recorded): string | undefined => {
    const answer = key?.(freeze(event));
    noted(answer, event.metadata.tenant);
    return answer;
  };
  return { ...projection, ...(key === undefined ? {} : { key: chosen }), evolve: Object.fromEntries(rows) };
};
