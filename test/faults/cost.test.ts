import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { dynamoReadModels } from '../../adapters/read-models/dynamo-read-models.ts';
import type { EventStore } from '../../core/log/event-store.ts';
import { integrationEvents } from '../../core/publish/publication.ts';
import { relay, relayPositions } from '../../core/publish/relay.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import { tableKey } from '../../core/read/projection.ts';
import { projector } from '../../core/read/projector.ts';
import { isPublished, projectionsOf, publicationsOf } from '../../core/registry/domain.ts';
import { domain } from '../domain/index.ts';
import { order } from '../domain/order/decider.ts';
import { placement } from '../edge/problems.ts';
import { createEventsTable, createReadTable, engineClient } from '../support/dynamo.ts';
import { handlerOn } from '../support/handling.ts';
import { meterOf } from '../support/meter.ts';
import { deliveriesOf, storesOf } from '../support/projecting.ts';
import { request } from '../support/requests.ts';

// The units of docs/explanation/cost.md, measured: an order is placed and approved, commit by commit, with nothing kept warm and nothing batched.

const page = readFileSync('docs/explanation/cost.md', 'utf8');
const unitsOnPage = (label: string): string => new RegExp(`^\\| ${label} \\| ([^|]+) \\|`, 'm').exec(page)?.[1]?.trim() ?? 'not there';

const client = engineClient();
const meter = meterOf(client);
let stores: ProjectionPorts;
let other: EventStore;
beforeAll(async () => {
  const followers = [...domain.projections, relayPositions];
  const tables: Record<string, string> = {};
  for (const one of followers) tables[tableKey(one)] = await createReadTable(one);
  const table = await createEventsTable();
  const now = () => new Date();
  stores = storesOf(dynamoEventStore({ client, table, now }), dynamoReadModels({ client, tables }));
  other = dynamoEventStore({ client: engineClient(), table, now });
});

const spent = async (act: () => Promise<unknown>): Promise<string> => {
  meter.reset();
  await act();
  const { read, write, indexWrite } = meter.units();
  const parts = [
    [read, 'read'],
    [write, 'write'],
    [indexWrite, 'index write'],
  ] as const;
  return parts
    .filter(([units]) => units > 0)
    .map(([units, kind]) => `${units} ${kind}`)
    .join(', ');
};

test('the cost of one command and its consequences is as the page says', async () => {
  const stream = { aggregate: 'order', id: randomUUID() };
  await handlerOn(other)(order, stream, request({ type: 'PlaceOrder', data: placement }));
  const approve = () => handlerOn(stores.eventStore)(order, stream, request({ type: 'ApproveOrder', data: {} }));
  const measured = new Map([['A command, cold, on a stream of up to four small commits', await spent(approve)]]);

  const { commits } = await other.read(stream, { from: 1, limit: 10 });
  const listening = projectionsOf(domain)('order');
  for (const [index, commit] of commits.entries())
    for (const projection of listening) {
      const project = projector(stores, () => [projection]);
      const units = await spent(() => project(deliveriesOf([commit])));
      measured.set(`\`${projection.name}\`, ${index === 0 ? 'the first commit' : 'a later commit'}`, units);
    }
  const publish = relay({
    ...stores,
    bus: { publish: async () => {} },
    integrationEvents: integrationEvents(publicationsOf(domain)),
    isPublished: isPublished(domain),
  });
  measured.set('The relay, a commit', await spent(() => publish(deliveriesOf(commits.slice(0, 1)))));

  expect(Object.fromEntries([...measured.keys()].map((label) => [label, unitsOnPage(label)]))).toEqual(Object.fromEntries(measured));
});
