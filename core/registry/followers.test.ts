import { describe, expect, test } from '@jest/globals';
import { deliveriesOf } from '../../test/support/projecting.ts';
import { memoryStores, parkedIn, rowOf } from '../../test/support/read-taps.ts';
import { added, append } from '../../test/support/requests.ts';
import { tally, tallyTotal } from '../../test/support/tally.ts';
import { tallyPublication } from '../../test/support/tally-publication.ts';
import { Unwritable } from '../basics/errors.ts';
import { defineCalls } from '../calls/calls.ts';
import type { IntegrationEvent } from '../publish/publication.ts';
import { relayPositions } from '../publish/relay.ts';
import { defineDecider } from '../write/decider.ts';
import { defineDomain } from './domain.ts';
import { bringUp, followerOf, isFollowing, relaysOf } from './followers.ts';

const silent = defineDecider({
  name: 'silent',
  commands: {},
  events: {},
  initialState: () => ({}),
  decide: {},
  evolve: {},
});
const members = { deciders: [tally, silent], projections: [tallyTotal, { ...tallyTotal, revision: 2 }] };
const plain = defineDomain(members);
const publishing = defineDomain({ ...members, publications: [tallyPublication] });
const calling = defineDomain({ ...members, calls: [defineCalls({ name: 'bank', of: tally, on: { Closed: () => null } })] });

test.each([
  ['nothing leaves the service', plain, []],
  ['it publishes events', publishing, [relayPositions]],
  ['it calls a third party', calling, [relayPositions]],
])('the relay follows the log or not: %s', (_, domain, expected) => expect(relaysOf(domain)).toEqual(expected));

describe('a follower by its name', () => {
  test('is a revision of a projection, or the relay', () => {
    expect(followerOf(publishing, 'tally-total', 2)).toBe(members.projections[1]);
    expect(followerOf(publishing, 'relay', 1)).toBe(relayPositions);
  });
  test.each([
    [plain, 'relay', 1],
    [publishing, 'tally-total', 3],
  ])('is not found where the service has none', (domain, name, revision) =>
    expect(() => followerOf(domain, name, revision)).toThrow(expect.objectContaining({ code: 'UnknownProjection' })),
  );
});

test.each([
  ['a projection', tallyTotal, 'tally', true],
  ['a projection', tallyTotal, 'silent', false],
  ['the relay', relayPositions, 'tally', true],
  ['the relay', relayPositions, 'silent', false],
  ['the relay', relayPositions, 'nobody', false],
])('%s follows or does not follow a stream (%#)', (_, follower, aggregate, expected) =>
  expect(isFollowing(publishing)(follower, { aggregate, id: '1' })).toBe(expected),
);

describe('to bring up', () => {
  const stream = { aggregate: 'tally', id: 'a' };
  const begin = async (...amounts: number[]) => {
    const stores = memoryStores();
    const { commit } = await append(stores.eventStore, stores.eventStore.begin(stream), added(...amounts));
    const sent: IntegrationEvent[] = [];
    const publish = async (event: IntegrationEvent) => void sent.push(event);
    return { stores, deliveries: deliveriesOf([commit]), sent, publish };
  };

  test('a projection is to apply the events, and to publish none', async () => {
    const { stores, deliveries, sent, publish } = await begin(1, 2);
    expect(await bringUp(stores, { domain: publishing, bus: { publish } })(tallyTotal, deliveries)).toEqual(new Map());
    expect(await rowOf(stores, tallyTotal, 'a')).toMatchObject({ version: 2, document: { sum: 3 } });
    expect(sent).toEqual([]);
  });

  test('the relay is to publish the events, of publications and of notices', async () => {
    const { stores, deliveries, sent, publish } = await begin(1);
    const both = defineDomain({ ...members, publications: [tallyPublication], calls: [bank] });
    expect(await bringUp(stores, { domain: both, bus: { publish } })(relayPositions, deliveries)).toEqual(new Map());
    expect(sent.map(({ source, type }) => [source, type])).toEqual([
      ['tallies', 'Added.v1'],
      ['calls', 'Added.v1'],
    ]);
    expect(await rowOf(stores, tallyTotal, 'a')).toMatchObject({ version: 0 });
  });
  const bank = defineCalls({ name: 'bank', of: tally, on: { Added: () => null } });

  test.each([
    [false, 0, 1],
    [true, 1, 0],
  ])('a parked stream is to try it again only if asked to: %s', async (retryParked, published, parked) => {
    const { stores, deliveries, sent, publish } = await begin(1);
    const refuse = async () => Promise.reject(new Unwritable('no'));
    await bringUp(stores, { domain: publishing, bus: { publish: refuse } })(relayPositions, deliveries);
    await bringUp(stores, { domain: publishing, bus: { publish } })(relayPositions, deliveries, { retryParked });
    expect(sent).toHaveLength(published);
    expect(await parkedIn(stores, relayPositions)).toHaveLength(parked);
  });

  test.each([
    [false, 0],
    [true, 2],
  ])('a projection is to try a parked stream again only if asked to: %s', async (retryParked, version) => {
    const { stores, publish } = await begin(1, 2);
    const fails = () => {
      throw new Error('not yet');
    };
    const bring = bringUp(stores, { domain: publishing, bus: { publish } });
    await bring({ ...tallyTotal, evolve: { Added: fails } }, [{ stream, commits: [] }]);
    await bring(tallyTotal, [{ stream, commits: [] }], { retryParked });
    expect(await rowOf(stores, tallyTotal, 'a')).toMatchObject({ version });
  });
});
