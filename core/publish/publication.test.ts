import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import type { orderPublication } from '../../test/domain/order/integration-events.ts';
import { tally } from '../../test/support/tally.ts';
import { tallyPublication } from '../../test/support/tally-publication.ts';
import type { Message } from '../basics/messages.ts';
import type { Commit } from '../log/event-store.ts';
import { Poison } from '../log/poison.ts';
import { versioned } from '../log/upcasting.ts';
import { commitsOf, recordedAt } from '../testing/commits.ts';
import {
  type AnyPublication,
  byReference,
  definePublication,
  type IntegrationEvent,
  type IntegrationEventOf,
  integrationEvents,
} from './publication.ts';

const stream = { aggregate: 'tally', id: '7' };
const added = (amount: number): Message => ({ type: 'Added', data: { amount } });
const published = (publications: readonly AnyPublication[], ...commits: readonly (readonly Message[])[]) =>
  commitsOf(stream, ...commits).flatMap(integrationEvents(publications));

test('an integration event is a CloudEvent, named for the event that was recorded', () => {
  const [, second] = published([tallyPublication], [added(1)], [added(2)]);
  expect(second).toEqual({
    specversion: '1.0',
    id: 'tally-7@2',
    source: 'tallies',
    type: 'Added.v1',
    subject: 'tally-7',
    time: recordedAt(2),
    datacontenttype: 'application/json',
    streamversion: 2,
    correlationid: 'command-2',
    causationid: 'command-2',
    data: { tallyId: '7', amount: 2 },
  });
});

test('of a tenant it says whose it is, and one that is too large is asked for by who that is', () => {
  const [first] = commitsOf({ tenant: 'acme', ...stream }, [added(1)]).flatMap(integrationEvents([tallyPublication]));
  expect(first).toMatchObject({ id: 'acme/tally-7@1', subject: 'acme/tally-7', tenant: 'acme', data: { tallyId: '7' } });
  expect(byReference(first as IntegrationEvent)).toMatchObject({
    subject: 'acme/tally-7',
    dataref: '/streams/tally/7/published?from=1&limit=1',
  });
  const [other] = published([tallyPublication], [added(1)]);
  expect(other).not.toHaveProperty('tenant');
});

test('what processes have led to says so, and what a client has done does not', () => {
  const [commit] = commitsOf(stream, [added(1)]);
  const depths = [undefined, 0, 1, 16].map((depth) => ({ ...(commit as Commit), ...(depth === undefined ? {} : { depth }) }));
  const all = depths.flatMap(integrationEvents([tallyPublication]));
  expect(all.map((event) => ('depth' in event ? event.depth : 'none'))).toEqual(['none', 'none', 1, 16]);
});

test('every event of a commit has an id of its own, and what has no row stays inside', () => {
  const all = published([tallyPublication], [added(1), { type: 'Cleared', data: {} }, added(2)], [{ type: 'Closed', data: {} }]);
  expect(all.map(({ id, type }) => [id, type])).toEqual([
    ['tally-7@1', 'Added.v1'],
    ['tally-7@3', 'Added.v1'],
    ['tally-7@4', 'Closed.v1'],
  ]);
});

const picky = definePublication({
  name: 'large.tallies',
  events: tally.events,
  publishes: { 'Added.v2': z.object({ amount: z.int() }) },
  map: { Added: ({ amount }) => (amount < 5 ? null : { type: 'Added.v2', data: { amount } }) },
});

test('a row may keep an event back', () => {
  expect(published([picky], [added(4)], [added(5)])).toMatchObject([{ id: 'tally-7@2', source: 'large.tallies' }]);
});

test('an event may leave in two versions, each from a publication of its own', () => {
  const both = published([tallyPublication, picky], [added(9)]);
  expect(both.map(({ source, id, type }) => [source, id, type])).toEqual([
    ['tallies', 'tally-7@1', 'Added.v1'],
    ['large.tallies', 'tally-7@1', 'Added.v2'],
  ]);
});

test('an old event is lifted first', () => {
  const renamed = {
    Added: versioned(z.object({ points: z.int() }), {
      1: { from: z.object({ amount: z.int() }), to: ({ amount }) => ({ points: amount }) },
    }),
  };
  const modern = definePublication({
    name: 'modern',
    events: renamed,
    publishes: { 'Scored.v1': z.object({ points: z.int() }) },
    map: { Added: ({ points }) => ({ type: 'Scored.v1', data: { points } }) },
  });
  expect(published([modern], [added(3)])).toMatchObject([{ type: 'Scored.v1', data: { points: 3 } }]);
});

describe('an event is poison', () => {
  const poisonous = (map: AnyPublication['map'], ...events: readonly Message[]) => {
    try {
      published([{ ...tallyPublication, map } as AnyPublication], events);
    } catch (error) {
      return error;
    }
    return undefined;
  };

  test('where its row throws', () => {
    const error = poisonous(
      {
        Added: () => {
          throw new Error('no idea');
        },
      },
      added(1),
    );
    expect(error).toBeInstanceOf(Poison);
    expect(error).toMatchObject({ eventId: 'tally-7@1', message: 'Error: no idea' });
  });

  test('where what its row makes does not fit the published shape', () => {
    expect(poisonous(tallyPublication.map, added(1), added(1001))).toMatchObject({
      eventId: 'tally-7@2',
      message: expect.stringMatching(/tallies: tally-7@2: Added\.v1 does not fit.*amount/),
    });
  });

  test('where its row makes a type that is not declared', () => {
    expect(poisonous({ Added: () => ({ type: 'Addition.v1', data: {} }) }, added(1))).toMatchObject({ eventId: 'tally-7@1' });
  });
});

test('an integration event carries nothing that its shape does not name', () => {
  const chatty = { ...tallyPublication, map: { Added: () => ({ type: 'Added.v1', data: { tallyId: '7', amount: 1, secret: 'x' } }) } };
  expect(published([chatty as AnyPublication], [added(1)])[0]?.data).toEqual({ tallyId: '7', amount: 1 });
});

test('who listens gets types', () => {
  const hear = (event: IntegrationEventOf<typeof orderPublication>): string =>
    event.type === 'OrderPlaced.v1' ? `${event.data.totalCents} by ${event.data.customerId}` : event.data.orderId;
  // @ts-expect-error: a placed order has no reason.
  const wrong = (event: IntegrationEventOf<typeof orderPublication>) => event.type === 'OrderPlaced.v1' && event.data.reason;
  expect([hear, wrong]).toHaveLength(2);
});
