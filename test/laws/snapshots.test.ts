import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { itemBytes, writeUnits } from '../../adapters/aws/item-size.ts';
import { type CommitItem, fromItem } from '../../adapters/event-log/commit-item.ts';
import { eventStore } from '../../adapters/event-log/store-on-commit-log.ts';
import { streamName } from '../../core/basics/stream.ts';
import { type Commit, type Request, recallWindow } from '../../core/log/event-store.ts';
import { freeze } from '../../core/testing/freeze.ts';
import { type AnyDecider, type CommandOf, foldingOf } from '../../core/write/decider.ts';
import { chainOf, hashesOf } from '../support/chain.ts';
import { handlerOn } from '../support/handling.ts';
import { noise } from '../support/noise.ts';
import { openLog } from '../support/open-log.ts';
import { pile, put, takeDown } from '../support/pile.ts';
import { newStream, request } from '../support/requests.ts';
import { runs } from '../support/runs.ts';

type Command = CommandOf<typeof pile>;
/** The state as it is without any store, snapshot or cache: every event in turn, from the first. */
const naiveFold = (decider: AnyDecider, commits: readonly Commit[], to = Number.POSITIVE_INFINITY): unknown => {
  let state: unknown = freeze(decider.initialState());
  for (const { version, events, recordedAt } of commits)
    for (const [index, { type, data }] of events.entries())
      if (version + index <= to) state = freeze(decider.evolve[type]?.(state, data, { recordedAt, version: version + index }));
  return state;
};

/** A revision later, with another fold: a snapshot of the revision before is wrong by then. */
const revised = (decider: typeof pile): typeof pile => ({
  ...decider,
  revision: (decider.revision ?? 1) + 1,
  evolve: {
    ...decider.evolve,
    SheetPut: (state, data, circumstances) => {
      const { sheets, times } = decider.evolve.SheetPut(state, data, circumstances);
      return { sheets, times: times + 1 };
    },
  },
});

const sheet = fc
  .oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 40 }) },
    { weight: 2, arbitrary: fc.integer({ min: 300, max: 1200 }) },
    { weight: 1, arbitrary: fc.integer({ min: 2000, max: 20_000 }) },
  )
  .chain((bytes) => fc.nat(9).map((seed) => (seed < 3 ? 'x'.repeat(bytes) : noise(bytes, seed))));
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 12, arbitrary: fc.array(sheet, { minLength: 1, maxLength: 3 }).map((sheets) => put(...sheets)) },
  { weight: 1, arbitrary: fc.constant(takeDown) },
);

/** What happens between two commands. */
const incident = fc.constantFrom<Incident>(
  'nothing',
  'nothing',
  'nothing',
  'a restart',
  'a new revision',
  'a snapshot lost',
  'a snapshot altered',
);
type Incident = 'nothing' | 'a restart' | 'a new revision' | 'a snapshot lost' | 'a snapshot altered';

const altered = (snapshot: CommitItem['snapshot'], place: number): CommitItem['snapshot'] => {
  if (snapshot === undefined || snapshot.length === 0) return snapshot;
  const at = place % snapshot.length;
  if (snapshot instanceof Uint8Array) return snapshot.with(at, (snapshot[at] as number) ^ 1);
  return snapshot.slice(0, at) + String.fromCharCode(snapshot.charCodeAt(at) ^ 1) + snapshot.slice(at + 1);
};

test('law: the fold of a snapshot and the later events is the fold of all events, whatever the place and the fate of the snapshots', async () => {
  const steps = fc.array(fc.record({ command, incident, place: fc.nat() }), { minLength: 1, maxLength: 30, size: 'max' });
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom(2000, 20_000, 1024 * 1024), fc.nat(), async (all, pageBytes, cut) => {
      const { log, items, replace } = openLog(pageBytes);
      const stream = newStream('pile');
      let decider = pile;
      let store = eventStore(log, () => new Date());
      const requests: Request[] = [];
      for (const { command, incident, place } of all) {
        const stored = items(streamName(stream));
        const item = stored[place % (stored.length || 1)];
        if (incident === 'a restart') store = eventStore(log, () => new Date());
        if (incident === 'a new revision') decider = revised(decider);
        if (incident === 'a snapshot lost' && item !== undefined) replace((({ snapshot: _, ...rest }) => rest)(item));
        if (incident === 'a snapshot altered' && item?.snapshot !== undefined)
          replace({ ...item, snapshot: altered(item.snapshot, place) as string });
        const asked = request(command);
        const answer = await handlerOn(store)(decider, stream, asked).catch(() => undefined);
        if (answer !== undefined) requests.push(asked);
      }
      const stored = items(streamName(stream));
      const commits = stored.map(fromItem);
      const { state, tail } = await eventStore(log, () => new Date()).load(stream, foldingOf(decider), 'strong');
      expect(state).toEqual(naiveFold(decider, commits));
      expect(tail.version).toBe(commits.reduce((version, { events }) => version + events.length, 0));
      expect(hashesOf(stored)).toEqual(chainOf(stored));
      expect(commits.map(({ commandId }) => commandId)).toEqual(requests.map(({ commandId }) => commandId));
      const to = cut % (tail.version + 2);
      const past = await store.past(stream, foldingOf(decider), { version: to });
      expect(past).toMatchObject({ state: naiveFold(decider, commits, to), version: Math.min(to, tail.version) });
    }),
    runs(150),
  );
});

test('law: a load remembers the same requests with snapshots and without', async () => {
  const tries = fc.array(fc.boolean(), { minLength: 1, maxLength: recallWindow + 30, size: 'max' });
  await fc.assert(
    fc.asyncProperty(tries, async (all) => {
      const { log, items, replace } = openLog();
      const stream = newStream('pile');
      const requests: (Request & { command: Command })[] = [];
      for (const [index, isBare] of all.entries()) {
        const asked = request(put(`${index}`));
        requests.push(asked);
        await handlerOn(eventStore(log, () => new Date()))(pile, stream, asked);
        const last = items(streamName(stream)).at(-1) as CommitItem;
        if (isBare) replace((({ snapshot: _, ...rest }) => rest)(last));
      }
      const store = eventStore(log, () => new Date());
      const { tail } = await store.load(stream, foldingOf(pile), 'strong');
      const recalled = await Promise.all(requests.map((asked) => store.recall(tail, asked)));
      const forgotten = Math.max(0, requests.length - recallWindow);
      expect(recalled.map((commit) => commit?.commandId)).toEqual(
        requests.map(({ commandId }, index) => (index < forgotten ? undefined : commandId)),
      );
    }),
    runs(20),
  );
});

test('law: a snapshot costs no write unit where it is not due', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 25, size: 'max' }), async (all) => {
      const { log, items } = openLog();
      const stream = newStream('pile');
      for (const one of all) await handlerOn(eventStore(log, () => new Date()))(pile, stream, request(one)).catch(() => {});
      let since = 0;
      for (const { snapshot, ...bare } of items(streamName(stream))) {
        const units = writeUnits(itemBytes(bare));
        if (snapshot !== undefined && writeUnits(itemBytes({ ...bare, snapshot })) > units) expect(since).toBeGreaterThanOrEqual(7);
        since = snapshot === undefined ? since + 1 : 0;
      }
    }),
    runs(60),
  );
});
