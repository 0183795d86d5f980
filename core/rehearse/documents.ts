import type { Recorded } from '../basics/messages.ts';
import { streamName } from '../basics/stream.ts';
import { Poison } from '../log/poison.ts';
import { type AnyProjection, evolveDocument, isOfOneStream, nothing, tableKey, type Versioned } from '../read/projection.ts';
import { counterpartOf, judge } from './judge.ts';
import { type Fault, projectionKey, type StreamRunPorts } from './stream-run.ts';
import type { Releases } from './streams.ts';
import type { Tally } from './totals.ts';

/** An event of a document of many streams. */
export interface Contribution {
  readonly release: 'next' | 'today';
  /** The table key of the projection. */
  readonly projection: string;
  /** The key of the document, with its tenant. */
  readonly key: string;
  readonly event: Recorded;
  /** The line of the event in the export. */
  readonly line: number;
}

export interface DocumentsRehearsal {
  /** Adds an event to its document. The events of a stream come in their order, those of different streams in the same order for both releases. */
  take(contribution: Contribution): void;
  /** Judges all documents. */
  end(): void;
}

/** The documents that one release makes for one projection. */
interface Table {
  readonly projection: AnyProjection;
  readonly documents: Map<string, Versioned>;
  /** By stream. The later events of such a stream are skipped, as the projector skips them. */
  readonly faults: Map<string, Fault>;
}

/** Rehearses documents of many streams. It holds the documents, and no events. */
export const rehearseDocuments = (
  { next, today }: Releases,
  { tally, unwritable }: { readonly tally: Tally } & Pick<StreamRunPorts, 'unwritable'>,
): DocumentsRehearsal => {
  const tablesOf = (projections: readonly AnyProjection[] = []): ReadonlyMap<string, Table> =>
    new Map(
      projections
        .filter((one) => !isOfOneStream(one))
        .map((projection) => [tableKey(projection), { projection, documents: new Map(), faults: new Map() }]),
    );
  const tables = { next: tablesOf(next.domain.projections), today: tablesOf(today?.domain.projections) };
  const lines = new Map<string, number>();
  return {
    take: ({ release, projection, key, event, line }) => {
      const table = tables[release].get(projection);
      if (table === undefined || table.faults.has(streamName(event.metadata))) return;
      lines.set(`${table.projection.name} ${key}`, line);
      const fault = applied(table, { key, event, line }, unwritable);
      if (fault !== undefined) table.faults.set(streamName(event.metadata), fault);
    },
    end: () => {
      for (const { projection, documents, faults } of tables.next.values()) {
        const member = projectionKey(projection);
        const former = counterpartOf(projection, today);
        const before = former === undefined ? undefined : tables.today.get(tableKey(former.projection));
        for (const stream of new Set([...faults.keys(), ...(before?.faults.keys() ?? [])])) {
          const failed = before?.faults.get(stream);
          judge(tally, {
            ...{ member, at: stream, line: 0, isBound: false, next: { fault: faults.get(stream) } },
            ...(before === undefined ? {} : { today: { fault: failed } }),
          });
        }
        for (const key of new Set([...documents.keys(), ...(before?.documents.keys() ?? [])]))
          judge(tally, {
            ...{ member, at: key, line: lines.get(`${projection.name} ${key}`) ?? 0, isBound: former?.isSame === true },
            next: { result: documents.get(key)?.document ?? null },
            ...(before === undefined ? {} : { today: { result: before.documents.get(key)?.document ?? null } }),
          });
      }
    },
  };
};

type Keyed = Pick<Contribution, 'key' | 'event' | 'line'>;

/** Applies an event to its document. Returns the fault if the projector would park the stream. */
const applied = (
  { projection, documents }: Table,
  { key, event, line }: Keyed,
  unwritable: StreamRunPorts['unwritable'],
): Fault | undefined => {
  const { eventId, version, recordedAt, tenant } = event.metadata;
  const before = documents.get(key) ?? nothing;
  try {
    const next = { document: evolveDocument(projection, before.document, event), version: before.version + 1, recordedAt };
    const reason = unwritable(projection, { key, tenant, next });
    if (reason !== undefined) return { eventId, version, error: reason, line };
    documents.set(key, next);
    return undefined;
  } catch (error) {
    if (!(error instanceof Poison)) throw error;
    return { eventId, version, error: error.message, line };
  }
};
