import { beforeEach, describe, expect, test } from '@jest/globals';
import { domainOf, memoryWorld, next, tallyCount, type World } from '../../test/support/rebuilding.ts';
import { added, append } from '../../test/support/requests.ts';
import { tally, tallyTotal } from '../../test/support/tally.ts';
import { tallyPublication } from '../../test/support/tally-publication.ts';
import { Unwritable } from '../basics/errors.ts';
import { relayPositions } from '../publish/relay.ts';
import type { AnyProjection } from '../read/projection.ts';
import { project } from '../read/projector.ts';
import type { Change } from '../read/read-models.ts';
import { changePointer } from '../rebuild/pointers.ts';
import { failed, registered, revisionTable } from '../rebuild/revisions.ts';
import { defineDomain } from '../registry/domain.ts';
import { bringUp } from '../registry/followers.ts';
import { behindLeader, catchUp, parkedStreams, redrive, revisionReports } from './operations.ts';

const second = next(tallyTotal);
const both = [tallyTotal, second];
const domain = domainOf(...both);
const name = tallyTotal.name;
const publishing = defineDomain({ deciders: [tally], projections: both, publications: [tallyPublication] });
const bus = { publish: async () => Promise.reject(new Error('nothing leaves here')) };

let world: World;
beforeEach(async () => {
  world = memoryWorld();
  const tables = both.map((one) => revisionTable(world.readModels, one));
  await changePointer(world, name, (known) => registered(known, tables, { isFirst: true, at: '2026-01-01T00:00:00.000Z' }));
});

test('the report of a revision that has failed says why', async () => {
  await changePointer(world, name, (known) => failed(known, 2, { attempt: 1, error: 'no luck', at: '2026-02-01T00:00:00.000Z' }));
  const [first, failing] = await revisionReports({ ...world, domain: domainOf(...both) });
  expect(failing).toMatchObject({ state: 'failed', error: 'no luck', since: '2026-02-01T00:00:00.000Z' });
  expect(first).not.toHaveProperty('error');
  const [unknown] = await revisionReports({ ...memoryWorld(), domain: domainOf(tallyCount) });
  expect(unknown).not.toHaveProperty('since');
});

describe('catching up', () => {
  test('publishes what the relay has missed, of any number of streams', async () => {
    const ids = Array.from({ length: 120 }, (_, index) => `many-${index}`);
    for (const id of ids) await append(world.eventStore, world.eventStore.begin({ aggregate: 'tally', id }), added(1));
    const sent: string[] = [];
    let atOnce = 0;
    const read = async (...args: Parameters<typeof world.eventStore.read>) => {
      atOnce += 1;
      await Promise.resolve();
      return world.eventStore.read(...args);
    };
    const batches: number[] = [];
    const publish = async ({ subject }: { readonly subject: string }) => {
      if (atOnce > 0) batches.push(atOnce);
      atOnce = 0;
      sent.push(subject);
    };
    const caught = { ...world, eventStore: { ...world.eventStore, read }, bus: { publish }, domain: publishing };
    expect(
      await catchUp(
        caught,
        ids.map((id) => ({ aggregate: 'tally', id })),
      ),
    ).toEqual(new Map());
    expect(sent.toSorted()).toEqual(ids.map((id) => `tally-${id}`).toSorted());
    expect(batches).toEqual([20, 20, 20, 20, 20, 20]);
    for (const id of ['many-0', 'many-50', 'many-119'])
      expect(await world.readModels.get(tallyTotal, id, 'strong')).toMatchObject({ version: 1 });
  });

  test('answers what the bus has not taken', async () => {
    const stream = { aggregate: 'tally', id: 'a' };
    await append(world.eventStore, world.eventStore.begin(stream), added(1));
    const failures = await catchUp({ ...world, bus, domain: publishing }, [stream]);
    expect([...failures]).toEqual([['tally-a', new Error('nothing leaves here')]]);
  });
});

describe('what a projection has set aside', () => {
  const fails = () => {
    throw new Error('not yet');
  };
  const picky: AnyProjection = { ...tallyTotal, name: 'picky', evolve: { Added: fails } };
  const fixed: AnyProjection = { ...picky, evolve: tallyTotal.evolve };
  const stream = { aggregate: 'tally', id: 'a' };
  beforeEach(async () => {
    await append(world.eventStore, world.eventStore.begin(stream), added(1));
    await project(world, picky, [{ stream, commits: [] }]);
  });

  test('stays there while the table is down: that is an error', async () => {
    const down = { ...world.readModels, write: async () => Promise.reject(new Error('down')) };
    const redriven = redrive({ ...world, readModels: down, bus, domain: domainOf(fixed) }, { projection: fixed, stream: 'tally-a' });
    await expect(redriven).rejects.toThrow('down');
    expect((await world.readModels.parked(picky, { limit: 10 })).items).toHaveLength(1);
  });

  test('is not of a stream that the projection does not listen to', async () => {
    const catching = { ...world, bus, domain: domainOf(picky) };
    await expect(redrive(catching, { projection: picky, stream: 'order-1' })).rejects.toMatchObject({
      ...{ name: 'NotFound', code: 'NotFound', message: 'picky@1 does not listen to order-1' },
    });
  });
});

describe('what the relay has set aside', () => {
  const park = async (...ids: string[]) => {
    const deliveries = ids.map((id) => ({ stream: { tenant: 'acme', aggregate: 'tally', id }, commits: [] }));
    for (const { stream } of deliveries) await append(world.eventStore, world.eventStore.begin(stream), added(1));
    const refuse = async () => Promise.reject(new Unwritable('no'));
    await bringUp(world, { domain: publishing, bus: { publish: refuse } })(relayPositions, deliveries);
  };
  const parked = async () => {
    const streams: string[] = [];
    for await (const { stream } of parkedStreams(world, relayPositions)) streams.push(stream);
    return streams;
  };

  test('is listed to the end, of every tenant', async () => {
    const ids = Array.from({ length: 130 }, (_, index) => `p${index}`);
    await park(...ids);
    expect((await parked()).toSorted()).toEqual(ids.map((id) => `acme/tally-${id}`).toSorted());
  });

  test('is published after the repair', async () => {
    await park('p');
    const sent: string[] = [];
    const publish = async ({ subject }: { readonly subject: string }) => void sent.push(subject);
    const catching = { ...world, bus: { publish }, domain: publishing };
    expect(await redrive(catching, { projection: relayPositions, stream: 'acme/tally-p' })).toBe(true);
    expect(sent).toEqual(['acme/tally-p']);
    expect(await parked()).toEqual([]);
  });
});

test('a stream that the leader could not be brought up to is not brought up in the follower', async () => {
  await changePointer(world, name, (known) => ({ ...known, leads: 2 }));
  for (const id of ['late', 'fine']) await append(world.eventStore, world.eventStore.begin({ aggregate: 'tally', id }), added(1));
  const { write } = world.readModels;
  const deaf = async (projection: AnyProjection, changes: readonly Change[]) => {
    if (projection.revision === 2 && changes.some(({ key }) => key === 'late')) throw new Error('down');
    return write(projection, changes);
  };
  const catching = { ...world, bus, domain, readModels: { ...world.readModels, write: deaf } };
  const streams = ['late', 'fine'].map((id) => ({ stream: { aggregate: 'tally', id }, commits: [] }));
  expect([...(await behindLeader(catching)(tallyTotal, streams))]).toEqual([['tally-late', new Error('down')]]);
  for (const projection of both) {
    expect(await world.readModels.get(projection, 'late', 'strong')).toMatchObject({ version: 0 });
    expect(await world.readModels.get(projection, 'fine', 'strong')).toMatchObject({ version: 1 });
  }
});
