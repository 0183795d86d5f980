import { Invalid } from '../basics/errors.ts';
import type { Recorded } from '../basics/messages.ts';
import { type EventStore, recorded } from '../log/event-store.ts';
import { type AnyProjection, isOfOneStream } from '../read/projection.ts';
import { documentKeyRule, isDocumentKey } from '../read/read-models.ts';
import { type Domain, projectionsOf } from './domain.ts';

export interface DocumentKeyPorts {
  readonly domain: Domain;
  readonly now: () => Date;
}

/**
 * An event store that appends no event for which a projection chooses an impossible key. After the append, the projection could only park
 * the stream, and most keys are text that a client sent.
 * @throws (`append`) Invalid (`InvalidData`), which names the projection and the rule.
 */
export const withDocumentKeys = (eventStore: EventStore, { domain, now }: DocumentKeyPorts): EventStore => {
  const choosersOf = choosersIn(domain);
  return {
    ...eventStore,
    append: async (tail, request, decided) => {
      const choosers = choosersOf(tail.stream.aggregate);
      const { events, recordedAt = now().toISOString() } = decided;
      if (choosers.length > 0)
        demandKeys(choosers, recorded({ ...request, stream: tail.stream, version: tail.version + 1, events, recordedAt }));
      return eventStore.append(tail, request, decided);
    },
  };
};

/** The projections that choose the keys of documents for the events of an aggregate. */
const choosersIn = (domain: Domain): ((aggregate: string) => readonly AnyProjection[]) => {
  const known = new Map<string, readonly AnyProjection[]>();
  return (aggregate) => {
    const choosers = known.get(aggregate) ?? projectionsOf(domain)(aggregate).filter((one) => !isOfOneStream(one));
    known.set(aggregate, choosers);
    return choosers;
  };
};

const demandKeys = (choosers: readonly AnyProjection[], events: readonly Recorded[]): void => {
  for (const projection of choosers)
    for (const event of events) {
      const key = keyIn(projection, event);
      if (key === undefined || isDocumentKey(event.metadata.tenant, key)) continue;
      throw new Invalid('InvalidData', `${projection.name}: ${documentKeyRule}: '${key.slice(0, 100).toWellFormed()}'`);
    }
};

/** The key that the projection chooses for an event that it has a row for. If its code fails, that is for the projector to report. */
const keyIn = ({ evolve, key }: AnyProjection, event: Recorded): string | undefined => {
  try {
    return Object.hasOwn(evolve, event.type) ? key?.(event) : undefined;
  } catch {
    return undefined;
  }
};
