import fc from 'fast-check';
import { nothingAudited } from '../../core/audit/audit-totals.ts';
import { streamName } from '../../core/basics/stream.ts';
import type { Commit, Tail } from '../../core/log/event-store.ts';
import { type AnyProjection, tableKey, type Versioned } from '../../core/read/projection.ts';
import { projector } from '../../core/read/projector.ts';
import { servedReader } from '../../core/rebuild/serving.ts';
import { steward } from '../../core/rebuild/steward.ts';
import { projectionsOf } from '../../core/registry/domain.ts';
import { type Interleaving, interleaving } from '../support/interleaving.ts';
import { deliveriesOf } from '../support/projecting.ts';
import { domainOf, memoryWorld, rebuildOf, runRebuild, stepsOf, type World } from '../support/rebuilding.ts';
import { added, append } from '../support/requests.ts';

/** What is broken on purpose, to see that the law notices. */
export interface Flaws {
  /** The projector feeds all revisions at the same time. */
  readonly withoutLeader?: boolean;
  /** The flip believes the fill, and asks for no audit. */
  readonly withoutAudit?: boolean;
}

export interface Subject {
  /** The revision that serves, and the one that is built. */
  readonly revisions: readonly [AnyProjection, AnyProjection];
  readonly keyOf: (commit: Commit) => string;
  /** How many events a document holds. */
  readonly sizeOf: (document: Versioned['document']) => number;
}

interface Course {
  readonly seed: number;
  /** The streams that have events before the second revision comes, and those that are written to meanwhile. */
  readonly before: readonly string[];
  readonly meanwhile: readonly string[];
  /** How long the writes of the second projector are on their way, in turns. */
  readonly lag: number;
}

const id = fc.constantFrom('a1', 'a23', 'b1', 'b234', 'c12345', 'c1');
const anyCourse: fc.Arbitrary<Course> = fc.record({
  seed: fc.integer(),
  before: fc.array(id, { maxLength: 12 }),
  meanwhile: fc.array(id, { minLength: 1, maxLength: 3 }),
  lag: fc.integer({ min: 1, max: 150 }),
});

const writesAfterFlip = 4;

/**
 * While commands, two projectors, two readers and the rebuild of a second revision meet in any order: no query fails, no reader
 * sees a document with less in it than before, or an older revision; and in the end both revisions hold everything.
 */
export const rebuildLaw = (subject: Subject, flaws: Flaws = {}) =>
  fc.asyncProperty(anyCourse, async (course) => {
    const [first, second] = subject.revisions;
    const world = memoryWorld();
    const writer = writerOn(world);
    for (const stream of course.before) await writer.append(stream);
    await buildAlone(world, first, writer.commits);
    const domain = domainOf(first, second);
    await steward({ ...world, domain, rebuilds: { start: async () => 'running' } });

    const { turn, run } = interleaving(course.seed);
    const slow = onTheWay(world, turn, 1);
    const state: Traffic = { queue: [], isFlipped: false, isWritten: false };
    const rebuild = async () => {
      const steps = stepsOf(domain, slow);
      await runRebuild(
        flaws.withoutAudit ? { ...steps, audit: async () => ({ ...nothingAudited, isDone: true }) } : steps,
        rebuildOf(second),
      );
      state.isFlipped = true;
    };
    const leaderOf = async (name: string) => (flaws.withoutLeader ? undefined : (await slow.pointers.read(name)).leads);
    const projectorOn = (stores: World) => project(state, turn, projector(stores, projectionsOf(domain), leaderOf));
    const keys = [...new Set(course.meanwhile.map((one) => subject.keyOf({ stream: { id: one } } as Commit)))];
    const served = servedReader({ ...slow, domain });
    const readDocument = async (key: string): Promise<Seen> => {
      const { answer, projection, isComplete } = await served(first.name, (one) => slow.readModels.get(one, key, 'strong'));
      return { key, revision: projection.revision, size: subject.sizeOf(answer.document), isComplete };
    };
    const readers = [keys, keys.toReversed()].map((order) => read(state, order, readDocument));
    await run(
      Promise.all([
        write(state, turn, course, writer),
        projectorOn(slow),
        projectorOn(onTheWay(world, turn, course.lag)),
        ...readers,
        rebuild(),
      ]),
    );
    for (const projection of subject.revisions) await demandEverything(world, projection, writer.commits, subject);
  });

interface Traffic {
  /** Commits on their way to the projectors. */
  readonly queue: Commit[];
  isFlipped: boolean;
  isWritten: boolean;
}

/** Writes as fast as the projectors can follow, so that the flip meets all of them at work. */
const write = async (
  state: Traffic,
  turn: Interleaving['turn'],
  { meanwhile }: Course,
  writer: ReturnType<typeof writerOn>,
): Promise<void> => {
  for (let count = 0, after = 0; after < writesAfterFlip; ) {
    await turn();
    if (state.queue.length > 1) continue;
    state.queue.push(await writer.append(meanwhile[count++ % meanwhile.length] as string));
    after += state.isFlipped ? 1 : 0;
  }
  state.isWritten = true;
};

/** Takes what is there, every third time out of order, and once more. */
const project = async (state: Traffic, turn: Interleaving['turn'], deliver: ReturnType<typeof projector>): Promise<void> => {
  for (let count = 0; !state.isWritten || state.queue.length > 0; count++) {
    await turn();
    const batch = state.queue.splice(count % 3 === 0 ? -1 : 0, 2);
    if (count % 3 === 0 && !state.isWritten) state.queue.push(...batch.slice(0, 1));
    const failed = await deliver(deliveriesOf(batch));
    state.queue.push(...batch.filter(({ stream }) => failed.has(streamName(stream)))); // They come again.
  }
};

interface Seen {
  readonly key: string;
  readonly revision: number;
  readonly size: number;
  readonly isComplete: boolean;
}

/** Asks for one document after the other, and compares each with what it was. */
const read = async (state: Traffic, keys: readonly string[], readDocument: (key: string) => Promise<Seen>): Promise<void> => {
  const last = new Map<string, Seen>();
  for (let count = 0; !state.isWritten; count++) {
    const key = keys[count % keys.length] as string;
    const mustBeNew = state.isFlipped;
    const now = await readDocument(key);
    const before = last.get(key) ?? now;
    if (!now.isComplete) throw new Error(`an incomplete revision serves: ${JSON.stringify(now)}`);
    if (mustBeNew && now.revision !== 2) throw new Error(`the flip was answered, and a reader got ${JSON.stringify(now)}`);
    if (now.size < before.size || now.revision < before.revision)
      throw new Error(`back in time: ${JSON.stringify(before)}, then ${JSON.stringify(now)}`);
    last.set(key, now);
  }
};

const writerOn = (world: World) => {
  const tails = new Map<string, Tail>();
  const commits: Commit[] = [];
  return {
    commits,
    append: async (id: string): Promise<Commit> => {
      const { commit, tail } = await append(
        world.eventStore,
        tails.get(id) ?? world.eventStore.begin({ aggregate: 'tally', id }),
        added(1),
      );
      tails.set(id, tail);
      commits.push(commit);
      return commit;
    },
  };
};

/** The first revision, complete and serving. */
const buildAlone = async (world: World, projection: AnyProjection, commits: readonly Commit[]): Promise<void> => {
  const domain = domainOf(projection);
  await projector(world, projectionsOf(domain))(deliveriesOf(commits));
  await steward({ ...world, domain, rebuilds: { start: async () => 'running' } });
  await runRebuild(stepsOf(domain, world), rebuildOf(projection));
};

/** The same stores; every request and every answer takes a turn, and writes take as many as one likes. */
const onTheWay = ({ eventStore, readModels, pointers, ...others }: World, turn: Interleaving['turn'], lag: number): World => {
  const slow =
    <A extends unknown[], R>(act: (...args: A) => Promise<R>, turns = 1) =>
    async (...args: A): Promise<R> => {
      for (let count = 0; count < turns; count++) await turn();
      const answer = await act(...args);
      await turn();
      return answer;
    };
  return {
    ...others,
    pause: turn,
    eventStore: { ...eventStore, read: slow(eventStore.read), scan: slow(eventStore.scan) },
    readModels: {
      ...readModels,
      get: slow(readModels.get),
      getMany: slow(readModels.getMany),
      write: slow(readModels.write, lag),
      insert: slow(readModels.insert, lag),
    },
    pointers: { read: slow(pointers.read), write: slow(pointers.write) },
  };
};

const demandEverything = async (
  { readModels }: World,
  projection: AnyProjection,
  commits: readonly Commit[],
  { keyOf, sizeOf }: Subject,
): Promise<void> => {
  for (const [key, ofKey] of Map.groupBy(commits, keyOf)) {
    const size = sizeOf((await readModels.get(projection, key, 'strong')).document);
    if (size !== ofKey.length) throw new Error(`${tableKey(projection)} '${key}' holds ${size} of ${ofKey.length} events`);
  }
};
