import { describe, expect, test } from '@jest/globals';
import { defineDomain } from 'foldstream';
import * as z from 'zod';
import { callPublications, noticesToCall } from '../../core/calls/publication.ts';
import { findEvent, unlessDropped } from '../../core/log/find-event.ts';
import { integrationEvents } from '../../core/publish/publication.ts';
import { noticesToReact, reactionPublications } from '../../core/reactions/publication.ts';
import { commandsOf } from '../../core/reactions/reacting.ts';
import { knowledgeOf, knownBy } from '../../core/registry/knowledge.ts';
import { noticesTo, sagaPublications } from '../../core/sagas/publication.ts';
import { awaitedSince, newestWithRow } from '../../core/sagas/running/awaited.ts';
import type { AnySaga, AnyStep } from '../../core/sagas/saga.ts';
import { edgeOf } from '../support/read-edge.ts';
import { memoryStores } from '../support/read-taps.ts';
import { append, loadAll } from '../support/requests.ts';
import { bank, domain, members, noting, shipping } from './members.ts';
import { events, history, order, published, stored } from './orders.ts';

// What has happened under a stored event does not happen again for its first part, and its other parts cause what the row says.

const stream = { aggregate: 'order', id: '42' };
const filled = async (...all: readonly (readonly ReturnType<typeof stored>[])[]) => {
  const stores = memoryStores();
  let tail = stores.eventStore.begin(stream);
  for (const one of all) tail = (await append(stores.eventStore, tail, one)).tail;
  return { stores, commits: (await loadAll(stores.eventStore, stream)).commits };
};
const whole = stored('OrderReceived', { customer: 'ada', cents: 7 });

describe('the parts of a stored event', () => {
  test('are published if they act, the first under the id of the whole', async () => {
    const { commits } = await filled(
      [whole, stored('OrderViewed', {})],
      [stored('OrderAccepted', { customerId: 'ada', products: ['a', 'b'] })],
    );
    const told = commits.flatMap(integrationEvents([published])).map(({ id, type, streamversion }) => [id, type, streamversion]);
    expect(told).toEqual([
      ['order-42@1', 'OrderAccepted.v1', 1],
      ['order-42@1.1.2', 'LineAdded.v1', 1],
      ['order-42@3', 'OrderAccepted.v1', 3],
      ['order-42@3.2', 'LineAdded.v1', 3],
      ['order-42@3.3', 'LineAdded.v1', 3],
    ]);
  });

  test('that the new release has recorded act as usual', async () => {
    const { commits } = await filled([stored('OrderAccepted', { customerId: 'ada' }, 2), stored('PriceAgreed', { cents: 7 })]);
    expect(commits.flatMap(integrationEvents([published])).map(({ id }) => id)).toEqual(['order-42@1', 'order-42@2']);
  });

  test('are told of under the name that is in the log, which the rules have', async () => {
    const { commits } = await filled([whole, stored('OrderAccepted', { customerId: 'ada' }, 2)]);
    const notices = commits.flatMap(
      integrationEvents([...reactionPublications([noting]), ...callPublications([bank]), ...sagaPublications(domain)]),
    );
    expect(notices.map(({ source, id, type }) => [source, id, type])).toEqual([
      ['reactions', 'order-42@1', 'OrderReceived.v1'],
      ['reactions', 'order-42@1.1.2', 'OrderReceived.v1'],
      ['sagas', 'order-42@1', 'OrderReceived.v1'],
      ['sagas', 'order-42@1.1.2', 'OrderReceived.v1'],
      ['reactions', 'order-42@2', 'OrderAccepted.v1'],
      ['sagas', 'order-42@2', 'OrderAccepted.v1'],
    ]);
    expect(noticesToReact([noting])).toEqual(
      expect.arrayContaining(['OrderAccepted.v1', 'PriceAgreed.v1', 'LineAdded.v1', 'OrderReceived.v1', 'OrderPlaced.v1']),
    );
    expect(noticesToCall([bank])).toEqual(['PriceAgreed.v1', 'OrderReceived.v1', 'OrderPlaced.v1']);
    expect(noticesTo([shipping])).toEqual({
      starter: ['OrderAccepted.v1', 'OrderReceived.v1', 'OrderPlaced.v1'],
      listener: ['PriceAgreed.v1', 'OrderReceived.v1', 'OrderPlaced.v1', 'LineAdded.v1', 'OrderAccepted.v1', 'StopExecution'],
    });
  });

  test('have ids of their own in what they cause, and one that was dropped causes nothing', async () => {
    const { stores } = await filled([whole, stored('OrderViewed', {})]);
    const find = findEvent({ eventsOf: () => events, eventStore: stores.eventStore });
    const caused = async (id: string) => commandsOf(noting, await find(id));
    expect(await caused('order-42@1')).toMatchObject([{ sends: { data: { what: 'order-42@1' } } }]);
    expect(await caused('order-42@1.1.2')).toMatchObject([{ sends: { data: { what: 'order-42@1.1.2' } } }]);
    expect(await unlessDropped(find('order-42@2'))).toBeUndefined();
  });

  test('end a step of a saga that awaits them only if they act', async () => {
    const { stores } = await filled([whole]);
    const { Price, Lines } = (shipping as unknown as AnySaga).steps as { readonly Price: AnyStep; readonly Lines: AnyStep };
    const newest = ({ to, awaits = {} }: AnyStep) =>
      newestWithRow(stores.eventStore, { events: to?.events ?? {}, rows: awaits }, stream, 1);
    expect(await awaitedSince(stores.eventStore, Price, stream, 1)).toBeUndefined();
    expect(await newest(Price)).toBeUndefined();
    expect((await awaitedSince(stores.eventStore, Lines, stream, 1))?.type).toBe('LineAdded');
    expect(await newest(Lines)).toBe(1);
  });
});

describe('the API', () => {
  const three = [whole, stored('OrderViewed', {}), stored('PriceAgreed', { cents: 1 })] as const;
  const page = async (path: 'stream' | 'published', query: Readonly<Record<string, string>>) => {
    const { stores } = await filled([...three], [stored('OrderPlaced', { customerId: 'ben', cents: 2 })]);
    const route = path === 'stream' ? 'GET /streams/{aggregate}/{id}' : 'GET /streams/{aggregate}/{id}/published';
    const { body } = await edgeOf(domain, stores).ask(route, { params: stream as never, query });
    const ids = body.items.map((item: { id?: string; metadata?: { eventId: string } }) =>
      (item.metadata?.eventId ?? item.id ?? '').slice(9),
    );
    return [ids, body.next?.replace(/^.*from=(\d+).*$/, '$1')];
  };

  test.each([
    [{ limit: '1' }, ['1', '1.1.2', '1.2'], '2'],
    [{ limit: '1', from: '2' }, [], '3'],
    [{ limit: '2', from: '2' }, ['3'], '4'],
    [{ limit: '2', from: '3' }, ['3', '4', '4.1.2', '4.2'], undefined],
    [{ limit: '2', order: 'desc' }, ['4.2', '4.1.2', '4', '3'], '2'],
    [{ limit: '1', order: 'desc', from: '2' }, [], '1'],
    [{ limit: '9', order: 'desc', from: '1' }, ['1.2', '1.1.2', '1'], undefined],
    [{ from: '5' }, [], undefined],
  ])('shows parts with their ids, and counts stored events: %j', async (query, ids, next) =>
    expect(await page('stream', query as never)).toEqual([ids, next]),
  );

  test('shows what is published of a stored event together', async () =>
    expect(await page('published', { from: '1', limit: '1' })).toEqual([['1', '1.1.2'], '2']));

  test('answers a command with the stored versions, and reads documents after them', async () => {
    const { stores } = await filled([...three]);
    const edge = edgeOf(domain, stores);
    expect((await edge.send('order', '42', 'Close', {})).body).toMatchObject({ version: 4, token: 'order-42@4' });
    const ids = ['order-42@1', 'order-42@1.1.2', 'order-42@1.2', 'order-42@3'];
    expect((await edge.get('order-history', '42', { 'read-after': 'order-42@4' })).body).toMatchObject({ ids });
    expect((await edge.get('order-history', '42', { 'read-after': 'order-42@1.2' })).status).toBe(400);
  });
});

describe('a release', () => {
  const before = { ...order, events: { OrderAccepted: events.OrderAccepted } };
  test('knows the stored types and versions, and none that is newer', () => {
    const knows = knownBy(domain);
    expect(knows({ type: 'OrderReceived', schema: 1 })).toBe(true);
    expect(knows({ type: 'OrderReceived', schema: 2 })).toBe(false);
    expect(knows({ type: 'OrderAccepted', schema: 2 })).toBe(true);
    expect(knowledgeOf(domain)).toContain('["OrderViewed",1]');
    expect(knownBy({ ...members, deciders: [before] })({ type: 'OrderReceived', schema: 1 })).toBe(false);
  });

  test.each([
    ['projection', { ...members, projections: [{ ...history, events: { ...order.events, OrderAccepted: z.object({}) } }] }],
    ['projection with some of the events', { ...members, projections: [{ ...history, events: { OrderAccepted: events.OrderAccepted } }] }],
    ['publication', { ...members, publications: [{ ...published, events: { PriceAgreed: events.PriceAgreed } }] }],
  ])('refuses a %s that would pass stored events over', (_, some) =>
    expect(() => defineDomain(some as never)).toThrow(
      /a stored Order(Received|Placed|Accepted) is .* by now, so its `events` must have all events of 'order'/,
    ),
  );
});
