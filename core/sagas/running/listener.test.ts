import { describe, expect, test } from '@jest/globals';
import { fulfilment } from '../../../test/domain/fulfilment/saga.ts';
import { domain } from '../../../test/domain/index.ts';
import type { Recorded } from '../../basics/messages.ts';
import type { Address } from '../../basics/stream.ts';
import type { ExecutionToStop, TaskAnswer, WaitingStep } from '../ports.ts';
import type { AnySaga } from '../saga.ts';
import { sagaListener } from './listener.ts';

const stream = { aggregate: 'payment', id: '42', tenant: 'acme' };
const waiting: WaitingStep = {
  ...{ stream, since: 3, saga: 'fulfilment', step: 'TakePayment', index: 0, execution: 'e', token: 't1', timeoutSeconds: 900 },
};
const event = (type: string, version = 3, aggregate = 'payment') =>
  ({ type, data: { reason: 'no money' }, metadata: { ...stream, aggregate, version } }) as unknown as Recorded;

/** Listens to an event while steps wait; returns where it looked, and what it did, in order. */
const heard = async (one: Recorded, steps: readonly WaitingStep[] = [waiting], sagas: readonly AnySaga[] = domain.sagas ?? []) => {
  const asked: Address[] = [];
  const done: (string | TaskAnswer | ExecutionToStop)[] = [];
  const listen = sagaListener({
    sagas,
    tokens: {
      put: async () => {},
      waitingOn: async (on) => {
        asked.push(on);
        return steps;
      },
      delete: async ({ token }) => void done.push(`delete ${token}`),
    },
    executions: {
      answer: async (token, answer) => void done.push(`answer ${token}`, answer),
      stop: async (execution) => void done.push('stop', execution),
    },
  });
  await listen(one);
  return { asked, done };
};

test('an awaited event answers each step that waits for it on its stream, and then deletes the token', async () => {
  expect(await heard(event('PaymentReceived'), [waiting, { ...waiting, token: 't2' }])).toEqual({
    asked: [stream],
    done: ['answer t1', { proceed: true }, 'delete t1', 'answer t2', { proceed: true }, 'delete t2'],
  });
});

test('an event that aborts answers with its reason', async () => {
  expect((await heard(event('PaymentDeclined'))).done).toEqual(['answer t1', { abort: 'no money' }, 'delete t1']);
});

test.each([
  ['an event from before the step began to wait', event('PaymentReceived', 2), waiting],
  ['an event that another step awaits', event('PaymentReceived'), { ...waiting, step: 'ReserveStock' }],
])('%s answers nothing', async (_, one, step) => expect((await heard(one, [step])).done).toEqual([]));

test('a step is answered as the revision says that it runs, also if only that revision awaits the event', async () => {
  const { TakePayment, ...others } = fulfilment.steps;
  const second: AnySaga = { ...fulfilment, revision: 2, before: [fulfilment], steps: others };
  const third: AnySaga = {
    ...{ ...fulfilment, revision: 3, before: [second] },
    steps: {
      ...others,
      TakePayment: { ...TakePayment, awaits: { PaymentReceived: () => ({ abort: 'too late' }), PaymentRefunded: 'proceed' } },
    },
  };
  expect((await heard(event('PaymentReceived'), [waiting], [second])).done).toEqual(['answer t1', { proceed: true }, 'delete t1']);
  expect(
    (
      await heard(
        event('PaymentReceived'),
        [
          { ...waiting, revision: 3 },
          { ...waiting, revision: 1 },
        ],
        [third],
      )
    ).done,
  ).toEqual([...['answer t1', { abort: 'too late' }, 'delete t1'], ...['answer t1', { proceed: true }, 'delete t1']]);
});

test('the others are still answered after a step that the event does not answer', async () => {
  const late = { ...waiting, since: 4, token: 'late' };
  expect((await heard(event('PaymentReceived'), [late, waiting])).done).toEqual(['answer t1', { proceed: true }, 'delete t1']);
});

describe.each([
  ['step', { step: 'Weigh' }, "this release has no step 'Weigh' in the saga 'fulfilment'"],
  ['saga', { saga: 'refund' }, "this release has no saga 'refund'"],
])('a %s of another release that waits on the stream', (_, change, why) => {
  const other: WaitingStep = { ...waiting, ...change, token: 'other' };

  test('is unknown, so that an operator is asked; the others are answered', async () => {
    expect((await heard(event('PaymentReceived'), [{ ...other, revision: 1 }, waiting])).done).toEqual([
      ...['answer other', { unknown: why }, 'delete other'],
      ...['answer t1', { proceed: true }, 'delete t1'],
    ]);
  });

  test('has its execution stopped if its machine does not know that answer', async () => {
    expect((await heard(event('PaymentReceived'), [other])).done).toEqual([
      ...['stop', { saga: other.saga, execution: 'e', why }, 'delete other'],
    ]);
  });

  test('is left alone by an event from before it began to wait', async () => {
    expect((await heard(event('PaymentReceived', 2), [{ ...other, revision: 1 }])).done).toEqual([]);
  });
});

test.each([
  ['an event that no step awaits', event('PaymentRequested')],
  ['an event of another aggregate with an awaited name', event('PaymentReceived', 3, 'order')],
])('%s costs no look at the tokens', async (_, one) => expect(await heard(one)).toEqual({ asked: [], done: [] }));
