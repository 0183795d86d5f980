import { Denied, Invalid } from '../../../core/basics/errors.ts';
import { eventId } from '../../../core/basics/stream.ts';
import { type EventStore, lastVersion } from '../../../core/log/event-store.ts';
import type { Token } from '../../../core/read/document-reader.ts';
import type { AnyProjection, Index } from '../../../core/read/projection.ts';
import { scopeToReadDocuments } from '../../../core/registry/access.ts';
import { type Domain, deciderNamed } from '../../../core/registry/domain.ts';
import { streamOwnership } from '../../../core/write/stream-owner.ts';

/** Another revision may name an owner, and the one that answers does not: it has no document of the caller's own. @throws Denied. */
export const demandOwned = (domain: Domain, { name, owner }: AnyProjection): void => {
  if (owner === undefined) throw new Denied('Forbidden', `the token lacks the scope ${scopeToReadDocuments(domain, name)}`);
};

/** The indexes that list the documents of one owner. Any other index would tell how many documents of others lie between. */
export const indexesOfOwner = ({ indexes = {}, owner }: AnyProjection): Readonly<Record<string, Index>> =>
  Object.fromEntries(Object.entries<Index>(indexes).filter(([, { partition }]) => partition === owner));

interface OwnTokenPorts {
  readonly domain: Domain;
  readonly eventStore: Pick<EventStore, 'read' | 'load' | 'past'>;
}

/**
 * Checks that the tokens of `Read-After` are events that the owner may know of: its own commands recorded them, or the stream is its own
 * now. For an event of another's the answer is that for one that is not recorded.
 * @throws Invalid (`InvalidRequest`).
 */
export const demandOwnEvents = async ({ domain, eventStore }: OwnTokenPorts, tokens: readonly Token[], owner: string): Promise<void> => {
  const ownership = streamOwnership(eventStore);
  const isOwn = async ({ stream, version }: Token): Promise<boolean> => {
    const decider = deciderNamed(domain, stream.aggregate);
    const [{ commits }, end = 0] = await Promise.all([
      eventStore.read(stream, { from: version, limit: 1, newestFirst: true }),
      ownership.now({ decider, stream, owner }),
    ]);
    const isRecordedByOwner = commits.some((commit) => version <= lastVersion(commit) && commit.actor === owner);
    return isRecordedByOwner || version <= end; // Version 0 asks for no event.
  };
  const known = await Promise.all(tokens.map(isOwn));
  const stranger = tokens[known.indexOf(false)];
  if (stranger === undefined) return;
  const { tenant: _, ...stream } = stranger.stream;
  throw new Invalid('InvalidRequest', `${eventId(stream, stranger.version)} is no event of this caller's`);
};
