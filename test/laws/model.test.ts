import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fromItem } from '../../adapters/event-log/commit-item.ts';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { eventStore } from '../../adapters/event-log/store-on-commit-log.ts';
import { streamName } from '../../core/basics/stream.ts';
import type { EventStore } from '../../core/log/event-store.ts';
import type { CommandOf } from '../../core/write/decider.ts';
import { badge, hold, show } from '../support/badge.ts';
import { createEventsTable, createNamesTable, engineClient } from '../support/dynamo.ts';
import { openLog } from '../support/open-log.ts';
import { loadAll, newStream } from '../support/requests.ts';
import { runs } from '../support/runs.ts';
import { add, clear, close, tally } from '../support/tally.ts';
import { emptyModel, type Model, newInstance, type Real, steps } from './model.ts';

const tallyCommand: fc.Arbitrary<CommandOf<typeof tally>> = fc.oneof(
  { weight: 20, arbitrary: fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 3 }).map((amounts) => add(...amounts)) },
  { weight: 8, arbitrary: fc.constant(clear) },
  { weight: 1, arbitrary: fc.constant(close) },
);
const badgeCommand = fc.oneof(
  { weight: 3, arbitrary: fc.subarray(['a', 'b', 'c']).map((names) => hold(...names)) },
  { weight: 1, arbitrary: fc.constant(show) },
);

type Tally = typeof tally;
const mostSteps = { maxCommands: 150, size: 'max' } as const;

test('model: any sequence of requests to instances with caches, late reads and lost snapshots gets the right answers', async () => {
  const { sending, repeating, restarting } = steps<Tally>(tallyCommand, 2);
  const lagging = fc.nat(6).map((items) => ({ lag: items, toString: () => `reads lag by ${items}` }));
  const losing = fc
    .tuple(fc.nat(1), fc.nat(5))
    .map(([stream, back]) => ({ stream, back, toString: () => `a snapshot of ${stream} is lost` }));
  await fc.assert(
    fc.asyncProperty(
      fc.commands(
        [
          sending,
          sending,
          sending,
          repeating,
          restarting,
          lagging.map(({ lag }) => incident(({ log }) => log.lag(lag), `reads lag by ${lag}`)),
          losing.map(({ stream, back }) =>
            incident(({ log, streams }) => {
              const item = log.items(streamName(streams[stream] as (typeof streams)[0])).at(-1 - back);
              if (item !== undefined) log.replace((({ snapshot: _, ...rest }) => rest)(item));
            }, `a snapshot of ${stream} is lost`),
          ),
        ],
        mostSteps,
      ),
      async (commands) => {
        const log = openLog();
        const open = () => eventStore(log.log, () => new Date());
        const model = emptyModel(tally, 2);
        const real = { ...realOver(tally, open, 2), log };
        await fc.asyncModelRun(() => ({ model, real }), commands as Iterable<fc.AsyncCommand<Model<Tally>, typeof real>>);
        for (const [index, stream] of real.streams.entries()) {
          const stored = log.items(streamName(stream)).map(fromItem);
          expect(stored.map(({ commandId }) => commandId)).toEqual(model.streams[index]?.map(({ commandId }) => commandId));
        }
      },
    ),
    runs(60),
  );
});

/** Something that befalls the log. */
const incident = (run: (real: Real<Tally> & { readonly log: ReturnType<typeof openLog> }) => void, title: string) => ({
  check: () => true,
  run: async (_: Model<Tally>, real: Real<Tally> & { readonly log: ReturnType<typeof openLog> }) => run(real),
  toString: () => title,
});

const realOver = <D extends typeof tally | typeof badge>(decider: D, open: () => EventStore, streams: number): Real<D> => ({
  decider,
  streams: Array.from({ length: streams }, () => newStream(decider.name)),
  open,
  instances: [newInstance(open()), newInstance(open()), newInstance(open())],
});

const namesModel = (open: () => () => EventStore, numRuns: { numRuns: number }, maxCommands: number) => {
  const { sending, repeating, restarting } = steps<typeof badge>(badgeCommand, 3);
  return fc.assert(
    fc.asyncProperty(
      fc.commands([sending, sending, repeating, restarting], { maxCommands, size: 'max' }),
      fc.uuid(),
      async (commands, run) => {
        const own = open();
        const model = emptyModel(badge, 3);
        const real = realOver({ ...badge, claims: ({ names }) => names.map((name) => `${name} of ${run}`) } as typeof badge, own, 3);
        await fc.asyncModelRun(() => ({ model, real }), commands);
        for (const [index, stream] of real.streams.entries()) {
          const { commits } = await loadAll(own(), stream);
          expect(commits.map(({ commandId }) => commandId)).toEqual(model.streams[index]?.map(({ commandId }) => commandId));
        }
      },
    ),
    numRuns,
  );
};

test('model: any sequence of claims and releases gives each name to one stream at a time', () =>
  namesModel(
    () => {
      const store = memoryEventStore(() => new Date());
      return () => store;
    },
    runs(150),
    60,
  ));

let tables: { readonly table: string; readonly names: string };
beforeAll(async () => {
  tables = { table: await createEventsTable(), names: await createNamesTable() };
});

test('model: the same on DynamoDB', () => {
  const client = engineClient();
  return namesModel(() => () => dynamoEventStore({ client, ...tables, now: () => new Date() }), runs(8), 30);
});
