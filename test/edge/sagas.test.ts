import { beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { type AnySaga, defineSaga } from '../../core/sagas/saga.ts';
import type { SagaExecution } from '../../core/sagas/status.ts';
import { defineDecider } from '../../core/write/decider.ts';
import { edgeOf } from '../support/read-edge.ts';
import { memoryStores } from '../support/read-taps.ts';

const events = { SubscriptionRenewed: z.object({ period: z.string() }), SubscriptionNoted: z.object({}) };
const subscription = defineDecider({
  name: 'sub',
  commands: { Renew: z.object({ period: z.string() }), Note: z.object({}) },
  events,
  initialState: (): object => ({}),
  decide: {
    Renew: (renewal) => [{ type: 'SubscriptionRenewed', data: renewal }],
    Note: () => Array.from({ length: 3 }, () => ({ type: 'SubscriptionNoted', data: {} }) as const),
  },
  evolve: { SubscriptionRenewed: (state) => state, SubscriptionNoted: (state) => state },
});
/** A saga that each renewal of a subscription starts anew. */
const billing = defineSaga({
  name: 'billing',
  context: z.object({ id: z.string() }),
  startsOn: { of: subscription, event: 'SubscriptionRenewed', context: ({ period }, { id }) => (period === 'free' ? undefined : { id }) },
  steps: { Note: { to: subscription, send: ({ id }) => ({ id, type: 'Note', data: {} }) } },
  onAbort: { to: subscription, send: ({ id }) => ({ id, type: 'Note', data: {} }) },
});
const domain = { deciders: [subscription], projections: [], sagas: [billing] as readonly AnySaga[] };

let edge: ReturnType<typeof edgeOf>;
/** By event: how the state machine tells of the execution that it started. */
let executions: Record<string, Partial<SagaExecution>>;
let reads: number;
beforeEach(() => {
  executions = {};
  reads = 0;
  const stores = memoryStores();
  const { read } = stores.eventStore;
  const counted = { ...stores.eventStore, read: (...range: Parameters<typeof read>) => {
      reads++;
      return read(...range);
    } };
  const of = async (_: string, event: string): Promise<SagaExecution | undefined> => {
    const input = { event, correlationId: 'c', context: {} };
    const began = { name: `run of ${event}`, startedAt: '2026-01-01T00:00:00.000Z', status: 'RUNNING' as const, moments: [], input };
    return executions[event] && { ...began, ...executions[event] };
  };
  edge = edgeOf(domain, { ...stores, eventStore: counted }, { auth: 'none', executions: { of } });
});
const renew = (id: string, ...periods: readonly string[]) =>
  periods.reduce<Promise<unknown>>(
    async (before, period) => [await before, await edge.send('sub', id, 'Renew', { period })],
    Promise.resolve(),
  );
const saga = async (id: string) => (await edge.ask('GET /sagas/{saga}/{id}', { params: { saga: 'billing', id } })).body;
const runs = async (id: string, query: Readonly<Record<string, string>> = {}) =>
  (await edge.ask('GET /sagas/{saga}/{id}/runs', { params: { saga: 'billing', id }, query })).body;
const stuck: Partial<SagaExecution> = { moments: [{ state: 'Abort waits for an operator', is: 'entered' }] };
const completed: Partial<SagaExecution> = { status: 'SUCCEEDED', endedAt: '2026-01-02T00:00:00.000Z' };

describe('a saga that an aggregate starts again and again', () => {
  beforeEach(async () => {
    executions = { 'sub-q1@1': stuck, 'sub-q1@2': completed };
    await renew('q1', 'january', 'february');
  });

  test("is told of by its aggregate's id as the latest run", async () =>
    expect(await saga('q1')).toMatchObject({ id: 'q1', event: 'sub-q1@2', execution: 'run of sub-q1@2', status: 'completed' }));

  test('is told of by the event that started a run, as the command line prints it', async () => {
    expect(await saga('sub-q1@1')).toMatchObject({ id: 'q1', event: 'sub-q1@1', execution: 'run of sub-q1@1', status: 'stuck' });
    expect(await saga('sub-q1@2')).toMatchObject({ event: 'sub-q1@2', status: 'completed' });
  });

  test('has not begun: the run of its event is pending, and the latest run is the last that began', async () => {
    await renew('q1', 'march');
    expect(await saga('sub-q1@3')).toEqual({ saga: 'billing', id: 'q1', event: 'sub-q1@3', status: 'pending' });
    expect(await saga('q1')).toMatchObject({ event: 'sub-q1@2' });
  });

  test('has no run of an event that starts none, or that there is not', async () => {
    await renew('q1', 'free');
    for (const id of ['sub-q1@3', 'sub-q1@9', 'sub-nobody@1'])
      expect(await saga(id)).toMatchObject({ status: 404, detail: `${id} does not start the saga 'billing'` });
    expect(await saga('nobody')).toMatchObject({ status: 404, detail: "no event of sub-nobody starts the saga 'billing'" });
    expect(await saga('q1@1')).toMatchObject({ status: 404, detail: "no event of sub-q1@1 starts the saga 'billing'" });
  });

  test('lists its runs, the latest first', async () => {
    const { items, next } = await runs('q1');
    expect(items.map(({ event, status }: { event: string; status: string }) => [event, status])).toEqual([
      ['sub-q1@2', 'completed'],
      ['sub-q1@1', 'stuck'],
    ]);
    expect(next).toBeUndefined();
    expect(await runs('nobody')).toMatchObject({ status: 404 });
  });
});

test('an aggregate whose id looks like an event is reached by the events that it has', async () => {
  await renew('sub-q1@1', 'january');
  executions = { 'sub-sub-q1@1@1': completed };
  expect(await saga('sub-sub-q1@1@1')).toMatchObject({ id: 'sub-q1@1', status: 'completed' });
});

test('the runs come in pages: each once, whatever lies between them', async () => {
  for (let index = 0; index < 7; index++) {
    await renew('q1', `p${index}`, 'free');
    await edge.send('sub', 'q1', 'Note', {});
  }
  const seen: string[] = [];
  let query: Readonly<Record<string, string>> | undefined = { limit: '2' };
  for (let page = 0; query !== undefined && page < 9; page++) {
    const { items, next } = await runs('q1', query);
    seen.push(...items.map(({ event }: { event: string }) => event));
    query = next === undefined ? undefined : Object.fromEntries(new URL(next, 'http://x').searchParams);
    if (next !== undefined) expect(new URL(next, 'http://x').pathname).toBe('/sagas/billing/q1/runs');
  }
  expect(seen).toEqual([31, 26, 21, 16, 11, 6, 1].map((version) => `sub-q1@${version}`));
});

test('a page reads a part of a long stream, and the next one goes on', async () => {
  await renew('q1', 'january');
  for (let index = 0; index < 2100; index++) await edge.send('sub', 'q1', 'Note', {});
  const first = await runs('q1');
  expect(first).toEqual({ items: [], next: expect.stringContaining('/sagas/billing/q1/runs?from=') });
  expect(reads).toBe(20);
  expect((await runs('q1', Object.fromEntries(new URL(first.next, 'http://x').searchParams))).items).toHaveLength(1);
});
