import { beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import type { EventStore } from '../../core/log/event-store.ts';
import { type AnySaga, defineSaga } from '../../core/sagas/saga.ts';
import type { SagaExecution } from '../../core/sagas/status.ts';
import { defineDecider, foldingOf } from '../../core/write/decider.ts';
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
const trial = defineDecider({
  name: 'trial',
  commands: { Try: z.object({}) },
  events: { TrialBegun: z.object({}) },
  initialState: (): object => ({}),
  decide: { Try: () => [{ type: 'TrialBegun', data: {} }] },
  evolve: { TrialBegun: (state) => state },
});
/** A saga that each renewal of a subscription starts anew. */
const billing = defineSaga({
  name: 'billing',
  context: z.object({ id: z.string() }),
  startsOn: { of: subscription, event: 'SubscriptionRenewed', context: ({ period }, { id }) => (period === 'free' ? undefined : { id }) },
  steps: { Note: { to: subscription, send: ({ id }) => ({ id, type: 'Note', data: {} }) } },
  onAbort: { to: subscription, send: ({ id }) => ({ id, type: 'Note', data: {} }) },
});
const domain = { deciders: [subscription, trial], projections: [], sagas: [billing] as readonly AnySaga[] };

let edge: ReturnType<typeof edgeOf>;
/** By event: how the state machine tells of the execution that it started. */
let executions: Record<string, Partial<SagaExecution>>;
let reads: number;
let eventStore: EventStore;
const told = async (_: string, event: string): Promise<SagaExecution | undefined> => {
  const input = { event, correlationId: 'c', context: {} };
  const began = { name: `run of ${event}`, startedAt: '2026-01-01T00:00:00.000Z', status: 'RUNNING' as const, moments: [], input };
  return executions[event] && { ...began, ...executions[event] };
};
beforeEach(() => {
  executions = {};
  reads = 0;
  const stores = memoryStores();
  eventStore = stores.eventStore;
  const { read } = eventStore;
  const counted = {
    ...stores.eventStore,
    read: (...range: Parameters<typeof read>) => {
      reads++;
      return read(...range);
    },
  };
  edge = edgeOf(domain, { ...stores, eventStore: counted }, { auth: 'none', executions: { of: told } });
});
const renew = (id: string, ...periods: readonly string[]) =>
  periods.reduce<Promise<unknown>>(
    async (before, period) => [await before, await edge.send('sub', id, 'Renew', { period })],
    Promise.resolve(),
  );
/** Many commits: a command for each would take minutes. */
const appendNotes = async (id: string, count: number): Promise<void> => {
  let { tail } = await eventStore.load({ aggregate: 'sub', id }, foldingOf(subscription), 'strong');
  const decided = { events: [{ type: 'SubscriptionNoted', data: {}, schema: 1 }], folded: { fingerprint: '', state: null } };
  for (let index = 0; index < count; index++) {
    const request = { commandId: `note-${index}`, correlationId: 'c', causationId: 'c', command: { type: 'Note', data: {} } };
    tail = (await eventStore.append(tail, request, decided)).tail;
  }
};
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

  test('is found by the id of its aggregate: the latest run', async () =>
    expect(await saga('q1')).toMatchObject({ id: 'q1', event: 'sub-q1@2', execution: 'run of sub-q1@2', status: 'completed' }));

  test('is found by the event that started a run, as the command line prints it', async () => {
    expect(await saga('sub-q1@1')).toMatchObject({ id: 'q1', event: 'sub-q1@1', execution: 'run of sub-q1@1', status: 'stuck' });
    expect(await saga('sub-q1@2')).toMatchObject({ event: 'sub-q1@2', status: 'completed' });
  });

  test('the run of an event that has not begun is pending, and the latest run is the last that began', async () => {
    await renew('q1', 'march');
    expect(await saga('sub-q1@3')).toEqual({ saga: 'billing', id: 'q1', event: 'sub-q1@3', status: 'pending' });
    expect(await saga('q1')).toMatchObject({ event: 'sub-q1@2' });
  });

  test('has no run of an event that starts none or that does not exist', async () => {
    await renew('q1', 'free');
    for (const id of ['sub-q1@3', 'sub-q1@9', 'sub-nobody@1', 'sub-q1@999999999999999'])
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

describe('a run that an earlier definition of the saga started', () => {
  test('has its name, although its event starts no run today', async () => {
    await renew('q1', 'free', 'january');
    executions = { 'sub-q1@1': stuck };
    expect(await saga('sub-q1@1')).toMatchObject({ id: 'q1', event: 'sub-q1@1', execution: 'run of sub-q1@1', status: 'stuck' });
  });

  test('has its name, although the saga started on another aggregate then', async () => {
    await edge.send('trial', 't1', 'Try', {});
    executions = { 'trial-t1@1': stuck };
    expect(await saga('trial-t1@1')).toMatchObject({ id: 't1', event: 'trial-t1@1', status: 'stuck' });
    executions = {};
    expect(await saga('trial-t1@1')).toMatchObject({ status: 404, detail: "no event of sub-trial-t1@1 starts the saga 'billing'" });
    expect(await saga('nobody-t1@1')).toMatchObject({ status: 404, detail: "no event of sub-nobody-t1@1 starts the saga 'billing'" });
  });
});

describe('an aggregate whose id looks like an event', () => {
  beforeEach(async () => {
    await renew('sub-q1@1', 'january');
    executions = { 'sub-sub-q1@1@1': completed };
  });

  test('has runs of its own', async () => {
    expect(await saga('sub-sub-q1@1@1')).toMatchObject({ id: 'sub-q1@1', status: 'completed' });
    expect((await runs('sub-q1@1')).items).toMatchObject([{ event: 'sub-sub-q1@1@1', status: 'completed' }]);
  });

  test('is found by its id, unless that is the name of a run', async () => {
    expect(await saga('sub-q1@1')).toMatchObject({ id: 'sub-q1@1', event: 'sub-sub-q1@1@1' });
    await renew('q1', 'january');
    expect(await saga('sub-q1@1')).toMatchObject({ id: 'q1', event: 'sub-q1@1', status: 'pending' });
  });
});

test('a run, and the list of runs, are those of the tenant', async () => {
  edge = edgeOf(domain, memoryStores(), { auth: 'token', tenantClaim: 'tenant', executions: { of: told } });
  const claims = (tenant: string) => ({ claims: { sub: 's', scope: 'sub:write operations:read', tenant } });
  await edge.ask('POST /{aggregate}/{id}/{command}', {
    ...{ params: { aggregate: 'sub', id: 'q1', command: 'Renew' }, body: { period: 'january' }, ...claims('a') },
  });
  executions = { 'a/sub-q1@1': completed };
  const ask = async (tenant: string, id: string) =>
    (await edge.ask('GET /sagas/{saga}/{id}', { params: { saga: 'billing', id }, ...claims(tenant) })).body;
  const list = async (tenant: string, id: string) =>
    (await edge.ask('GET /sagas/{saga}/{id}/runs', { params: { saga: 'billing', id }, ...claims(tenant) })).body;
  for (const name of ['q1', 'sub-q1@1', 'a/sub-q1@1', 'a/q1'])
    expect(await ask('a', name)).toMatchObject({ event: 'a/sub-q1@1', status: 'completed' });
  expect((await list('a', 'q1')).items).toMatchObject([{ event: 'a/sub-q1@1', status: 'completed' }]);
  for (const name of ['q1', 'sub-q1@1']) expect(await ask('b', name)).toMatchObject({ status: 404 });
  for (const name of ['a/sub-q1@1', 'a/q1', 'b/a/sub-q1@1']) expect(await ask('b', name)).toMatchObject({ status: 400 });
  expect(await list('b', 'q1')).toMatchObject({ status: 404 });
});

test('the pages of the list contain each run once, whatever events are between the runs', async () => {
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

test('a page reads a part of a long stream, and the next page continues', async () => {
  await renew('q1', 'january');
  await appendNotes('q1', 2100);
  const first = await runs('q1');
  expect(first).toEqual({ items: [], next: expect.stringContaining('/sagas/billing/q1/runs?from=') });
  expect(reads).toBe(20);
  expect((await runs('q1', Object.fromEntries(new URL(first.next, 'http://x').searchParams))).items).toHaveLength(1);
});
