import { beforeAll, describe, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { dynamoParkedCommands } from '../../adapters/processes/dynamo-parked-commands.ts';
import { dynamoPositions } from '../../adapters/schedules/dynamo-positions.ts';
import { cron } from '../../core/schedules/schedule.ts';
import { sendDue } from '../../core/schedules/sending.ts';
import { foldingOf } from '../../core/write/decider.ts';
import { createEventsTable, createParkedCommandsTable, createPositionsTable, engineClient } from '../support/dynamo.ts';
import { eachFault } from '../support/each-fault.ts';
import { type Strike, trouble, troubled } from '../support/faults.ts';
import { handlerOn } from '../support/handling.ts';
import { request } from '../support/requests.ts';
import { bell, ring } from '../tower/index.ts';

// Each time rings once, whatever happens to the requests on the way. As Lambda does it: a message is delivered again until the function has
// not failed, by another process if the first one died.

let tables: { readonly events: string; readonly parked: string; readonly positions: string };
beforeAll(async () => {
  const [events, parked, positions] = await Promise.all([createEventsTable(), createParkedCommandsTable(), createPositionsTable()]);
  tables = { events, parked, positions };
});

const storeOn = ({ on } = trouble()) => dynamoEventStore({ client: troubled(on), table: tables.events, now: () => new Date() });

const start = Date.UTC(2026, 5, 1);
const hour = 3_600_000;

let rounds = 0;
/** A bell that has rung at midnight, and its schedule. */
const scene = async (isDown: boolean) => {
  const name = `ring-${++rounds}`;
  const schedule = { ...ring, name, every: cron('0 * * * *'), sends: ring.sends };
  const own = {
    ...schedule,
    sends: (time: { readonly scheduledAt: string }) => {
      const sent = ring.sends(time) as { readonly sends: { readonly id: string } };
      return { ...sent, sends: { ...sent.sends, id: name } } as ReturnType<typeof ring.sends>;
    },
  };
  const functionOn = (told = trouble()) => ({
    ...{ schedules: [own], handle: handlerOn(storeOn(told)), now: () => new Date(start + 2 * hour) },
    positions: dynamoPositions({ client: troubled(told.on), table: tables.positions }),
    parked: dynamoParkedCommands({ client: troubled(told.on), table: tables.parked }),
    ...{ onLeftOut: () => {}, onParked: () => {} },
  });
  await sendDue(functionOn())({ schedule: name, scheduledAt: new Date(start), isRepeated: false });
  if (isDown) await handlerOn(storeOn())(bell, { id: name }, request({ type: 'TakeDown', data: {} }));
  return {
    due: (told?: ReturnType<typeof trouble>, isRepeated = false) =>
      sendDue(functionOn(told))({ schedule: name, scheduledAt: new Date(start + 2 * hour), isRepeated }),
    outcome: async () => ({
      strokes: (await storeOn().load({ aggregate: 'bell', id: name }, foldingOf(bell), 'strong')).state.strokes,
      sentUntil: (await dynamoPositions({ client: engineClient(), table: tables.positions }).get(name))?.sentUntil.slice(11, 16),
      parked: (await listOf(name)).sort(),
    }),
  };
};

const listOf = async (name: string): Promise<string[]> => {
  const found: string[] = [];
  const parked = dynamoParkedCommands({ client: engineClient(), table: tables.parked });
  for await (const { cause, code } of parked.all(`schedule:${name}`)) found.push(`${cause.slice(11, 16)} ${code}`);
  return found;
};

const isDone = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

const trials = {
  'a time, and the one that was missed before it': {
    isDown: false,
    // The position; the bell, the missed time, the position; the bell, the time itself, the position.
    requests: ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'Query', 'PutItem', 'UpdateItem'],
    outcome: { strokes: 3, sentUntil: '02:00', parked: [] },
  },
  'both are refused and parked': {
    isDown: true,
    // A refusal is confirmed on a strongly consistent read.
    requests: ['GetItem', 'Query', 'Query', 'PutItem', 'UpdateItem', 'Query', 'Query', 'PutItem', 'UpdateItem'],
    outcome: { strokes: 1, sentUntil: '02:00', parked: ['01:00 NotHung', '02:00 NotHung'] },
  },
} as const;

type Trial = (typeof trials)[keyof typeof trials];

/** Answers what was requested before the time was delivered again. */
const deliver = async ({ isDown, outcome }: Trial, ...strikes: readonly Strike[]): Promise<readonly string[]> => {
  const played = await scene(isDown);
  const told = trouble(...strikes);
  const done = await isDone(played.due(told));
  const requests = [...told.requests];
  if (done) expect(await played.outcome()).toEqual(outcome);
  for (let again = 0; again < 2; again++) await played.due(undefined, true);
  expect(await played.outcome()).toEqual(outcome);
  return requests;
};

describe.each(Object.entries(trials))('%s', (_, trial) => {
  test('with the expected requests', async () => expect(await deliver(trial)).toEqual(trial.requests));

  eachFault('once, whichever of its requests is met by: %s', async (fault) => {
    for (const [index] of trial.requests.entries()) await deliver(trial, { fault, at: index + 1 });
  });
});
