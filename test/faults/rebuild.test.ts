import { beforeAll, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { dynamoPointers } from '../../adapters/read-models/dynamo-pointers.ts';
import { dynamoReadModels } from '../../adapters/read-models/dynamo-read-models.ts';
import { type AnyProjection, tableKey } from '../../core/read/projection.ts';
import { fillPage } from '../../core/rebuild/rebuild.ts';
import { steward } from '../../core/rebuild/steward.ts';
import { createEventsTable, createPointersTable, createReadTable, engineClient } from '../support/dynamo.ts';
import { faultNames, faultyClient, type Strike } from '../support/faults.ts';
import { domainOf, rebuildOf, runRebuild, stepsOf, tallyCount, type World } from '../support/rebuilding.ts';
import { added, append } from '../support/requests.ts';
import { sampled } from '../support/runs.ts';
import { tallyTotal } from '../support/tally.ts';

const ids = ['a1', 'a2', 'b1'];

let events: string;
let pointers: string;
const tables: Record<string, string> = {};
beforeAll(async () => {
  events = await createEventsTable();
  pointers = await createPointersTable();
  const { eventStore } = worldOn();
  for (const id of ids) await append(eventStore, eventStore.begin({ aggregate: 'tally', id }), added(1, 1));
});

const worldOn = (client = engineClient()): World => ({
  eventStore: dynamoEventStore({ client, table: events, now: () => new Date() }),
  readModels: dynamoReadModels({ client, tables }),
  pointers: dynamoPointers({ client, table: pointers }),
  now: () => new Date(),
  pause: async () => {},
});

/** Each trial has a projection and a table of its own: what is built once is not built again. */
let trials = 0;
const begun = async (): Promise<{ projection: AnyProjection; domain: ReturnType<typeof domainOf> }> => {
  const projection = { ...(tallyCount as AnyProjection), name: `count-${trials++}` };
  tables[tableKey(projection)] = await createReadTable(projection);
  const domain = domainOf(projection);
  await steward({ ...worldOn(), domain, rebuilds: { start: async () => 'running' } });
  return { projection, domain };
};

const demandComplete = async (projection: AnyProjection): Promise<void> => {
  const { readModels, pointers } = worldOn();
  const pointer = await pointers.read(projection.name);
  expect(pointer).toMatchObject({ serves: projection.revision, revisions: { [projection.revision]: { state: 'complete' } } });
  expect((await readModels.get(projection, 'a', 'strong')).document).toEqual({ events: 4 });
  expect((await readModels.get(projection, 'b', 'strong')).document).toEqual({ events: 2 });
};

/** A rebuild while a fault strikes; where that ends it, another process goes on. */
const tryRebuild = async (...strikes: readonly Strike[]): Promise<readonly string[]> => {
  const { projection, domain } = await begun();
  const { client, requests } = faultyClient(...strikes);
  const run = (world: World, attempt: number) => runRebuild(stepsOf(domain, world), rebuildOf(projection, attempt));
  const outcome = await run(worldOn(client), 1).then(
    () => 'complete',
    () => 'failed',
  );
  const seen = [...requests];
  if (outcome === 'failed') {
    const { serves } = await worldOn().pointers.read(projection.name);
    // Whatever was lost on the way: a flip is answered only by one who has seen it, and happens only once it is proven.
    if (serves !== undefined) await demandComplete(projection);
    await run(worldOn(), 2);
  }
  await demandComplete(projection);
  return seen;
};

const whereItIs = ['GetItem'];
const kept = ['GetItem', 'PutItem'];
const page = ['Scan'];
const written = ['GetItem', 'GetItem', 'TransactWriteItems']; // A stream, and its document.

/** In turn, and an invocation for each: of eight segments, three have a stream. */
const empty = [page, page, page, page, page];
const fills = [...empty, ...ids.map(() => [...page, ...written])];
const expected = [
  ...kept, // The plan.
  ...fills.flatMap((fill) => [...whereItIs, ...fill, ...kept]),
  ...kept, // It leads.
  ...[...empty, ...ids.map(() => [...page, 'BatchGetItem'])].flat(), // The audit.
  ...kept, // It serves.
];

test('a rebuild sends the expected requests', async () => expect((await tryRebuild()).toSorted()).toEqual(expected.toSorted()));

test.each(['a crash before', 'a crash after', 'timed out, executed', 'throttled'] as const)(
  'whichever of its requests meets %s: the rebuild continues, and every event is projected once',
  async (fault) => {
    const places = expected.map((_, index) => index + 1);
    await Promise.all(sampled(places, 5).map((at) => tryRebuild({ fault, at })));
  },
);

test.each([...faultNames])('documents of one stream are filled from the log once, whichever request meets: %s', async (fault) => {
  const expected = ['Scan', 'BatchExecuteStatement'];
  for (let strike = 0; strike <= expected.length; strike++) {
    const projection = { ...(tallyTotal as AnyProjection), name: `total-${trials++}` };
    tables[tableKey(projection)] = await createReadTable(projection);
    const { client, requests } = faultyClient(...(strike === 0 ? [] : [{ fault, at: strike }]));
    const fill = (world: World) => fillPage({ stores: world, projection, isListening: () => true }, { index: 0, of: 1 });
    await fill(worldOn(client)).catch(() => {});
    if (strike === 0) expect(requests).toEqual(expected);
    await fill(worldOn());
    for (const id of ids) expect(await worldOn().readModels.get(projection, id, 'strong')).toMatchObject({ version: 2 });
  }
});
