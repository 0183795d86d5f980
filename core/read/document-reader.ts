import { Conflict, Invalid, NewerRelease, Unavailable } from '../basics/errors.ts';
import { type Address, eventId, streamName } from '../basics/stream.ts';
import { type Commit, type EventStore, lastVersion } from '../log/event-store.ts';
import { gate } from '../log/gate.ts';
import { demandKnown, detailsOf, newerIn } from '../log/newer-release.ts';
import { Poison } from '../log/poison.ts';
import { belongsTo } from './owner.ts';
import type { ProjectionPorts } from './ports.ts';
import { type AnyProjection, foldCommit, isOfOneStream, nothing } from './projection.ts';
import { type Fault, progressKey, type Row, wholeVersion } from './read-models.ts';
import { isPassedOver } from './waiting.ts';

/** An event that the document must contain: stream and version. */
export interface Token {
  readonly stream: Address;
  readonly version: number;
}

export interface DocumentRequest {
  readonly projection: AnyProjection;
  readonly key: string;
  /** The events that the document must contain; their streams belong to the document. */
  readonly after: readonly Token[];
  /** How long to wait for a document of many streams. */
  readonly waitSeconds: number;
  /**
   * Only a document of this owner is an answer; absent: any. Another's is answered as one that does not exist. For a document of many
   * streams, `after` must have only events that the owner may know of, because the answer tells whether they are recorded.
   */
  readonly owner?: string | undefined;
}

/**
 * Reads a document that is at least as fresh as the caller's tokens. For a document of one stream it folds in the missing events at once;
 * for a document of many streams it waits until the projector has applied them.
 * @throws (the returned function) Invalid (`InvalidRequest`) for an event that is not recorded; Conflict (`Parked`) if the projection cannot
 * apply an event that the document must contain; NewerRelease if this code does not know the event; Unavailable when the time is up. The
 * first three concern a stream, so they are not thrown if the document that the stream has come to is another owner's.
 */
export const documentReader =
  (reading: ProjectionPorts) =>
  async (request: DocumentRequest): Promise<Row> => {
    const { projection, key, after } = request;
    const found = async (): Promise<Row> => {
      if (after.length === 0) return reading.readModels.get(projection, key, 'eventual');
      return isOfOneStream(projection) ? overlaid(reading, request) : awaited(reading, request);
    };
    const row = await found();
    return isOpen(request, row) ? row : nothing;
  };

/** Whether the caller may see the document of a row. */
const isOpen = ({ projection, owner }: DocumentRequest, { document }: Row): boolean =>
  owner === undefined || belongsTo(projection, document, owner);

const overlaid = async ({ eventStore, readModels, knows }: ProjectionPorts, request: DocumentRequest): Promise<Row> => {
  const { projection, key, after } = request;
  let row = await readModels.get(projection, key, 'eventual');
  const tokens = after.filter((token) => progressKey(projection, token.stream) === key);
  const [first] = tokens;
  const isHeld = row.parked !== undefined && isPassedOver(row, { knows }, { retryParked: false });
  // Another's document costs what one that does not exist costs, so that the time of the answer does not differ.
  if (first !== undefined && !isOpen(request, row) && (isHeld || tokens.every(({ version }) => version <= row.version))) {
    await gate({ eventStore }, { stream: first.stream, commits: [] }).after(row.version);
    return nothing;
  }
  for (const { stream, version } of tokens) {
    while (row.version < version) {
      if (row.parked !== undefined && isPassedOver(row, { knows }, { retryParked: false }))
        return refused(request, row, heldAt(projection, stream, row.parked));
      const commits = await gate({ eventStore }, { stream, commits: [] }).after(row.version);
      if (commits.length === 0) return refused(request, row, notRecorded(stream, version));
      const folded = foldedIn(projection, row, { stream, commits, atLeast: version, knows });
      row = folded.row;
      if (folded.error !== undefined) return refused(request, row, folded.error);
    }
  }
  return row;
};

/** Throws the error to a caller that may see the document as it stands. To any other caller the document does not exist. */
const refused = (request: DocumentRequest, row: Row, error: Error): Row => {
  if (isOpen(request, row)) throw error;
  return nothing;
};

const notRecorded = (stream: Address, version: number): Invalid =>
  new Invalid('InvalidRequest', `${eventId(stream, version)} is not recorded`);

const parkedAt = ({ name }: AnyProjection, stream: Address, event: string): Conflict =>
  new Conflict('Parked', `${name} cannot apply ${event}, so it has parked ${streamName(stream)}; an operator must redrive the stream`, {
    event,
  });

/** A stream that waits for a newer release needs no operator. */
const heldAt = (projection: AnyProjection, stream: Address, { needs, eventId: event, error }: Fault): Conflict | NewerRelease =>
  needs === undefined ? parkedAt(projection, stream, event) : new NewerRelease(error, detailsOf(event, needs), needs);

interface Missing {
  readonly stream: Address;
  readonly commits: readonly Commit[];
  readonly atLeast: number;
  readonly knows: ProjectionPorts['knows'];
}

/**
 * Folds commits into a row, up to the first that the projection cannot apply. If the caller asked for a later version, the answer is
 * the same as after the projector has parked the stream.
 */
const foldedIn = (projection: AnyProjection, row: Row, { stream, commits, atLeast, knows }: Missing): Folded => {
  let folded = row;
  for (const commit of commits) {
    try {
      demandKnown(commit, knows);
      folded = foldCommit(projection, folded, commit);
    } catch (error) {
      if (!(error instanceof Poison)) throw error;
      if (folded.version >= atLeast) break;
      return { row: folded, error: newerIn(error) ?? parkedAt(projection, stream, error.eventId) };
    }
  }
  return { row: folded };
};

interface Folded {
  readonly row: Row;
  /** Why the row has not come to the version that the caller asked for. */
  readonly error?: Error;
}

const awaited = async (
  { eventStore, readModels, now, pause, knows }: ProjectionPorts,
  { projection, key, after, waitSeconds }: DocumentRequest,
): Promise<Row> => {
  const deadline = now().getTime() + waitSeconds * 1000;
  const isSeen = async ({ stream, version }: Token): Promise<boolean> => {
    const checkpoint = await readModels.get(projection, progressKey(projection, stream), 'strong');
    if (wholeVersion(checkpoint) >= version) return true; // A commit that is written in part is not seen.
    if (checkpoint.parked !== undefined && isPassedOver(checkpoint, { knows }, { retryParked: false }))
      throw heldAt(projection, stream, checkpoint.parked);
    return false;
  };
  for (let polls = 1; ; polls++) {
    const seen = await Promise.all(after.map(isSeen));
    if (!seen.includes(false)) return readModels.get(projection, key, 'strong');
    if (polls === 1)
      await demandRecorded(
        eventStore,
        after.filter((_, index) => !seen[index]),
      );
    if (now().getTime() >= deadline)
      throw new Unavailable(`${projection.name} has not yet reached ${after.map(({ stream, version }) => eventId(stream, version))}`);
    await pause(Math.min(polls, 4));
  }
};

/** Checks that the log has these events: waiting for an event that is not recorded is useless. @throws Invalid (`InvalidRequest`). */
const demandRecorded = async (eventStore: EventStore, tokens: readonly Token[]): Promise<void> => {
  const ends = await Promise.all(
    tokens.map(({ stream }) => eventStore.read(stream, { from: Number.MAX_SAFE_INTEGER, limit: 1, newestFirst: true })),
  );
  for (const [index, { stream, version }] of tokens.entries()) {
    const [last] = ends[index]?.commits ?? [];
    if (last === undefined || lastVersion(last) < version) throw notRecorded(stream, version);
  }
};
