import { describe, expect, test } from '@jest/globals';
import { memoryEventStore } from '../../../adapters/event-log/memory-event-store.ts';
import { bill, calendar, points, stay } from '../../../test/guesthouse/index.ts';
import { handlerOn } from '../../../test/support/handling.ts';
import { request } from '../../../test/support/requests.ts';
import type { Message } from '../../basics/messages.ts';
import { findEvent } from '../../log/find-event.ts';
import type { AnyDecider } from '../../write/decider.ts';
import type { SagaTaskRequest, TaskAnswer, WaitingStep } from '../ports.ts';
import type { AnySaga } from '../saga.ts';
import { sagaListener } from './listener.ts';
import { sagaStep } from './step.ts';

const now = new Date('2026-06-01T00:00:00.000Z');
const context = { bookingId: '42', guestId: 'ada', nights: 2, pays: 'now', opensAt: '', pagesLeft: 2 };

/** The functions of sagas on one log, and what they answer. */
const service = (saga: AnySaga = stay as AnySaga) => {
  const eventStore = memoryEventStore(() => now);
  const handle = handlerOn(eventStore);
  const answers: TaskAnswer[] = [];
  const rows: WaitingStep[] = [];
  const tokens = {
    put: async (row: WaitingStep) => void rows.push(row),
    waitingOn: async ({ aggregate, id }: WaitingStep['stream']) =>
      rows.filter(({ stream }) => stream.aggregate === aggregate && stream.id === id),
    delete: async (row: WaitingStep) => void rows.splice(rows.indexOf(row), 1),
  };
  const executions = { answer: async (_: string, answer: TaskAnswer) => void answers.push(answer), stop: async () => {} };
  const step = sagaStep({
    ...{ sagas: [saga], handle, eventStore, tokens, executions, stops: executions, callOperator: async () => {}, now: () => now },
  });
  const listen = sagaListener({ sagas: [saga], tokens, executions });
  const find = findEvent({ eventStore, eventsOf: () => bill.events });
  const tell = (decider: AnyDecider, id: string, command: Message) => handle(decider, { id }, request(command));
  return {
    rows,
    tell,
    listenTo: async (event: string) => {
      await listen(await find(event));
      return answers.at(-1);
    },
    does: async (call: Partial<SagaTaskRequest>, seen: object = context) => {
      const input = { event: 'booking-42@1', correlationId: 'c', context: seen };
      await step({ saga: 'stay', revision: 1, execution: 'e', does: 'send', index: 0, token: 't', input, ...call });
      return answers.splice(0).at(0);
    },
    asks: (asks: SagaTaskRequest['asks'], name: string, seen: object = context, more: Partial<SagaTaskRequest> = {}) =>
      step({
        ...{ saga: 'stay', revision: 1, execution: 'e', does: 'decide', asks, step: name, token: 't', ...more },
        input: { event: 'booking-42@1', correlationId: 'c', context: seen },
      } as SagaTaskRequest).then(() => answers.splice(0).at(0)),
  };
};
const addRoom = { type: 'AddRoom', data: { roomId: 'r1', nightCents: 90 } };
const withStep = (name: string, fields: object): AnySaga =>
  ({ ...stay, steps: { ...stay.steps, [name]: { ...(stay as AnySaga).steps[name], ...fields } } }) as never;

describe('what a step teaches is the context after it:', () => {
  test('the answer of its command, again for each try', async () => {
    const { tell, does } = service();
    await tell(calendar, 'house', addRoom);
    const learned = { proceed: true, output: { ...context, roomId: 'r1', totalCents: 180 } };
    expect(await does({ step: 'HoldRoom' })).toEqual(learned);
    expect(await does({ step: 'HoldRoom', isRetry: true })).toEqual(learned);
    // The room is held already, and the decision answers anew without an event.
    expect(await does({ step: 'HoldRoom', execution: 'another' })).toEqual(learned);
  });

  test('the events that its command recorded, or the newest if the command has nothing to do', async () => {
    const { does, tell } = service();
    const learned = { proceed: true, output: { ...context, pagesLeft: 1 } };
    expect(await does({ step: 'CreditPoints' })).toEqual(learned);
    await tell(points, 'ada', { type: 'TakePage', data: { page: 7 } });
    expect(await does({ step: 'CreditPoints', execution: 'another' })).toEqual(learned);
  });

  test('a refusal teaches nothing', async () => expect(await service().does({ step: 'HoldRoom' })).toEqual({ refused: 'NoRoomFree' }));

  test('a step that learns nothing answers as before', async () =>
    expect(await service().does({ step: 'AskPayment' })).toEqual({ proceed: true }));

  test('what does not fit the context waits for other code', async () => {
    const { does, tell } = service(withStep('HoldRoom', { learns: { HoldRoom: () => ({ roomId: 7 }) } }));
    await tell(calendar, 'house', addRoom);
    expect(await does({ step: 'HoldRoom' })).toEqual({ unknown: expect.stringContaining("cannot keep what 'HoldRoom' learns") });
  });

  test('as does what is too large for an execution', async () => {
    const learns = { HoldRoom: (_: unknown, known: object) => ({ ...known, roomId: 'x'.repeat(200 * 1024) }) };
    const { does, tell } = service(withStep('HoldRoom', { learns }));
    await tell(calendar, 'house', addRoom);
    expect(await does({ step: 'HoldRoom' })).toEqual({ unknown: expect.stringContaining('the context makes an input of') });
  });
});

describe('a step that only waits', () => {
  const paid = { proceed: true, output: { ...context, receipt: 'r' } };
  const pay = async ({ tell }: ReturnType<typeof service>) => {
    await tell(bill, '42', { type: 'AskPayment', data: { amountCents: 1 } });
    await tell(bill, '42', { type: 'ReceivePayment', data: { receipt: 'r' } });
  };

  test('is answered by an event that came before it', async () => {
    const inn = service();
    await pay(inn);
    expect(await inn.does({ step: 'TakePayment' })).toEqual(paid);
    expect(inn.rows).toEqual([]);
  });

  test('is answered by an event that comes later, with the context that it began with', async () => {
    const inn = service();
    expect(await inn.does({ step: 'TakePayment' })).toBeUndefined();
    expect(inn.rows).toMatchObject([{ stream: { aggregate: 'bill', id: '42' }, since: 1, step: 'TakePayment', timeoutSeconds: 900 }]);
    await pay(inn);
    expect(await inn.listenTo('bill-42@2')).toEqual(paid);
  });

  test('aborts as its row says', async () => {
    const inn = service();
    await inn.does({ step: 'TakePayment' });
    await inn.tell(bill, '42', { type: 'AskPayment', data: { amountCents: 1 } });
    await inn.tell(bill, '42', { type: 'DeclinePayment', data: { reason: 'no money' } });
    expect(await inn.listenTo('bill-42@2')).toEqual({ abort: 'no money' });
  });

  test.each([false, true])('whose time is up finds an event that nobody told it of: %s', async (isInLog) => {
    const inn = service();
    if (isInLog) await pay(inn);
    expect(await inn.does({ does: 'look', step: 'TakePayment' })).toEqual(
      isInLog ? paid : { late: 'TakePayment was not answered in time' },
    );
  });

  test('goes on when it is late, if it says how', async () => {
    const inn = service(withStep('TakePayment', { late: (known: object) => ({ ...known, receipt: 'none' }) }));
    expect(await inn.does({ does: 'look', step: 'TakePayment' })).toEqual({ proceed: true, output: { ...context, receipt: 'none' } });
    await pay(inn);
    expect(await inn.does({ does: 'look', step: 'TakePayment' })).toEqual(paid);
  });
});

describe('what a machine asks of the definition', () => {
  const chosen = (way: string) => ({ proceed: true, output: { way } });
  const round = (way: string, number: number) => ({ proceed: true, output: { way, round: number } });

  test.each([
    ['now', chosen('now')],
    ['never', chosen('free')],
  ])('which branch, if the guest pays %s', async (pays, answer) =>
    expect(await service().asks('choose', 'HowToPay', { ...context, pays })).toEqual(answer),
  );

  test('a branch that the machine does not know waits for other code', async () =>
    expect(await service().asks('choose', 'HowToPay', context, { branches: ['later', 'free'] })).toEqual({
      unknown: "the saga 'stay': HowToPay chooses 'now', which is none of its branches",
    }));

  test.each([
    ['', chosen('no')],
    ['2026-06-02', chosen('yes')],
  ])('whether the step is needed: opens at %j', async (opensAt, answer) =>
    expect(await service().asks('when', 'WaitForOpening', { ...context, opensAt })).toEqual(answer),
  );

  test.each([
    ['2026-06-02', { proceed: true, output: { at: '2026-06-02T00:00:00.000Z' } }],
    ['2026-07-01T00:00:00+00:00', { proceed: true, output: { at: '2026-07-01T00:00:00.000Z' } }],
    ['2026-07-01T00:00:00.001Z', { refused: 'WaitForOpening would wait for more than 30 days' }],
    ['2020-01-01', { proceed: true, output: { at: '2020-01-01T00:00:00.000Z' } }],
    ['soon', { unknown: "the saga 'stay': WaitForOpening waits until 'soon', which is no time in ISO 8601" }],
  ])('until when: %s', async (opensAt, answer) =>
    expect(await service().asks('until', 'WaitForOpening', { ...context, opensAt })).toEqual(answer),
  );

  test.each([
    [2, undefined, round('again', 0)],
    [1, 0, round('again', 1)],
    [0, 1, round('on', 2)],
    [0, undefined, round('on', 0)],
    [1, 3, round('again', 4)],
    [1, 4, { refused: 'CreditPoints would begin more than 5 rounds' }],
    [0, 4, round('on', 5)],
  ])('whether a round begins: %d pages left after round %s', async (pagesLeft, last, answer) =>
    expect(await service().asks('repeat', 'CreditPoints', { ...context, pagesLeft }, last === undefined ? {} : { round: last })).toEqual(
      answer,
    ),
  );

  test.each(['when', 'choose', 'until', 'repeat'] as const)('a step of another release that has no %s', async (asks) =>
    expect(await service().asks(asks, 'Confirm')).toEqual({ unknown: `this release has no ${asks} of 'Confirm' in the saga 'stay'` }),
  );
});

test('each round has a command of its own, and its own undo', async () => {
  const { does, tell } = service();
  await does({ step: 'CreditPoints', index: 0 });
  await does({ step: 'CreditPoints', index: 1 });
  expect(await does({ does: 'undo', step: 'CreditPoints', index: 1 })).toEqual({ proceed: true });
  const { version } = await tell(points, 'ada', { type: 'TakePage', data: { page: 1 } });
  expect(version).toBe(3);
});

test('a choice sends no command', async () => {
  const { does } = service();
  expect(await does({ step: 'HowToPay' })).toEqual({ unknown: "this release sends no command for 'HowToPay' in the saga 'stay'" });
});
