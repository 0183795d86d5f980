import { beforeEach, describe, expect, test } from '@jest/globals';
import { memoryEventStore } from '../../../adapters/event-log/memory-event-store.ts';
import { booking, domain, reception, room, till } from '../../../test/stay/index.ts';
import { handlerOn } from '../../../test/support/handling.ts';
import { memoryFates } from '../../../test/support/saga-fates.ts';
import type { Message, Recorded } from '../../basics/messages.ts';
import { type Address, streamName } from '../../basics/stream.ts';
import { type EventStore, recorded } from '../../log/event-store.ts';
import type { AnyDecider } from '../../write/decider.ts';
import type { SagaFates } from '../fates.ts';
import type { AnyInterruption } from '../interruption.ts';
import type { SagaTaskRequest, TaskAnswer, WaitingStep } from '../ports.ts';
import type { AnySaga } from '../saga.ts';
import { sagaInterrupter } from './interrupter.ts';
import { sagaListener } from './listener.ts';
import { startOf } from './run.ts';
import { sagaStep } from './step.ts';

/** All that a step and the listener reach. Each time is a second later than the one before. */
let eventStore: EventStore;
let seconds: number;
let fates: SagaFates;
let waiting: Map<string, WaitingStep>;
let answers: [string, TaskAnswer][];
let tooLate: string[];
let interpose: (io: string) => Promise<void>;
let ids = 0;

const tokens = {
  put: async (one: WaitingStep) => {
    waiting.set(one.token, one);
    await interpose('put done');
  },
  waitingOn: async (on: Address) => [...waiting.values()].filter(({ stream }) => streamName(stream) === streamName(on)),
  delete: async ({ token }: WaitingStep) => void waiting.delete(token),
};
const executions = {
  answer: async (token: string, answer: TaskAnswer) => {
    await interpose('answer');
    answers.push([token, answer]);
  },
  stop: async () => {},
};
const step = (call: SagaTaskRequest, sagas: readonly AnySaga[] = domain.sagas ?? []) =>
  sagaStep({
    sagas,
    handle: async (...request) => {
      await interpose('handle');
      const answer = await handlerOn(eventStore)(...request);
      await interpose('handle done');
      return answer;
    },
    eventStore: {
      read: async (...range) => {
        await interpose('read');
        const page = await eventStore.read(...range);
        await interpose('read done');
        return page;
      },
    },
    ...{ tokens, fates, executions, stops: executions },
    callOperator: async () => {},
    now: () => new Date(0),
  })(call);

const hear = async (event: Recorded, sagas: readonly AnySaga[] = domain.sagas ?? []) => {
  await sagaInterrupter({ sagas, fates, executions, onTooLate: (_, late) => void tooLate.push(late.event) })(event);
  await sagaListener({ sagas, tokens, executions })(event);
};
const eventsOf = async (aggregate: string, id: string): Promise<Recorded[]> =>
  (await eventStore.read({ aggregate, id }, { from: 1, limit: 100 })).commits.flatMap(recorded);
const lastOf = async (aggregate: string, id: string) => (await eventsOf(aggregate, id)).at(-1) as Recorded;
const does = async (decider: AnyDecider, id: string, command: Message): Promise<Recorded> => {
  await handlerOn(eventStore)(decider, { id }, { commandId: `other-${ids++}`, command, correlationId: 'c', causationId: 'c' } as never);
  return lastOf(decider.name, id);
};
const cancel = () => does(booking, '7', { type: 'CancelBooking', data: { reason: 'ill' } });
const closeRoom = () => does(room, 'blue', { type: 'CloseRoom', data: {} });
const receive = () => does(till, '7', { type: 'ReceiveMoney', data: {} });
const typesOf = async (decider: AnyDecider, id: string) => (await eventsOf(decider.name, id)).map(({ type }) => type);

let input: SagaTaskRequest['input'];
const task = (name: string, more: Partial<SagaTaskRequest> = {}): SagaTaskRequest => ({
  ...{ saga: 'reception', revision: 1, execution: 'run', input, token: name, does: 'send', step: name, index: 0, isInterruptible: true },
  ...more,
});
const said = () => answers.map(([, answer]) => answer);

beforeEach(async () => {
  seconds = 0;
  eventStore = memoryEventStore(() => new Date(++seconds * 1000));
  fates = memoryFates();
  waiting = new Map();
  answers = [];
  tooLate = [];
  interpose = async () => {};
  await closeRoom(); // It was closed and opened again, before the booking.
  const started = await does(booking, '7', { type: 'RequestBooking', data: { guestId: 'ada', roomId: 'blue', cents: 100 } });
  input = startOf(reception, started) as SagaTaskRequest['input'];
});

const once =
  (word: string, act: () => Promise<unknown>): typeof interpose =>
  async (io) => {
    if (io !== word) return;
    interpose = async () => {};
    await act();
  };

describe('an event that interrupts a saga', () => {
  test('before it began is obeyed at the first step, whether or not its notice arrives', async () => {
    await cancel();
    await step(task('HoldRoom'));
    expect(said()).toEqual([{ interrupted: 'ill' }]);
    expect(await typesOf(room, 'blue')).toEqual(['RoomClosed']);
    expect(await fates.of('run')).toEqual({ fate: { interruptedBy: 'booking-7@2', reason: 'ill' }, tooLate: [] });
  });

  test('of another stream counts from the time at which the first event was recorded', async () => {
    await step(task('HoldRoom'));
    await closeRoom();
    await step(task('TakeMoney'));
    expect(said()).toEqual([{ proceed: true }, { interrupted: 'the room is closed' }]);
  });

  test('is the first of several, by their times, and may be far behind in a busy stream of another aggregate', async () => {
    await closeRoom();
    await cancel();
    for (let index = 0; index < 120; index++) await does(room, 'blue', { type: 'FreeRoom', data: { bookingId: `other-${index}` } });
    await step(task('HoldRoom'));
    expect(said()).toEqual([{ interrupted: 'the room is closed' }]);
  });

  test('while a step is under way is obeyed before the next: the step itself is done', async () => {
    interpose = once('handle', cancel);
    await step(task('HoldRoom'));
    await step(task('TakeMoney'));
    expect(said()).toEqual([{ proceed: true }, { interrupted: 'ill' }]);
    expect(await typesOf(till, '7')).toEqual([]);
  });

  test('before a later try of a step takes the step back too: the first try may have acted', async () => {
    await cancel();
    await step(task('HoldRoom', { isRetry: true }));
    expect(said()).toEqual([{ interrupted: 'ill', midway: true }]);
  });

  test('wakes a step that waits, at once', async () => {
    await step(task('TakeMoney'));
    expect(said()).toEqual([]);
    await hear(await cancel());
    expect(answers).toEqual([['TakeMoney', { interrupted: 'ill', midway: true }]]);
  });

  test.each(['read', 'read done', 'put done', 'handle done'])('wakes a step that is about to wait, whenever it comes: %s', async (io) => {
    interpose = once(io, async () => hear(await cancel()));
    await step(task('TakeMoney'));
    await hear(await lastOf('booking', '7')); // Its notice, at the latest.
    expect(said()[0]).toMatchObject({ interrupted: 'ill' });
  });

  test('takes effect once, if it is heard twice, or by a function that dies between the decision and the answer', async () => {
    await step(task('TakeMoney'));
    const event = await cancel();
    interpose = once('answer', () => Promise.reject(new Error('killed')));
    await expect(hear(event)).rejects.toThrow('killed');
    await hear(event);
    await hear(event);
    expect(answers).toEqual([['TakeMoney', { interrupted: 'ill', midway: true }]]);
    expect(await fates.of('run')).toMatchObject({ fate: { interruptedBy: 'booking-7@2' } });
  });

  test('and an awaited event meanwhile: the step goes on, and the next obeys', async () => {
    await step(task('TakeMoney'));
    await cancel(); // Its notice is late.
    await hear(await receive());
    await step(task('Confirm'));
    await hear(await lastOf('booking', '7'));
    expect(said().slice(0, 2)).toEqual([{ proceed: true }, { interrupted: 'ill' }]);
    expect(await typesOf(booking, '7')).toEqual(['BookingRequested', 'BookingCancelled']);
    expect(tooLate).toEqual([]);
  });

  test('is passed on to an operator by code that does not know the revision', async () => {
    await step(task('TakeMoney'));
    const other: AnySaga = { ...(reception as AnySaga), revision: 2 };
    await hear(await cancel(), [other]);
    expect(said()).toEqual([{ unknown: "this release has no revision 1 of the saga 'reception'" }]);
  });
});

describe('the point of no return and an interruption are decided by one write:', () => {
  /** When the event comes, and whether its notice is heard at once; what the step answers, and whether the event is told to be too late. */
  test.each<[string, string, TaskAnswer, readonly string[]]>([
    ['before the log is read', 'read', { interrupted: 'the room is closed' }, []],
    ['after the log was read, and its notice is faster', 'read done', { interrupted: 'the room is closed' }, []],
    ['after the decision', 'handle', { proceed: true }, ['room-blue@2']],
    ['after the command', 'handle done', { proceed: true }, ['room-blue@2']],
    ['after the end', 'never', { proceed: true }, ['room-blue@2']],
  ])('%s', async (_, io, answer, late) => {
    let closed: Recorded | undefined;
    const close = async () => {
      closed = await closeRoom();
      await hear(closed);
    };
    interpose = io === 'read done' ? afterReads(2, close) : once(io, close);
    await step(task('Confirm'));
    if (closed === undefined) await close();
    for (const __ of [1, 2]) await hear(closed as unknown as Recorded);
    expect(said()).toEqual([answer]);
    expect([...new Set(tooLate)]).toEqual(late);
    const { tooLate: stored } = await fates.of('run');
    expect(stored.map(({ event }) => event)).toEqual(late);
    expect(await typesOf(booking, '7')).toEqual('proceed' in answer ? ['BookingRequested', 'BookingConfirmed'] : ['BookingRequested']);
  });

  /** After as many reads: the step reads one stream after the other. */
  const afterReads = (reads: number, act: () => Promise<unknown>): typeof interpose => {
    let left = reads;
    return async (io) => {
      if (io === 'read done' && --left === 0) await act();
    };
  };

  test('a later try keeps to the decision of the first', async () => {
    interpose = once('handle done', () => Promise.reject(new Error('killed')));
    await expect(step(task('Confirm'))).rejects.toThrow('killed');
    await closeRoom();
    await step(task('Confirm', { isRetry: true }));
    expect(said()).toEqual([{ proceed: true }]);
    expect(await fates.of('run')).toMatchObject({ fate: { passed: true }, tooLate: [{ event: 'room-blue@2' }] });
  });

  test('a first try that was overtaken by an interrupted one does not act', async () => {
    let isOvertaken = false;
    const late = fates;
    fates = {
      ...late,
      decide: async (execution, fate) => {
        if (!isOvertaken) {
          isOvertaken = true;
          await closeRoom();
          await step(task('Confirm', { token: 'second', isRetry: true }));
        }
        return late.decide(execution, fate);
      },
    };
    await step(task('Confirm'));
    expect(said()).toEqual([{ interrupted: 'the room is closed' }, { interrupted: 'the room is closed' }]);
    expect(await typesOf(booking, '7')).toEqual(['BookingRequested']);
  });

  test.each([
    ['goes back', cancel, { interrupted: 'ill' }],
    ['is over', async () => {}, { proceed: true }],
  ])('a saga whose last step can be undone decides when all its steps are done: it %s', async (_, act, answer) => {
    await act();
    await step(task('', { does: 'close' }));
    expect(said()).toEqual([answer]);
  });
});

describe('nothing interrupts', () => {
  test('a run whose machine does not know the answer', async () => {
    await cancel();
    const { isInterruptible: _, ...old } = task('HoldRoom');
    await step(old);
    expect(said()).toEqual([{ proceed: true }]);
  });

  test.each(['undo', 'abort', 'look'] as const)('the way back, and the look for a late answer: %s', async (way) => {
    await cancel();
    await step(task('TakeMoney', { does: way, failed: {} }));
    expect(said()).not.toContainEqual(expect.objectContaining({ interrupted: expect.anything() }));
  });

  test('a run by an event from before it began', async () => {
    await step(task('TakeMoney'));
    await hear((await eventsOf('room', 'blue'))[0] as Recorded);
    expect(said()).toEqual([]);
  });

  test.each<[string, Partial<AnyInterruption>]>([
    ['whose row says no', { does: () => undefined }],
    ['that has no aggregate of the event', { id: () => undefined }],
  ])('a run %s', async (_, row) => {
    const interruptedBy = { BookingCancelled: { of: booking, id: () => '7', does: () => ({ abort: '' }), ...row } };
    const saga: AnySaga = { ...(reception as AnySaga), interruptedBy };
    await hear(await cancel(), [saga]);
    await step(task('HoldRoom'), [saga]);
    expect(said()).toEqual([{ proceed: true }]);
  });
});

test('the time of the first event is read where the input does not have it', async () => {
  const { at: _, ...older } = input;
  await closeRoom();
  await step(task('HoldRoom', { input: older }));
  expect(said()).toEqual([{ interrupted: 'the room is closed' }]);
});
