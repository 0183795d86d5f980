import { beforeAll, describe, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { dynamoParkedCommands } from '../../adapters/processes/dynamo-parked-commands.ts';
import { Unavailable } from '../../core/basics/errors.ts';
import { findEvent } from '../../core/log/find-event.ts';
import { eventsOf, remindersOf } from '../../core/registry/domain.ts';
import { auditReminders, nothingCompared } from '../../core/reminders/auditing.ts';
import type { Scheduled, Schedules } from '../../core/reminders/ports.ts';
import { fireReminder, hearReminders, remindAgain } from '../../core/reminders/reminding.ts';
import { foldingOf } from '../../core/write/decider.ts';
import { account, domain, stay } from '../inn/index.ts';
import { day, hour, schedulesIn } from '../inn/service.ts';
import { createEventsTable, createParkedCommandsTable, engineClient } from '../support/dynamo.ts';
import { eachFault } from '../support/each-fault.ts';
import { type Strike, trouble, troubled } from '../support/faults.ts';
import { handlerOn } from '../support/handling.ts';
import { request } from '../support/requests.ts';

// Each time is scheduled, each command is sent once, and what is refused is parked, whatever happens to the requests on the way. A notice
// and the message of a schedule are delivered again until the function has not failed, by another process if the first one died.

let events: string;
let parkedTable: string;
beforeAll(async () => {
  [events, parkedTable] = await Promise.all([createEventsTable(), createParkedCommandsTable()]);
});

const storeOn = ({ on } = trouble()) => dynamoEventStore({ client: troubled(on), table: events, now: () => new Date() });

interface Scene {
  readonly event: string;
  readonly schedules: ReturnType<typeof schedulesIn>;
}

/** The function as a new process has it: all of its connections to DynamoDB have the same trouble. */
const functionOn = ({ schedules }: Scene, told = trouble(), reached: Schedules = schedules.store, now = () => new Date()) => {
  const eventStore = storeOn(told);
  const ports = {
    ...{ reminders: remindersOf(domain), eventStore, handle: handlerOn(eventStore), schedules: reached, now },
    parked: dynamoParkedCommands({ client: troubled(told.on), table: parkedTable }),
    ...{ onTooLate: () => {}, onParked: () => {}, onFinding: () => {} },
  };
  const find = findEvent({ eventsOf: eventsOf(domain), eventStore });
  return {
    hear: async (id: string, isRepeated: boolean) => hearReminders(ports)(await find(id), { isRepeated }),
    fire: (one: Scheduled, isRepeated: boolean) => fireReminder(ports)(one, { isRepeated }),
    again: (id: string) => remindAgain(ports)('reminder:no-show', id),
    audit: () => auditReminders(ports)(nothingCompared, new Date(now().getTime() + hour)),
  };
};

let rounds = 0;
const scene = async (isClosed: boolean, milliseconds: number) => {
  const id = `faults${++rounds}`;
  const send = handlerOn(storeOn());
  if (isClosed) await send(account, { id: `ada${id}` }, request({ type: 'CloseAccount', data: {} }));
  const until = new Date(Date.now() + milliseconds).toISOString();
  await send(stay, { id }, request({ type: 'BookStay', data: { until, guestId: `ada${id}` } }));
  const event = `stay-${id}@1`;
  const schedules = schedulesIn();
  const parked = dynamoParkedCommands({ client: engineClient(), table: parkedTable });
  return {
    ...{ event, schedules, at: until },
    open: () => send(account, { id: `ada${id}` }, request({ type: 'OpenAccount', data: {} })),
    outcome: async () => ({
      noShows: (await storeOn().load({ aggregate: 'stay', id }, foldingOf(stay), 'strong')).state.noShows,
      cents: (await storeOn().load({ aggregate: 'account', id: `ada${id}` }, foldingOf(account), 'strong')).state.cents,
      parked: (await parked.of('reminder:no-show', event)).map(({ place, code }) => `${place} ${code}`),
      scheduled: schedules.all().length,
    }),
  };
};

const isDone = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

// The event, what counts, the state, what counts in it; then each command: the look at its stream, and the append.
const sending = ['Query', 'Query', 'Query', 'Query', 'PutItem', 'Query', 'PutItem'];
const trials = {
  'a time that is ahead is scheduled': {
    ...{ isClosed: false, milliseconds: day, requests: ['Query', 'Query'] },
    outcome: { noShows: 0, cents: 0, parked: [], scheduled: 1 },
  },
  'a time that is past is sent': {
    ...{ isClosed: false, milliseconds: -hour, requests: ['Query', ...sending] },
    outcome: { noShows: 1, cents: 100, parked: [], scheduled: 0 },
  },
  'a command is refused and parked': {
    // The refusal is confirmed on a strongly consistent read.
    ...{ isClosed: true, milliseconds: -hour, requests: ['Query', ...sending.slice(0, 5), 'Query', 'Query', 'PutItem'] },
    outcome: { noShows: 1, cents: 0, parked: ['1 AccountClosed'], scheduled: 0 },
  },
} as const;

type Trial = (typeof trials)[keyof typeof trials];

/** Answers what was requested before the notice was delivered again. */
const hear = async ({ isClosed, milliseconds, outcome }: Trial, ...strikes: readonly Strike[]): Promise<readonly string[]> => {
  const played = await scene(isClosed, milliseconds);
  const told = trouble(...strikes);
  const done = await isDone(functionOn(played, told).hear(played.event, false));
  const requests = [...told.requests];
  if (done) expect(await played.outcome()).toEqual(outcome);
  for (let again = 0; again < 2; again++) await functionOn(played).hear(played.event, true);
  expect(await played.outcome()).toEqual(outcome);
  return requests;
};

describe.each(Object.entries(trials))('%s', (_, trial) => {
  test('with the expected requests', async () => expect(await hear(trial)).toEqual(trial.requests));

  eachFault('once, whichever of its requests is met by: %s', async (fault) => {
    for (const [index] of trial.requests.entries()) await hear(trial, { fault, at: index + 1 });
  });
});

describe('a schedule fires', () => {
  /** Answers what was requested before its message was delivered again. */
  const fire = async (...strikes: readonly Strike[]): Promise<readonly string[]> => {
    const played = await scene(false, -1000);
    const one = { process: 'reminder:no-show', event: played.event, at: played.at };
    const told = trouble(...strikes);
    await isDone(functionOn(played, told).fire(one, false));
    const requests = [...told.requests];
    for (let again = 0; again < 2; again++) await functionOn(played).fire(one, true);
    expect(await played.outcome()).toEqual({ noShows: 1, cents: 100, parked: [], scheduled: 0 });
    return requests;
  };
  test('with the expected requests', async () => expect(await fire()).toEqual(sending));
  eachFault('and acts once, whichever of the requests is met by: %s', async (fault) => {
    for (const [index] of sending.entries()) await fire({ fault, at: index + 1 });
  });
});

describe('the Scheduler', () => {
  const refused = async () => {
    throw new Unavailable('not executed');
  };
  const unheard =
    (does: (one: Scheduled) => Promise<unknown>) =>
    async (one: Scheduled): Promise<never> => {
      await does(one);
      throw new Unavailable('executed, unheard');
    };
  test.each(['not executed', 'executed, unheard'])('answers the making of a schedule with an error: %s', async (how) => {
    const played = await scene(false, day);
    const { store } = played.schedules;
    const reached = { ...store, ensure: how === 'not executed' ? refused : unheard(store.ensure) };
    expect(await isDone(functionOn(played, trouble(), reached).hear(played.event, false))).toBe(false);
    await functionOn(played).hear(played.event, true);
    expect(await played.outcome()).toMatchObject({ scheduled: 1 });
  });

  test.each(['not executed', 'executed, unheard'])('answers the deletion of one with an error: %s', async (how) => {
    const played = await scene(false, day);
    await functionOn(played).hear(played.event, false);
    await handlerOn(storeOn())(stay, { id: played.event.slice(5, -2) }, request({ type: 'CancelStay', data: {} }));
    const { store } = played.schedules;
    const reached = { ...store, delete: how === 'not executed' ? refused : unheard(store.delete as never) } as Schedules;
    const cancelled = played.event.replace('@1', '@2');
    expect(await isDone(functionOn(played, trouble(), reached).hear(cancelled, false))).toBe(false);
    await functionOn(played).hear(cancelled, true);
    expect(await played.outcome()).toMatchObject({ scheduled: 0 });
  });
});

describe('an operator has a parked command sent again', () => {
  const retry = async (...strikes: readonly Strike[]): Promise<readonly string[]> => {
    const played = await scene(true, -hour);
    await functionOn(played).hear(played.event, false);
    await played.open();
    const told = trouble(...strikes);
    await isDone(functionOn(played, told).again(played.event));
    const requested = [...told.requests];
    await functionOn(played).again(played.event);
    expect(await played.outcome()).toEqual({ noShows: 1, cents: 100, parked: [], scheduled: 0 });
    return requested;
  };
  // The state, what counts in it, what is parked, the first command that was carried out, the second one, and the row that is taken out.
  const requests = ['Query', 'Query', 'Query', 'Query', 'Query', 'PutItem', 'DeleteItem'];
  test('and it is parked no more', async () => expect(await retry()).toEqual(requests));
  eachFault('and it acts once, whichever of the requests is met by: %s', async (fault) => {
    for (const [index] of requests.entries()) await retry({ fault, at: index + 1 });
  });
});
