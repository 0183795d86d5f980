import type { Recorded } from '../basics/messages.ts';
import { eventId, parseEventId } from '../basics/stream.ts';
import { type Commit, lastVersion, recorded } from '../log/event-store.ts';
import { demandKnown, unknownEvent } from '../log/newer-release.ts';
import { guarded, Poison } from '../log/poison.ts';
import { restored } from '../log/stored-events.ts';
import { integrationEvents } from '../publish/publication.ts';
import { type KeyedEvent, keyedEvents } from '../read/commit-parts.ts';
import { type AnyProjection, foldCommit, nothing, tableKey, type Versioned } from '../read/projection.ts';
import { type NewRow, progressKey } from '../read/read-models.ts';
import { startOf } from '../sagas/running/run.ts';
import type { AnySaga } from '../sagas/saga.ts';
import { type AnyDecider, fold } from '../write/decider.ts';
import type { Release } from './release.ts';

/** The first event that a release cannot take: a stream ends there for the member that cannot. */
export interface Fault {
  readonly eventId: string;
  readonly version: number;
  readonly error: string;
  /** The line of the event in the export. */
  readonly line: number;
}

/** A commit, and the line of its first event in the export. */
export interface PlacedCommit {
  readonly commit: Commit;
  readonly line: number;
}

export interface StreamRunPorts {
  /** Why a state cannot be kept as a snapshot; undefined if it can. */
  readonly unstorable: (state: unknown) => string | undefined;
  /** Why a read table rejects a row; undefined if it takes it. */
  readonly unwritable: (projection: AnyProjection, row: NewRow) => string | undefined;
  /** Takes over an event of a document of many streams. */
  readonly contribute: (projection: AnyProjection, event: KeyedEvent & { readonly line: number }) => void;
}

/** One stream, run through one release so far. */
export interface StreamRun {
  readonly release: Release;
  state: unknown;
  /** The documents of one stream, by table key. */
  readonly documents: Map<string, Versioned>;
  /** The faults, by the name of the member. */
  readonly faults: Map<string, Fault>;
  /** What the last commit makes publications and sagas do, by the name of the member. */
  told: Map<string, string>;
}

export const begin = (release: Release, aggregate: string): StreamRun => {
  const { decider } = release.membersFor(aggregate);
  return { release, state: decider?.initialState(), documents: new Map(), faults: new Map(), told: new Map() };
};

export const aggregateKey = (name: string): string => `aggregate ${name}`;
export const projectionKey = (projection: AnyProjection): string => `projection ${tableKey(projection)}`;
export const publicationKey = (name: string): string => `publication ${name}`;
export const sagaKey = (name: string): string => `saga ${name}`;

/** Runs the next commit of the stream. What one member cannot take stops that member alone. */
export const take = (run: StreamRun, placed: PlacedCommit, ports: StreamRunPorts): void => {
  const { commit } = placed;
  const { release } = run;
  const members = release.membersFor(commit.stream.aggregate);
  run.told = new Map();
  const attempt = (member: string, work: () => void): void => {
    if (run.faults.has(member)) return;
    const fault = faultOf(placed, work);
    if (fault !== undefined) run.faults.set(member, fault);
  };
  const demand = () => demandKnown(commit, release.knows);

  const { decider } = members;
  if (members.isFolded)
    attempt(aggregateKey(commit.stream.aggregate), () => {
      run.state = stateAfter(decider, run.state, commit, ports);
    });
  for (const projection of members.ofOneStream)
    attempt(projectionKey(projection), () => {
      demand();
      const next = foldCommit(projection, run.documents.get(tableKey(projection)) ?? nothing, commit);
      const { tenant } = commit.stream;
      demandFit(commit, ports.unwritable(projection, { key: progressKey(projection, commit.stream), tenant, next }));
      run.documents.set(tableKey(projection), next);
    });
  for (const projection of members.ofManyStreams)
    attempt(projectionKey(projection), () => {
      demand();
      for (const { key, event } of keyedEvents(projection, commit))
        ports.contribute(projection, { key, event, line: lineOf(placed, event.metadata.version) });
    });
  for (const publication of members.publications)
    attempt(publicationKey(publication.name), () => {
      demand();
      const published = integrationEvents([publication])(commit);
      if (published.length > 0) run.told.set(publicationKey(publication.name), JSON.stringify(published));
    });
  if (decider !== undefined && members.sagas.length > 0)
    for (const saga of members.sagas)
      attempt(sagaKey(saga.name), () => {
        const told = liftedTo(decider, commit).flatMap((event) => guarded(event, () => toldTo(saga, event)));
        if (told.length > 0) run.told.set(sagaKey(saga.name), JSON.stringify(told));
      });
};

const maxErrorLength = 1000;

const lineOf = ({ commit, line }: PlacedCommit, version: number): number => line + version - commit.version;

const faultOf = (placed: PlacedCommit, work: () => void): Fault | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    const at = error instanceof Poison ? error.eventId : eventId(placed.commit.stream, placed.commit.version);
    const message = error instanceof Error ? error.message : String(error);
    const { version } = parseEventId(at);
    return { eventId: at, version, error: message.slice(0, maxErrorLength), line: lineOf(placed, version) };
  }
};

const demandFit = (commit: Commit, reason: string | undefined): void => {
  if (reason !== undefined) throw new Poison(eventId(commit.stream, lastVersion(commit)), reason);
};

/** As a load folds it. @throws Poison, naming the event that cannot be lifted or folded. */
const stateAfter = (decider: AnyDecider | undefined, before: unknown, commit: Commit, ports: StreamRunPorts): unknown => {
  const state = recorded(commit).reduce(
    (folded, event) =>
      guarded(event, () => {
        if (decider === undefined) throw unknownEvent(event.metadata.eventId, { type: event.type, schema: commit.events[0]?.schema ?? 1 });
        return fold(decider, restored(decider.events, event, commit), folded);
      }),
    before,
  );
  demandFit(commit, ports.unstorable(state));
  if (decider?.claims !== undefined) faultless(commit, () => decider.claims?.(state));
  return state;
};

const faultless = (commit: Commit, work: () => unknown): void => {
  try {
    work();
  } catch (error) {
    throw new Poison(eventId(commit.stream, lastVersion(commit)), error);
  }
};

/** The events that a saga can hear of. */
const liftedTo = (decider: AnyDecider, commit: Commit): readonly Recorded[] =>
  recorded(commit).flatMap((event) => guarded(event, () => restored(decider.events, event, commit)));

/** The execution that an event starts, and the answers of the rows that await it. @throws an error if the starter or the saga would. */
const toldTo = (saga: AnySaga, event: Recorded): readonly unknown[] => {
  const started = startOf(saga, event);
  const rows = Object.values(saga.steps).flatMap(({ to, awaits = {} }) =>
    to?.name === event.metadata.aggregate && Object.hasOwn(awaits, event.type) ? [awaits[event.type]] : [],
  );
  return [
    ...(started === undefined ? [] : [started.context]),
    ...rows.map((row) => (typeof row === 'function' ? row(event.data as never) : row)),
  ];
};
