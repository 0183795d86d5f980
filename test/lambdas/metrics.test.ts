import { Metrics } from '@aws-lambda-powertools/metrics';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { measuredAppends, measuredBus, measuredCommand, measuredSteps, measuredStores } from '../../adapters/lambda/measured.ts';
import { measureWith, metered, metricNamespace } from '../../adapters/lambda/metrics.ts';
import { Conflict, Denied, Invalid, NotFound, Refusal, Unavailable } from '../../core/basics/errors.ts';
import type { Commit } from '../../core/log/event-store.ts';
import { nothing } from '../../core/read/projection.ts';
import { projector } from '../../core/read/projector.ts';
import type { SagaTaskRequest } from '../../core/sagas/ports.ts';
import type { SagaStepPorts } from '../../core/sagas/running/step.ts';
import { domain } from '../domain/index.ts';
import { customerTotals } from '../domain/order/customer-totals.ts';
import { orderSummary } from '../domain/order/summary.ts';
import { placement } from '../edge/problems.ts';
import { takeLines } from '../support/log-lines.ts';
import { memoryStores } from '../support/read-taps.ts';
import { added, anyCommand, append, appendTo, loadAll, newStream, request } from '../support/requests.ts';

/** Collects what is measured, as `name value`. */
const notebook = () => {
  const notes: string[] = [];
  return { notes, measure: (what: string, value: number) => void notes.push(`${what} ${value}`) };
};
afterEach(() => {
  jest.restoreAllMocks();
});

const at = new Date('2026-01-01T00:00:10.000Z');
const clock =
  (...seconds: number[]) =>
  () =>
    new Date(at.getTime() + (seconds.shift() ?? 0) * 1000);

const answer = { stream: newStream(), version: 1, events: [{ type: 'Added', version: 1 }], isRepeated: false };

test.each<[string, () => Promise<typeof answer>]>([
  ['commandsAccepted', async () => answer],
  ['commandsUnchanged', async () => ({ ...answer, events: [] })],
  ['commandsRepeated', async () => ({ ...answer, isRepeated: true })],
  ['commandsRefused', () => Promise.reject(new Refusal('No'))],
  ['commandsConflicted', () => Promise.reject(new Conflict('ConcurrencyConflict', 'x'))],
  ['commandsInvalid', () => Promise.reject(new Invalid('InvalidData', 'x'))],
  ['commandsInvalid', () => Promise.reject(new NotFound('UnknownCommand', 'x'))],
  ['commandsInvalid', () => Promise.reject(new Denied('Forbidden', 'x'))],
  ['commandsUnavailable', () => Promise.reject(new Unavailable('x'))],
  ['commandsFailed', () => Promise.reject(new TypeError('a bug'))],
])('a command counts as one of %s, and its answer is the same', async (name, carryOut) => {
  const { notes, measure } = notebook();
  const settle = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);
  const [direct, measured] = [await settle(carryOut()), await settle(measuredCommand(measure, carryOut))];
  expect(measured).toEqual(direct);
  expect(notes).toEqual([`${name} 1`]);
});

test('an append is timed, and a conflict is counted', async () => {
  const { notes, measure } = notebook();
  const store = measuredAppends(memoryStores().eventStore, { measure, now: clock(0, 2, 0, 1) });
  const { tail } = await loadAll(store, newStream());
  expect(await appendTo(store, tail, request(anyCommand), added(1))).toMatchObject({ won: true });
  expect(await appendTo(store, tail, request(anyCommand), added(1))).toMatchObject({ won: false });
  expect(notes).toEqual(['appendMilliseconds 2000', 'appendMilliseconds 1000', 'appendConflicts 1']);
});

test('a written row is measured for its lag and for parking; a row that is not written is not', async () => {
  const { notes, measure } = notebook();
  const stores = measuredStores({ ...memoryStores(), now: () => at }, measure);
  const row = { ...nothing, version: 1, recordedAt: '2026-01-01T00:00:07.500Z' };
  const fault = { stream: 'order-1', eventId: 'order-1@2', error: 'x', parkedAt: at.toISOString() };
  expect(await stores.readModels.write(orderSummary, [{ key: '1', tenant: undefined, from: 0, next: row }])).toBe(true);
  expect(await stores.readModels.write(orderSummary, [{ key: '1', tenant: undefined, from: 0, next: row }])).toBe(false);
  expect(
    await stores.readModels.write(orderSummary, [{ key: '1', tenant: undefined, from: 1, next: { ...row, version: 2, parked: fault } }]),
  ).toBe(true);
  expect(notes).toEqual(['projectionLagMilliseconds 2500', 'streamsParked 1', 'projectionLagMilliseconds 2500']);
});

test('a stream that waits for a newer release is not counted as parked', async () => {
  const { notes, measure } = notebook();
  const stores = measuredStores({ ...memoryStores(), now: () => at }, measure);
  const fault = { stream: 'order-1', eventId: 'order-1@1', error: 'x', parkedAt: at.toISOString(), needs: { type: 'X', schema: 1 } };
  const next = { ...nothing, recordedAt: at.toISOString(), parked: fault };
  await stores.readModels.write(orderSummary, [{ key: '1', tenant: undefined, from: 0, next }]);
  expect(notes).toEqual(['streamsWaiting 1', 'projectionLagMilliseconds 0']);
});

test('an event that the bus does not take is counted, and its error is thrown', async () => {
  const { notes, measure } = notebook();
  const bus = measuredBus({ publish: () => Promise.reject(new Unavailable('down')) }, measure);
  await expect(bus.publish({} as never)).rejects.toThrow('down');
  expect(notes).toEqual(['busFailures 1']);
});

describe("the gate's findings about a delivery are counted:", () => {
  const filledStores = async () => {
    const stores = memoryStores();
    const stream = { aggregate: 'order', id: '1' };
    const events = ['OrderPlaced', 'OrderApproved', 'OrderShipped'];
    let tail = stores.eventStore.begin(stream);
    const commits: Commit[] = [];
    for (const type of events) {
      const data = type === 'OrderPlaced' ? placement : {};
      const appended = await append(stores.eventStore, tail, [{ type, schema: 1, data }]);
      tail = appended.tail;
      commits.push(appended.commit);
    }
    return { stores, stream, commits };
  };
  const table: Readonly<Record<string, { before: readonly number[]; come: readonly number[]; notes: readonly string[] }>> = {
    'in order, nothing': { before: [], come: [0, 1, 2], notes: [] },
    'a commit that did not come is a repaired gap': { before: [0], come: [2], notes: ['gapsRepaired 1'] },
    'a commit that the read model holds is a duplicate': { before: [0, 1], come: [1, 2], notes: ['duplicatesDropped 1'] },
    'a commit that comes twice at once is a duplicate': { before: [0], come: [1, 1], notes: ['duplicatesDropped 1'] },
    'all of them again': { before: [0, 1, 2], come: [0, 1, 2], notes: ['duplicatesDropped 3'] },
  };
  test.each(Object.entries(table))('%s', async (_, { before, come, notes: expected }) => {
    for (const projection of [orderSummary, customerTotals]) {
      const { notes, measure } = notebook();
      const { stores, stream, commits } = await filledStores();
      const pick = (which: readonly number[]) => which.map((index) => commits[index] as Commit);
      const listeners = () => [projection];
      if (before.length > 0) await projector(stores, listeners)([{ stream, commits: pick(before) }]);
      expect(await projector(measuredStores(stores, measure), listeners)([{ stream, commits: pick(come) }])).toEqual(new Map());
      expect(notes.filter((note) => !note.startsWith('projectionLag'))).toEqual(expected);
    }
  });
});

describe('a saga', () => {
  const input = { event: 'order-1@1', correlationId: 'c', context: { orderId: '1', totalCents: 1, lines: [] } };
  const call = (does: SagaTaskRequest['does']): SagaTaskRequest => ({
    saga: 'fulfilment',
    execution: 'e',
    input,
    does,
    token: 't',
    step: 'ShipOrder',
  });
  const noted = async (does: SagaTaskRequest['does'], handle: SagaStepPorts['handle'], tell: () => Promise<void> = async () => {}) => {
    const { notes, measure } = notebook();
    const { eventStore } = memoryStores();
    const tokens = { put: tell, waitingOn: async () => [], delete: tell };
    await measuredSteps(
      {
        sagas: domain.sagas ?? [],
        handle,
        eventStore,
        tokens,
        executions: { answer: tell },
        stops: { stop: tell },
        callOperator: tell,
        now: () => new Date(0),
      },
      measure,
    )(call(does)).catch(() => {});
    return notes;
  };
  const done = async () => answer;

  test('counts when its last command is carried out', async () => expect(await noted('abort', done)).toEqual(['sagasAborted 1']));
  test.each(['send', 'ask-operator'] as const)('does not count before (%s)', async (does) => expect(await noted(does, done)).toEqual([]));
  test('does not count if that command is refused', async () =>
    expect(await noted('abort', () => Promise.reject(new Refusal('No')))).toEqual([]));
  test('does not count if its machine does not receive the answer', async () =>
    expect(await noted('abort', done, () => Promise.reject(new Unavailable('down')))).toEqual([]));
});

const metricsOfAService = () => new Metrics({ namespace: metricNamespace, serviceName: 'foldstream-test' });

test('an invocation writes one line, however it ends', () => {
  const lines = takeLines();
  const metrics = metricsOfAService();
  const [measure, { after, onError }] = [measureWith(metrics), metered(metrics)];
  after();
  measure('commandsAccepted', 1);
  measure('commandsAccepted', 1);
  measure('appendMilliseconds', 3);
  onError();
  after();
  expect(lines.said()).toEqual([]);
  expect(lines.measured()).toEqual([
    {
      _aws: {
        Timestamp: expect.any(Number),
        CloudWatchMetrics: [
          {
            Namespace: 'Foldstream',
            Dimensions: [['service']],
            Metrics: [
              { Name: 'commandsAccepted', Unit: 'Count' },
              { Name: 'appendMilliseconds', Unit: 'Milliseconds' },
            ],
          },
        ],
      },
      service: 'foldstream-test',
      commandsAccepted: [1, 1],
      appendMilliseconds: 3,
    },
  ]);
});

test('CloudWatch takes a hundred values of a metric in a line: the next are in another one', () => {
  const lines = takeLines();
  const metrics = metricsOfAService();
  for (let index = 0; index < 250; index++) measureWith(metrics)('appendMilliseconds', index);
  metered(metrics).after();
  expect(lines.measured().map((line) => line['appendMilliseconds'].length)).toEqual([100, 100, 50]);
});
