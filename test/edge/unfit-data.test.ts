import { beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import { defineProjection } from '../../core/read/projection.ts';
import { defineDomain } from '../../core/registry/domain.ts';
import { defineDecider } from '../../core/write/decider.ts';
import { edgeOf } from '../support/read-edge.ts';
import { memoryStores } from '../support/read-taps.ts';

// Nothing that a client sends parks a stream, rings or is answered with 5xx.

/** The key of its documents is text that a client sends. */
const visit = defineDecider({
  name: 'visit',
  commands: { Enter: z.object({ guest: z.string() }) },
  events: { Entered: z.object({ guest: z.string() }) },
  initialState: () => ({}),
  decide: { Enter: (data) => [{ type: 'Entered', data }] },
  evolve: { Entered: () => ({}) },
});
const guests = defineProjection({
  name: 'guests',
  revision: 1,
  events: visit.events,
  document: z.object({ visits: z.int() }),
  key: ({ data }) => data.guest,
  initialState: () => ({ visits: 0 }),
  evolve: { Entered: ({ visits }) => ({ visits: visits + 1 }) },
});
const domain = defineDomain({ deciders: [visit], projections: [guests] });

let stores: ProjectionPorts;
beforeEach(() => {
  stores = memoryStores();
});

describe.each<[string, Parameters<typeof edgeOf>[2], Readonly<Record<string, string>> | undefined]>([
  ['without tenants', { auth: 'none' }, undefined],
  [
    'of a tenant',
    { auth: 'token', tenantClaim: 'tenant' },
    { tenant: 'acme', sub: 'ada', scope: 'visit:write guests:read operations:read' },
  ],
])('%s, the key of a document', (_, options, claims) => {
  const edge = () => edgeOf(domain, stores, options);
  const as = claims === undefined ? {} : { claims };
  const enter = (guest: string) =>
    edge().ask('POST /{aggregate}/{id}/{command}', { params: { aggregate: 'visit', id: '1', command: 'Enter' }, body: { guest }, ...as });

  test.each(['', 'stream#visit-1', 'stream#', 'x'.repeat(1025), '漢'.repeat(342)])(
    'that no row can have is 400, and nothing is recorded or parked: %j',
    async (guest) => {
      expect(await enter(guest)).toMatchObject({
        ...{ status: 400, body: { code: 'InvalidData' } },
        body: { detail: expect.stringContaining("guests: a document's key is text of 1 to 1024 bytes") },
      });
      expect(await stores.eventStore.scan({ index: 0, of: 1 })).toEqual({ commits: [] });
    },
  );

  test.each(['constructor', '__proto__', 'parked', 'a/b', 'acme/x', ' ', '漢'.repeat(339)])('may be %j', async (guest) => {
    expect((await enter(guest)).status).toBe(200);
    await edge().project();
    const found = await edge().ask('GET /{projection}/{key}', { params: { projection: 'guests', key: guest }, ...as });
    expect(found).toMatchObject({ status: 200, body: { visits: 1 } });
    const parked = await edge().ask('GET /parked/{projection}', { params: { projection: 'guests' }, ...as });
    expect(parked.body.items).toEqual([]);
  });
});

describe('a sum past the safe integers', () => {
  const most = Number.MAX_SAFE_INTEGER;
  const filled = z.object({ owner: z.string(), cents: z.int() });
  const purse = defineDecider({
    name: 'purse',
    commands: { Fill: filled },
    events: { Filled: filled },
    initialState: () => ({}),
    decide: { Fill: (data) => [{ type: 'Filled', data }] },
    evolve: { Filled: () => ({}) },
  });
  const counting = {
    revision: 1,
    events: purse.events,
    document: z.object({ cents: z.int() }),
    initialState: () => ({ cents: 0 }),
    evolve: { Filled: (sum: { cents: number }, { cents }: { cents: number }) => ({ cents: sum.cents + cents }) },
  };
  const purses = defineProjection({ name: 'purses', ...counting });
  const owners = defineProjection({ name: 'owners', ...counting, key: ({ data }) => data.owner });
  const banking = defineDomain({ deciders: [purse], projections: [purses, owners] });
  const fill = (edge: ReturnType<typeof edgeOf>, id: string, owner: string, cents: number) =>
    edge.send('purse', id, 'Fill', { owner, cents });
  const reason = expect.stringMatching(/^Invalid: the document does not fit its schema: cents: Too big/);

  test('is in no document of many streams: the stream is parked with the reason, and other documents go on', async () => {
    const edge = edgeOf(banking, stores);
    expect((await fill(edge, '1', 'ada', most)).status).toBe(200);
    await edge.project();
    expect((await fill(edge, '2', 'ada', 1)).status).toBe(200);
    expect((await fill(edge, '3', 'bob', 7)).status).toBe(200);
    await edge.project();
    expect((await edge.get('owners', 'ada')).body).toEqual({ cents: most });
    expect((await edge.get('owners', 'bob')).body).toEqual({ cents: 7 });
    const parked = await edge.ask('GET /parked/{projection}', { params: { projection: 'owners' } });
    expect(parked.body.items).toMatchObject([{ eventId: 'purse-2@1', error: reason }]);
  });

  test('is in no document of one stream, and a reader who waits for it is told', async () => {
    const edge = edgeOf(banking, stores);
    await fill(edge, '1', 'ada', most);
    const { status, body } = await fill(edge, '1', 'ada', 1);
    expect(status).toBe(200);
    await edge.project();
    expect((await edge.get('purses', '1')).body).toEqual({ cents: most });
    const waiting = await edge.get('purses', '1', { 'read-after': body.token });
    expect(waiting).toMatchObject({ status: 409, body: { code: 'Parked', event: 'purse-1@2' } });
  });
});
