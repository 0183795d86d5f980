import { beforeAll, describe, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { dynamoReadModels } from '../../adapters/read-models/dynamo-read-models.ts';
import type { Commit, StoredEvent } from '../../core/log/event-store.ts';
import { tableKey } from '../../core/read/projection.ts';
import { createEventsTable, createReadTable, engineClient } from '../support/dynamo.ts';
import { eachFault } from '../support/each-fault.ts';
import { faultyClient, type Strike } from '../support/faults.ts';
import { foldOf } from '../support/naive-fold.ts';
import { delivering } from '../support/projecting.ts';
import { added, append, loadAll, newStream } from '../support/requests.ts';
import { tallyTotal } from '../support/tally.ts';

let events: string;
let tables: Readonly<Record<string, string>>;
beforeAll(async () => {
  events = await createEventsTable();
  tables = { [tableKey(tallyTotal)]: await createReadTable(tallyTotal) };
});

const storesOn = (client = engineClient()) => ({
  eventStore: dynamoEventStore({ client, table: events, now: () => new Date() }),
  readModels: dynamoReadModels({ client, tables }),
});
const projectOn = (client = engineClient()) => delivering({ ...storesOn(client), projections: [tallyTotal] });

interface Trial {
  /** How many commits the document holds already. */
  readonly projected: number;
  /** Which commits are delivered. */
  readonly delivered: readonly number[];
  /** What goes to the engine when all is well. */
  readonly requests: readonly string[];
}

const cleared: StoredEvent = { type: 'Cleared', schema: 1, data: {} };
const history = [added(1), added(2, 3), added(4), [cleared], added(5)];

const trials: Readonly<Record<string, Trial>> = {
  'a new stream': { projected: 0, delivered: [0, 1, 2], requests: ['PutItem'] },
  'later commits': { projected: 1, delivered: [1, 2], requests: ['GetItem', 'PutItem'] },
  'a commit that deletes the document': { projected: 3, delivered: [3], requests: ['GetItem', 'PutItem'] },
  'a commit after the deletion': { projected: 4, delivered: [4], requests: ['GetItem', 'PutItem'] },
  'a gap': { projected: 1, delivered: [3], requests: ['GetItem', 'Query', 'PutItem'] },
  'a gap from the beginning': { projected: 0, delivered: [2, 4], requests: ['GetItem', 'Query', 'PutItem'] },
  'a commit that came before': { projected: 5, delivered: [2, 4], requests: ['GetItem'] },
  'the first commit again': { projected: 5, delivered: [0], requests: ['PutItem', 'GetItem'] },
};

/** Delivers a batch while a fault strikes, then again to another instance: the document is the fold of the stream. */
const tryBatch = async ({ projected, delivered }: Trial, ...strikes: readonly Strike[]): Promise<readonly string[]> => {
  const { eventStore, readModels } = storesOn();
  const commits: Commit[] = [];
  let { tail } = await loadAll(eventStore, newStream(), 'strong');
  for (const one of history) {
    const appended = await append(eventStore, tail, one);
    commits.push(appended.commit);
    tail = appended.tail;
  }
  const documentOf = () => readModels.get(tallyTotal, tail.stream.id, 'strong');
  const pick = (which: readonly number[]) => which.map((index) => commits[index] as Commit);
  if (projected > 0) await projectOn()(commits.slice(0, projected));

  const { client, requests } = faultyClient(...strikes);
  const failed = await projectOn(client)(pick(delivered));
  const seen = [...requests];
  const after = await documentOf();
  const furthest = Math.max(...pick(delivered).map(({ version }) => version));
  if (failed.size === 0) expect(after.version).toBeGreaterThanOrEqual(furthest);

  expect(await projectOn()(pick(delivered))).toEqual(new Map());
  const found = await documentOf();
  expect(found.version).toBeGreaterThanOrEqual(furthest);
  for (const one of [after, found])
    expect(one).toEqual(
      foldOf(
        tallyTotal,
        commits.filter(({ version }) => version <= one.version),
      ),
    );
  return seen;
};

describe.each(Object.entries(trials))('%s', (_, trial) => {
  test('sends the expected requests', async () => expect(await tryBatch(trial)).toEqual(trial.requests));

  eachFault('is projected once, whichever of its requests is met by: %s', (fault) =>
    Promise.all(trial.requests.map((_, index) => tryBatch(trial, { fault, at: index + 1 }))),
  );
});
