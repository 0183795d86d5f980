import { beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { memoryEventStore } from '../../../adapters/event-log/memory-event-store.ts';
import { tailCache } from '../../../adapters/event-log/tail-cache.ts';
import { toSagaCall } from '../../../adapters/lambda/saga-events.ts';
import { handlerOn } from '../../../test/support/handling.ts';
import { request } from '../../../test/support/requests.ts';
import { add, tally } from '../../../test/support/tally.ts';
import type { Address } from '../../basics/stream.ts';
import { type EventStore, recallWindow, recorded } from '../../log/event-store.ts';
import type { TaskAnswer } from '../ports.ts';
import { defineSaga } from '../saga.ts';
import { sagaStep } from './step.ts';

// A saga whose every command adds each time that it is carried out, and a stream that has forgotten the command when it is tried again.

const counting = defineSaga({
  name: 'counting',
  context: z.object({ total: z.string(), items: z.array(z.object({ amount: z.int() })) }),
  startsOn: { of: tally, event: 'Added', context: () => ({ total: 't', items: [] }) },
  steps: {
    CountEach: {
      forEach: 'items',
      to: tally,
      send: ({ amount }, { total }) => ({ id: total, type: 'Add', data: { amounts: [amount] } }),
      undo: ({ amount }, { total }) => ({ id: total, type: 'Add', data: { amounts: [-amount] } }),
    },
    Count: {
      to: tally,
      send: ({ total }) => ({ id: total, type: 'Add', data: { amounts: [30] } }),
      undo: ({ total }) => ({ id: total, type: 'Add', data: { amounts: [-30] } }),
    },
  },
  onAbort: { to: tally, send: ({ total }) => ({ id: total, type: 'Add', data: { amounts: [40] } }) },
});
const began: Address = { aggregate: 'tally', id: 'began' };
const total: Address = { aggregate: 'tally', id: 't' };
const context = { total: 't', items: [{ amount: 10 }, { amount: 20 }] };
const task = { saga: 'counting', execution: 'e', input: { event: 'tally-began@1', correlationId: 'c', context }, token: 't' };
/** As a machine of this release, one of an earlier release, and one that was redriven say that a task is tried again. */
const retried = { entered: { Name: 's', EnteredTime: '2026-01-01T10:00:00.000Z', RetryCount: 1 }, redrives: 0 };
const again: Readonly<Record<string, object>> = {
  'by the retrier of its machine': retried,
  'by a machine of an earlier release': {},
  'in an execution that was redriven': { entered: { ...retried.entered, RetryCount: 0 }, redrives: 1 },
  'in an execution that another stack has begun before': { ...retried, entered: { ...retried.entered, RetryCount: 0 }, again: true },
  'after an operator': { ...retried, entered: { ...retried.entered, RetryCount: 0 }, told: { stuck: { Error: 'States.Timeout' } } },
};
const tasks: readonly (readonly [string, object, number])[] = [
  ['a step', { does: 'send', step: 'Count', index: 0 }, 30],
  ['the first item of a list', { does: 'send', step: 'CountEach', index: 0 }, 10],
  ['the second item of a list', { does: 'send', step: 'CountEach', index: 1 }, 20],
  ['an undo', { does: 'undo', step: 'Count', index: 0 }, -30],
  ['the undo of an item', { does: 'undo', step: 'CountEach', index: 1 }, -20],
  ['the last command', { does: 'abort', failed: {} }, 40],
];

let now: Date;
let eventStore: EventStore;
let answers: TaskAnswer[];
let reads: number;
beforeEach(async () => {
  now = new Date('2026-01-01T09:00:00.000Z');
  eventStore = memoryEventStore(() => now);
  answers = [];
  reads = 0;
  await handlerOn(eventStore)(tally, began, request(add(1)));
});

const step = (payload: object, handle = handlerOn(eventStore)) =>
  sagaStep({
    ...{ sagas: [counting], handle, now: () => new Date(0), callOperator: async () => {} },
    eventStore: {
      read: (...range) => {
        reads += 1;
        return eventStore.read(...range);
      },
    },
    tokens: { put: async () => {}, waitingOn: async () => [], delete: async () => {} },
    executions: { answer: async (_, answer) => void answers.push(answer) },
    stops: { stop: async () => {} },
  })(toSagaCall(withAgain({ ...task, ...payload })));
const withAgain = ({ again: isAgain, ...payload }: typeof task & { readonly again?: boolean }) =>
  isAgain ? { ...payload, input: { ...payload.input, again: true } } : payload;
const others = async (count: number): Promise<void> => {
  const handle = handlerOn(eventStore, tailCache({ maxEntries: 1, maxBytes: 1_000_000 }));
  for (let time = 0; time < count; time++) await handle(tally, total, request(add(0)));
};
const amounts = async (): Promise<readonly number[]> => {
  const all: number[] = [];
  for (let from: number | undefined = 1; from !== undefined; ) {
    const { commits, next }: Awaited<ReturnType<EventStore['read']>> = await eventStore.read(total, { from, limit: 1000 });
    all.push(...commits.flatMap(recorded).map(({ data }) => (data as { amount: number }).amount));
    from = next;
  }
  return all.filter((amount) => amount !== 0);
};
const first = { entered: { ...retried.entered, RetryCount: 0 }, redrives: 0 };

describe.each(tasks)('%s that is tried again 1,000 commits later', (_, does, amount) => {
  test.each(Object.entries(again))('%s has its effect once', async (__, more) => {
    // The machine does not hear of the first try: its answer is lost.
    await step({ ...does, ...first });
    await others(1000);
    now = new Date('2026-01-02T10:00:00.000Z');
    await step({ ...does, ...more });
    expect(await amounts()).toEqual([amount]);
    expect(answers).toEqual([{ proceed: true }, { proceed: true }]);
  });

  test('would have it twice, by one event, without the look', async () => {
    await step({ ...does, ...first });
    await others(1000);
    const blind = handlerOn(eventStore);
    await step({ ...does, ...retried }, (decider, to, { tries: _tries, ...asked }) => blind(decider, to, asked as never));
    expect(await amounts()).toEqual([amount, amount]);
  });

  test('has its effect if the first try was never carried out', async () => {
    await others(1000);
    await step({ ...does, ...retried });
    expect(await amounts()).toEqual([amount]);
  });

  test('reads no event for its first try', async () => {
    await others(recallWindow + 1);
    reads = 0;
    // The machine does not say of the last command that it is sent for the first time.
    const isLast = 'failed' in does;
    await step({ ...does, ...(isLast ? {} : first) });
    expect(reads).toBe(isLast ? 1 : 0);
  });
});
