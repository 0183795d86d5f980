import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CommitLog } from '../../adapters/event-log/commit-log.ts';
import { eventStore } from '../../adapters/event-log/store-on-commit-log.ts';
import { Unavailable } from '../../core/basics/errors.ts';
import { streamName } from '../../core/basics/stream.ts';
import type { CommandOf } from '../../core/write/decider.ts';
import { chainOf, hashesOf } from '../support/chain.ts';
import { openLog } from '../support/open-log.ts';
import { newStream, request } from '../support/requests.ts';
import { runs } from '../support/runs.ts';
import { add, clear, close, tally } from '../support/tally.ts';
import { newInstance, outcomeOf } from './model.ts';
import { type Committed, commitOf, faultsIn, type Operation } from './one-history.ts';

const command: fc.Arbitrary<CommandOf<typeof tally>> = fc.oneof(
  { weight: 8, arbitrary: fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 3 }).map((amounts) => add(...amounts)) },
  { weight: 3, arbitrary: fc.constant(clear) },
  { weight: 1, arbitrary: fc.constant(close) },
);
/** What each of several clients asks, one after the other, of which instance, and what becomes of the answer of the put. */
const asking = fc.record({ command, instance: fc.nat(2), tries: fc.integer({ min: 1, max: 2 }) });
const clients = fc.array(fc.array(asking, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 4 });
const losses = fc.infiniteStream(fc.constantFrom('no', 'no', 'no', 'no', 'before', 'after'));

type Loss = 'no' | 'before' | 'after';

/** A log whose every call is a step of the scheduler, before and after; some puts are lost, or their answers. */
const scheduled = (log: CommitLog, scheduler: fc.Scheduler, losses: Iterator<Loss>): CommitLog => {
  const step = (label: string) => scheduler.schedule(Promise.resolve(), label);
  return {
    ...log,
    query: async (...args) => {
      await step('query');
      const page = await log.query(...args);
      await step('query answers');
      return page;
    },
    putNew: async (...args) => {
      const loss = losses.next().value as Loss;
      await step('put');
      if (loss === 'before') throw new Unavailable('lost before');
      const found = await log.putNew(...args);
      await step('put answers');
      if (loss === 'after') throw new Unavailable('lost after');
      return found;
    },
  };
};

test('law: whatever the interleaving and the losses, every answer is one that the stream could have given at a moment of its own time', async () => {
  await fc.assert(
    fc.asyncProperty(clients, fc.nat(2), losses, fc.scheduler(), async (all, lag, lost, scheduler) => {
      const open = openLog();
      open.lag(lag);
      const stream = newStream();
      const log = scheduled(open.log, scheduler, lost as unknown as Iterator<Loss>);
      const instances = [0, 1, 2].map(() => newInstance(eventStore(log, () => new Date())));
      const length = () => open.items(streamName(stream)).length;
      const operations: Operation[] = [];

      const live = async (wishes: (typeof all)[0]): Promise<void> => {
        for (const { command, instance, tries } of wishes) {
          const wish = request(command);
          for (let nth = 0; nth < tries; nth++) {
            const began = length();
            const handle = instances[(instance + nth) % instances.length] as (typeof instances)[0];
            const outcome = await outcomeOf(handle(tally, stream, wish)).catch(asLost);
            operations.push({ wish, began, ended: length(), outcome });
          }
        }
      };
      await scheduler.waitFor(Promise.all(all.map(live)));
      expect(faultsIn(open.items(streamName(stream)).map(commitOf), operations)).toEqual([]);
      expect(hashesOf(open.items(streamName(stream)))).toEqual(chainOf(open.items(streamName(stream))));
    }),
    runs(400),
  );
});

const asLost = (error: Error): undefined => {
  if (error instanceof Unavailable || error.name === 'Conflict') return undefined;
  throw error;
};

describe('the check finds', () => {
  const wish = request(add(1));
  const commits: readonly Committed[] = [
    { commandId: wish.commandId, events: [{ type: 'Added', data: { amount: 1 } }] },
    { commandId: 'other', events: [{ type: 'Closed', data: {} }] },
  ];
  const other: Operation = { wish: { ...request(close), commandId: 'other' }, began: 1, ended: 2, outcome: undefined };
  const answer = (version: number, isRepeated = false) => ({ version, types: ['Added'], isRepeated });
  const operation: Operation = { wish, began: 0, ended: 1, outcome: answer(1) };

  test.each<[string, readonly Committed[], readonly Operation[], number]>([
    ['nothing where all is well', commits, [operation, other], 0],
    ['an event that nobody asked for', commits, [operation], 1],
    ['a lost commit', commits.slice(1), [operation, { ...other, began: 0 }], 1],
    ['a doubled commit', [commits[0], commits[0], commits[1]] as Committed[], [operation, other], 1],
    ['a version that is not so', commits, [{ ...operation, outcome: answer(2) }, other], 1],
    ['a refusal that came too early', commits, [operation, other, { ...operation, wish: request(add(2)), outcome: 'TallyClosed' }], 1],
    [
      'an old "no"',
      commits,
      [operation, other, { wish: request(close), began: 0, ended: 1, outcome: { version: 2, types: [], isRepeated: false } }],
      1,
    ],
    ['a commit that is older than its request', commits, [{ ...operation, began: 1 }, other], 2],
  ])('%s', (_, history, operations, count) => expect(faultsIn(history, operations)).toHaveLength(count));
});
