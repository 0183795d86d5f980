import type { Recorded } from '../basics/messages.ts';
import { ofTenant } from '../basics/stream.ts';
import { type Commit, lastVersion } from '../log/event-store.ts';
import { Poison } from '../log/poison.ts';
import { type AnyProjection, eventsFor, keyOf, nothing } from './projection.ts';
import { documentKeyRule, isDocumentKey, type Row } from './read-models.ts';

/** An event, and the key of the document that it belongs to. */
export interface KeyedEvent {
  readonly key: string;
  readonly event: Recorded;
}

/** The events of a commit that one transaction writes. A commit that changes few documents is one part. */
export interface Part {
  readonly commit: Commit;
  readonly events: readonly KeyedEvent[];
  /** The version of the stream that the documents contain after this part. */
  readonly upTo: number;
}

/** The events of a commit that belong to a document. @throws Poison. */
export const keyedEvents = (projection: AnyProjection, commit: Commit): readonly KeyedEvent[] =>
  eventsFor(projection, commit).flatMap((event) => {
    const chosen = keyOf(projection, event);
    if (chosen === undefined) return [];
    const key = ofTenant(commit.stream.tenant, chosen); // Whatever key the projection chooses, no two tenants share a document.
    if (!isDocumentKey(commit.stream.tenant, chosen)) throw new Poison(event.metadata.eventId, `${documentKeyRule}: '${key}'`);
    return [{ key, event }];
  });

export interface Cut {
  /** The version of the stream that the documents contain already. It may be inside the commit. */
  readonly after: number;
  /** The largest number of documents in a part. */
  readonly maxDocuments: number;
}

/**
 * Cuts the rest of a commit into parts, in the order of its events. At least one part. What was split out of one
 * stored event is never cut, because checkpoints count stored events. @throws Poison if any event has no valid key.
 */
export const partsOf = (projection: AnyProjection, commit: Commit, { after, maxDocuments }: Cut): readonly Part[] => {
  const parts: Part[] = [];
  let events: KeyedEvent[] = [];
  let keys = new Set<string>();
  const rest = keyedEvents(projection, commit).filter(({ event }) => event.metadata.version > after);
  for (const [version, ofOneEvent] of Map.groupBy(rest, ({ event }) => event.metadata.version)) {
    const more = ofOneEvent.map(({ key }) => key);
    if (keys.size > 0 && new Set([...keys, ...more]).size > maxDocuments) {
      parts.push({ commit, events, upTo: version - 1 });
      [events, keys] = [[], new Set()];
    }
    events.push(...ofOneEvent);
    for (const key of more) keys.add(key);
  }
  return [...parts, { commit, events, upTo: lastVersion(commit) }];
};

/** The checkpoint of the stream after a part. Inside a commit it also says up to which version the documents contain whole commits. */
export const checkpointAfter = ({ commit, upTo }: Part): Row => ({
  ...nothing,
  version: upTo,
  recordedAt: commit.recordedAt,
  ...(upTo === lastVersion(commit) ? {} : { wholeVersion: commit.version - 1 }),
});
