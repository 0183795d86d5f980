import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type CommitItem, fromItem } from '../../adapters/event-log/commit-item.ts';
import { eventStore } from '../../adapters/event-log/store-on-commit-log.ts';
import { tailCache } from '../../adapters/event-log/tail-cache.ts';
import { streamName } from '../../core/basics/stream.ts';
import type { Commit } from '../../core/log/event-store.ts';
import { fromStored } from '../../core/log/stored-events.ts';
import { freeze } from '../../core/testing/freeze.ts';
import { type CommandOf, foldingOf, type StateOf } from '../../core/write/decider.ts';
import { diary, tear, write } from '../support/diary.ts';
import { handlerOn } from '../support/handling.ts';
import { noise } from '../support/noise.ts';
import { openLog } from '../support/open-log.ts';
import { appendTo, loadAll, newStream, request } from '../support/requests.ts';
import { runs } from '../support/runs.ts';

type State = StateOf<typeof diary>;

/** The fold of stored commits, without a store, a snapshot or a cache: what each event was stored with, and nothing else. */
const naiveFold = (commits: readonly Commit[], to = Number.POSITIVE_INFINITY): State => {
  let state: State = freeze(diary.initialState());
  for (const commit of commits)
    for (const { type, data, metadata } of fromStored(diary.events, commit)) {
      const { recordedAt, version, actor } = metadata;
      const row = diary.evolve[type] as (before: State, data: unknown, circumstances: object) => State;
      if (version <= to) state = freeze(row(state, data, { recordedAt, version, ...(actor === undefined ? {} : { actor }) }));
    }
  return state;
};

const note = fc.oneof({ weight: 8, arbitrary: fc.string({ maxLength: 8 }) }, { weight: 1, arbitrary: fc.constant(noise(3000)) });
const command: fc.Arbitrary<CommandOf<typeof diary>> = fc.oneof(
  { weight: 5, arbitrary: fc.array(note, { minLength: 1, maxLength: 3 }).map((notes) => write(...notes)) },
  { weight: 1, arbitrary: fc.constant(tear) },
);
const step = fc.record({
  command,
  writer: fc.nat(2),
  actor: fc.constantFrom(undefined, 'ada', 'bo'),
  /** How far the writer's clock goes, in milliseconds: clocks of different machines disagree, and some are set back. */
  ticks: fc.integer({ min: -5000, max: 20_000 }),
  incident: fc.constantFrom('nothing', 'nothing', 'nothing', 'a restart', 'an old release', 'a snapshot lost'),
});

test('law: evolve sees before the write what every fold of the stored commit sees, and the commit has the time of its decision', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20, size: 'max' }), fc.nat(), async (steps, cut) => {
      const { log, items, replace } = openLog(1024 * 1024);
      const stream = newStream('diary');
      const stored = () => items(streamName(stream));
      const clocks = [0, 0, 0].map((_, index) => Date.UTC(2026, 0, 1) + index * 60_000);
      const writers = clocks.map((_, index) => {
        const cache = tailCache({ maxEntries: 10, maxBytes: 100_000_000 });
        const store = eventStore(log, () => new Date(clocks[index] as number));
        return { cache, store };
      });
      for (const { command, writer, actor, ticks, incident } of steps) {
        clocks[writer] = (clocks[writer] as number) + ticks;
        const { cache, store } = writers[writer] as (typeof writers)[number];
        const last = stored().at(-1);
        if (incident === 'a snapshot lost' && last !== undefined) replace((({ snapshot: _, ...rest }: CommitItem) => rest)(last));
        if (incident === 'an old release') {
          const { tail } = await loadAll(store, stream);
          await appendTo(store, tail, request(command), [{ type: 'Written', schema: 1, data: { note: 'of version 1' } }]);
        }
        const asked = { ...request(command), ...(actor === undefined ? {} : { actor }) };
        await handlerOn(store, incident === 'a restart' ? undefined : cache)(diary, stream, asked);
        // The state that a warm process remembers is the one that it decides on next.
        const kept = cache.get(stream);
        if (kept !== undefined) expect(kept.state).toStrictEqual(naiveFold(stored().map(fromItem), kept.tail.version));
      }
      const commits = stored().map(fromItem);
      for (const { events, recordedAt } of commits)
        for (const { schema, data, type } of events)
          if (schema === 2 || type === 'Torn') expect((data as { readonly at: string }).at).toBe(recordedAt);
      const times = commits.map(({ recordedAt }) => recordedAt);
      expect(times).toEqual(times.toSorted());
      const { store } = writers[0] as (typeof writers)[number];
      expect((await store.load(stream, foldingOf(diary), 'strong')).state).toStrictEqual(naiveFold(commits));
      const to = cut % (commits.reduce((version, { events }) => version + events.length, 0) + 1);
      expect((await store.past(stream, foldingOf(diary), { version: to })).state).toStrictEqual(naiveFold(commits, to));
    }),
    runs(60),
  );
});
