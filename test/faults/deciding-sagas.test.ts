import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { dynamoSagaTokens } from '../../adapters/sagas/dynamo-saga-tokens.ts';
import { recorded } from '../../core/log/event-store.ts';
import type { SagaTaskRequest, TaskAnswer } from '../../core/sagas/ports.ts';
import { sagaStep } from '../../core/sagas/running/step.ts';
import type { AnySaga } from '../../core/sagas/saga.ts';
import type { AnyDecider } from '../../core/write/decider.ts';
import { bill, calendar, stay } from '../guesthouse/index.ts';
import { createEventsTable, createSagaTable } from '../support/dynamo.ts';
import { faultNames, type Strike, trouble, troubled } from '../support/faults.ts';
import { handlerOn } from '../support/handling.ts';
import { request } from '../support/requests.ts';

// The tasks of a saga that decides. Whatever happens to each of their requests, the try after it answers what the first one would have
// answered, and the command acts once.

let tables: { readonly events: string; readonly waiting: string };
beforeAll(async () => {
  tables = { events: await createEventsTable(), waiting: await createSagaTable() };
});
const now = () => new Date();
const connect = (on = trouble().on) => {
  const client = troubled(on);
  return {
    eventStore: dynamoEventStore({ client, table: tables.events, now }),
    tokens: dynamoSagaTokens({ client, table: tables.waiting, now }),
  };
};

interface Trial {
  readonly call: Partial<SagaTaskRequest>;
  /** What is in the log before. */
  readonly before: (id: string) => Promise<unknown>;
  readonly requests: readonly string[];
  readonly learned: object;
  /** The events of the stream that the task touches, in the end. */
  readonly ends: readonly [aggregate: string, types: readonly string[]];
}
const tell = (decider: AnyDecider, id: string, type: string, data: object) =>
  handlerOn(connect().eventStore)(decider, { id }, request({ type, data }));
const pay = async (id: string) => {
  await tell(bill, id, 'AskPayment', { amountCents: 1 });
  await tell(bill, id, 'ReceivePayment', { receipt: 'r' });
};

const trials: Readonly<Record<string, Trial>> = {
  'a command whose answer teaches': {
    call: { step: 'HoldRoom' },
    before: (id) => tell(calendar, id, 'AddRoom', { roomId: 'r1', nightCents: 90 }),
    requests: ['Query', 'PutItem'],
    learned: { roomId: 'r1', totalCents: 180 },
    ends: ['calendar', ['RoomAdded', 'RoomHeld']],
  },
  'a command whose event teaches': {
    call: { step: 'CreditPoints' },
    before: async () => {},
    requests: ['Query', 'PutItem', 'Query'],
    learned: { pagesLeft: 1 },
    ends: ['points', ['PageCredited']],
  },
  'a wait for an event that is there': {
    call: { step: 'TakePayment' },
    before: pay,
    requests: ['Query', 'PutItem', 'Query', 'DeleteItem'],
    learned: { receipt: 'r' },
    ends: ['bill', ['PaymentAsked', 'PaymentReceived']],
  },
  'a look for an event that nobody told of': {
    call: { step: 'TakePayment', does: 'look' },
    before: pay,
    requests: ['Query', 'Query'],
    learned: { receipt: 'r' },
    ends: ['bill', ['PaymentAsked', 'PaymentReceived']],
  },
};

/** The saga of one house of its own. */
const sagaOf = (id: string): AnySaga => {
  const { HoldRoom, ...steps } = (stay as AnySaga).steps;
  const send = () => ({ id, type: 'HoldRoom', data: { bookingId: id } });
  return { ...stay, steps: { ...steps, HoldRoom: { ...HoldRoom, send } } } as unknown as AnySaga;
};

const play = async ({ call, before, learned, ends: [aggregate, types] }: Trial, ...strikes: readonly Strike[]) => {
  const id = randomUUID();
  await before(id);
  const context = { bookingId: id, guestId: id, nights: 2, pays: 'now', opensAt: '', pagesLeft: 2 };
  const answers: TaskAnswer[] = [];
  const once = async (on: ReturnType<typeof trouble>['on'], isRetry: boolean) => {
    const { eventStore, tokens } = connect(on);
    const executions = { answer: async (_: string, answer: TaskAnswer) => void answers.push(answer), stop: async () => {} };
    const step = sagaStep({
      ...{ sagas: [sagaOf(id)], handle: handlerOn(eventStore), eventStore, tokens, executions, stops: executions },
      ...{ callOperator: async () => {}, now },
    });
    const input = { event: `booking-${id}@1`, correlationId: 'c', context };
    await step({ saga: 'stay', revision: 1, execution: id, does: 'send', index: 0, token: randomUUID(), input, isRetry, ...call });
  };
  const told = trouble(...strikes);
  await once(told.on, false).catch(() => once(trouble().on, true));
  expect(answers.length).toBeGreaterThan(0);
  for (const answer of answers) expect(answer).toEqual({ proceed: true, output: { ...context, ...learned } });
  const { commits } = await connect().eventStore.read({ aggregate, id }, { from: 1, limit: 100 });
  expect(commits.flatMap(recorded).map(({ type }) => type)).toEqual(types);
  expect(told.struck()).toBe(strikes.length);
  return told.requests;
};

describe.each(Object.entries(trials))('%s', (_, trial) => {
  test('sends the expected requests', async () => expect(await play(trial)).toEqual(trial.requests));

  test.each(faultNames)('teaches the same, whichever of its requests meets: %s', async (fault) => {
    for (const at of trial.requests.keys()) await play(trial, { fault, at: at + 1 });
  });
});
