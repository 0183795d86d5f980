import { Invalid } from './errors.ts';
import type { EventStore } from './event-store.ts';
import { type AnyProjection, evolveDocument, type Versioned } from './projection.ts';
import type { ReadModels } from './read-models.ts';
import { type Address, eventId } from './stream.ts';

export interface DocumentRequest {
  readonly projection: AnyProjection;
  /** The stream that the document is made of. */
  readonly stream: Address;
  /** The document is to hold the stream up to this version at least. */
  readonly atLeast: number;
}

const commitsPerPage = 500;

/**
 * Reads a document, and folds in on the spot what its read model has not seen yet but the caller has.
 * The returned function throws Invalid (`InvalidRequest`) for a version that the stream does not have.
 */
export const documentReader =
  (readModels: ReadModels, eventStore: EventStore) =>
  async ({ projection, stream, atLeast }: DocumentRequest): Promise<Versioned> => {
    let found = await readModels.get(projection, stream.id, 'eventual');
    while (found.version < atLeast) {
      const { commits } = await eventStore.read(stream, { from: found.version + 1, limit: commitsPerPage });
      if (commits.length === 0) throw new Invalid('InvalidRequest', `${eventId(stream, atLeast)} is not recorded`);
      found = evolveDocument(projection, found, commits);
    }
    return found;
  };
