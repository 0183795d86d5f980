import { eventId, streamName } from '../basics/stream.ts';
import { lastVersion } from '../log/event-store.ts';
import { tableKey } from '../read/projection.ts';
import { counterpartOf, judge, readsSnapshotsOf } from './judge.ts';
import type { Members, Release } from './release.ts';
import {
  aggregateKey,
  begin,
  type PlacedCommit,
  projectionKey,
  publicationKey,
  type StreamRun,
  type StreamRunPorts,
  sagaKey,
  take,
} from './stream-run.ts';
import type { Tally } from './totals.ts';

/** The next release, and the released one if the two are compared. */
export interface Releases {
  readonly next: Release;
  readonly today?: Release | undefined;
}

export interface StreamsPorts {
  readonly tally: Tally;
  readonly next: StreamRunPorts;
  readonly today: StreamRunPorts;
}

/** The history has a gap, or a commit twice. */
export class BrokenHistory extends Error {
  override readonly name = 'BrokenHistory';
  readonly line: number;
  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

export interface StreamsRehearsal {
  /** Runs a commit through the releases. The commits of a stream come in their order. @throws BrokenHistory. */
  take(placed: PlacedCommit): void;
  /** Judges all streams. */
  end(): void;
}

interface Stream {
  readonly aggregate: string;
  readonly next: StreamRun;
  readonly today: StreamRun | undefined;
  version: number;
  /** Of the last event. */
  at: string;
  line: number;
  /** What publications and sagas did first otherwise, by the name of the member; undefined if it did the same so far. */
  readonly told: Map<string, Told | undefined>;
}

interface Told {
  readonly at: string;
  readonly line: number;
  readonly today: unknown;
  readonly next: unknown;
}

/** Rehearses whole streams. It holds the states and documents of the streams, and no events. */
export const rehearseStreams = ({ next, today }: Releases, ports: StreamsPorts): StreamsRehearsal => {
  const streams = new Map<string, Stream>();
  const begun = (aggregate: string): Stream => ({
    ...{ aggregate, version: 0, at: '', line: 0, told: new Map() },
    next: begin(next, aggregate),
    today: today === undefined ? undefined : begin(today, aggregate),
  });
  return {
    take: (placed) => {
      const { commit, line } = placed;
      const name = streamName(commit.stream);
      const stream = streams.get(name) ?? begun(commit.stream.aggregate);
      demandNext(name, stream.version, placed);
      streams.set(name, stream);
      ports.tally.commit(commit.events.length, stream.version === 0);
      stream.version = lastVersion(commit);
      stream.at = eventId(commit.stream, stream.version);
      stream.line = line + commit.events.length - 1;
      take(stream.next, placed, ports.next);
      if (stream.today !== undefined) take(stream.today, placed, ports.today);
      noteTold(stream);
    },
    end: () => {
      for (const stream of streams.values()) judgeStream({ next, today }, stream, ports.tally);
      streams.clear();
    },
  };
};

const demandNext = (name: string, last: number, { commit: { version }, line }: PlacedCommit): void => {
  if (version <= last) throw new BrokenHistory(line, `${name} has version ${version} twice`);
  if (version > last + 1)
    throw new BrokenHistory(line, `${name} goes on with version ${version}, and version ${last + 1} is missing before it`);
};

/** Compares what publications and sagas do with the newest commit. */
const noteTold = ({ told, next, today, at, line }: Stream): void => {
  for (const member of new Set([...next.told.keys(), ...(today?.told.keys() ?? [])])) {
    const [was, is] = [today?.told.get(member), next.told.get(member)];
    if (told.get(member) !== undefined) continue;
    const isOther = today !== undefined && was !== is;
    told.set(member, isOther ? { at, line, today: parsed(was), next: parsed(is) } : undefined);
  }
};

const parsed = (json: string | undefined): unknown => (json === undefined ? undefined : JSON.parse(json));

const judgeStream = (releases: Releases, stream: Stream, tally: Tally): void => {
  const { next, today } = releases;
  const { aggregate, at, line } = stream;
  const members = next.membersFor(aggregate);
  if (members.isFolded) {
    const member = aggregateKey(aggregate);
    const isBound = today !== undefined && readsSnapshotsOf(next, today, aggregate);
    judge(tally, { member, at, line, isBound, ...outcomesOf(stream, member, member, ({ state }) => state) });
  }
  judgeDocuments(releases, stream, tally);
  judgeTold(members, today?.membersFor(aggregate), stream, tally);
};

const outcomesOf = ({ next, today }: Stream, member: string, former: string | undefined, resultOf: (run: StreamRun) => unknown) => ({
  next: { fault: next.faults.get(member), result: resultOf(next) },
  ...(today === undefined || former === undefined ? {} : { today: { fault: today.faults.get(former), result: resultOf(today) } }),
});

const judgeDocuments = ({ next, today }: Releases, stream: Stream, tally: Tally): void => {
  const { aggregate, at, line } = stream;
  const { ofOneStream, ofManyStreams } = next.membersFor(aggregate);
  for (const projection of [...ofOneStream, ...ofManyStreams]) {
    const former = counterpartOf(projection, today);
    const [member, formerMember] = [projectionKey(projection), former && projectionKey(former.projection)];
    const documentIn = (run: StreamRun): unknown =>
      run.documents.get(tableKey(run === stream.next ? projection : (former?.projection ?? projection)))?.document ?? null;
    const isOfMany = ofManyStreams.includes(projection);
    const hasFault = stream.next.faults.has(member) || (formerMember !== undefined && stream.today?.faults.has(formerMember));
    if (isOfMany && !hasFault) continue; // Its documents are judged one by one.
    judge(tally, { member, at, line, isBound: former?.isSame === true, ...outcomesOf(stream, member, formerMember, documentIn) });
  }
};

/** What leaves the service, or starts a saga, is about later events, so it may change. */
const judgeTold = (members: Members, former: Members | undefined, stream: Stream, tally: Tally): void => {
  const formerNames = new Set([...namesOf(former?.publications), ...namesOf(former?.sagas)]);
  const all = [
    ...members.publications.map(({ name }) => ({ name, member: publicationKey(name) })),
    ...members.sagas.map(({ name }) => ({ name, member: sagaKey(name) })),
  ];
  for (const { name, member } of all) {
    const told = stream.told.get(member);
    const isNew = !formerNames.has(name);
    const { next, today } = outcomesOf(stream, member, isNew ? undefined : member, () => undefined);
    if (next.fault === undefined && today?.fault === undefined && !stream.told.has(member)) continue;
    judge(tally, {
      ...{ member, at: told?.at ?? stream.at, line: told?.line ?? stream.line, isBound: false },
      next: { ...next, result: told?.next },
      ...(today === undefined ? {} : { today: { ...today, result: told?.today } }),
    });
  }
};

const namesOf = (members: readonly { readonly name: string }[] = []): readonly string[] => members.map(({ name }) => name);
