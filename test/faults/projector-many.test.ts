import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { dynamoReadModels } from '../../adapters/read-models/dynamo-read-models.ts';
import type { Commit, StoredEvent } from '../../core/log/event-store.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import { tableKey } from '../../core/read/projection.ts';
import { projector } from '../../core/read/projector.ts';
import { progressKey } from '../../core/read/read-models.ts';
import { createEventsTable, createReadTable, engineClient } from '../support/dynamo.ts';
import { eachFault } from '../support/each-fault.ts';
import { faultyClient, type Strike } from '../support/faults.ts';
import { deliveriesOf, storesOf } from '../support/projecting.ts';
import { cut, headOf, noted, notes, notesOf, poison, totals, wholesome, written } from '../support/read-notes.ts';
import { rowOf } from '../support/read-taps.ts';

let events: string;
let tables: Readonly<Record<string, string>>;
beforeAll(async () => {
  events = await createEventsTable();
  tables = { [tableKey(notes)]: await createReadTable(notes), [tableKey(totals)]: await createReadTable(totals) };
});

const storesOn = (client = engineClient()): ProjectionPorts =>
  storesOf(dynamoEventStore({ client, table: events, now: () => new Date() }), dynamoReadModels({ client, tables }));

interface Trial {
  /** A list of streams, each of commits, each of `[amount, note]`. Notes are made unique for every try. */
  readonly streams: readonly (readonly (readonly [amount: number, note: string])[])[];
  /** The number of documents that each commit changes; one without it. */
  readonly documents?: number;
  /** How many commits of each stream are in the documents already. */
  readonly projected?: readonly number[];
  /** `[stream, commit]`. */
  readonly delivered: readonly (readonly [number, number])[];
  readonly requests: readonly string[];
  readonly projection?: typeof totals;
}

const two = [
  [
    [1, 'a'],
    [2, 'b'],
  ],
  [
    [3, 'a'],
    [4, 'a'],
  ],
] as const;
const poisoned = [
  [
    [1, 'a'],
    [poison, 'a'],
    [2, 'a'],
  ],
  [[5, 'a']],
] as const;

const trials: Readonly<Record<string, Trial>> = {
  'a new stream': { streams: two, delivered: [[0, 0]], requests: ['GetItem', 'GetItem', 'TransactWriteItems'] },
  'two commits on two documents': {
    streams: two,
    delivered: [
      [0, 0],
      [0, 1],
    ],
    requests: ['GetItem', 'BatchGetItem', 'TransactWriteItems'],
  },
  'two streams on one document': {
    streams: two,
    delivered: [
      [0, 0],
      [1, 0],
      [1, 1],
    ],
    requests: ['BatchGetItem', 'GetItem', 'TransactWriteItems'],
  },
  'a gap': { streams: two, projected: [0, 0], delivered: [[1, 1]], requests: ['GetItem', 'Query', 'GetItem', 'TransactWriteItems'] },
  'commits that came before': {
    streams: two,
    projected: [2, 2],
    delivered: [
      [0, 1],
      [1, 0],
    ],
    requests: ['BatchGetItem'],
  },
  'poison in one of two streams': {
    streams: poisoned,
    delivered: [
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
    ],
    requests: ['BatchGetItem', 'GetItem', 'TransactWriteItems'],
  },
  'a commit of more documents than a transaction takes': {
    streams: [[[1, 'a']]],
    documents: 120,
    delivered: [[0, 0]],
    requests: ['GetItem', 'BatchGetItem', 'BatchGetItem', 'TransactWriteItems', 'TransactWriteItems'],
  },
  'poison in a document of one stream': {
    streams: poisoned,
    delivered: [
      [0, 0],
      [0, 1],
      [0, 2],
    ],
    requests: ['PutItem'],
    projection: totals,
  },
};

/** Delivers a batch while a fault strikes, then again to another instance: each event counts once, and only poison is parked. */
const tryBatch = async (trial: Trial, ...strikes: readonly Strike[]): Promise<readonly string[]> => {
  const { streams, documents = 1, projected = [], delivered, projection = notes } = trial;
  const sane = storesOn();
  const run = randomUUID();
  const eventsOf = ([amount, note]: readonly [number, string]): readonly StoredEvent[] =>
    Array.from({ length: documents }, (_, index) => noted(amount, `${run}-${note}${index}`));
  const filled = await Promise.all(streams.map((commits) => written(sane.eventStore, ...commits.map(eventsOf))));
  const pick = (which: readonly (readonly [number, number])[]) =>
    which.map(([stream, commit]) => filled[stream]?.commits[commit] as Commit);
  const project = (stores: ProjectionPorts, commits: readonly Commit[]) => projector(stores, () => [projection])(deliveriesOf(commits));
  await project(
    sane,
    filled.flatMap(({ commits }, index) => commits.slice(0, projected[index] ?? 0)),
  );

  const { client, requests } = faultyClient(...strikes);
  const failed = await project(storesOn(client), pick(delivered));
  const seen = [...requests];
  await check(sane, failed.size === 0);
  expect(await project(sane, pick(delivered))).toEqual(new Map());
  await check(sane, true);
  return seen;

  async function check(stores: ProjectionPorts, isDone: boolean): Promise<void> {
    const inDocuments: (readonly Commit[])[] = [];
    for (const { stream, commits } of filled) {
      const { version, parked } = await rowOf(stores, projection, progressKey(projection, stream));
      const upTo = headOf(wholesome(commits));
      const furthest = pick(delivered).filter((commit) => commit.stream.id === stream.id && commit.version <= upTo);
      if (isDone) expect(version).toBeGreaterThanOrEqual(headOf(furthest));
      if (parked !== undefined) expect(version).toBe(upTo);
      if (parked !== undefined) expect(upTo).toBeLessThan(headOf(commits));
      inDocuments.push(commits.filter((commit) => commit.version <= version).map((commit) => cut(commit, 0, version)));
    }
    if (projection.key === undefined) return;
    const keys = [...notesOf(filled.map(({ commits }) => commits)).keys()];
    const rows = await stores.readModels.getMany(projection, keys, 'strong');
    expect(new Map([...rows].map(([key, { document }]) => [key, document]))).toEqual(notesOf(inDocuments));
  }
};

describe.each(Object.entries(trials))('%s', (_, trial) => {
  test('goes to the engine as often as it has to', async () => expect(await tryBatch(trial)).toEqual(trial.requests));

  eachFault('counts once, whichever of its requests is met by: %s', (fault) =>
    Promise.all(trial.requests.map((_, index) => tryBatch(trial, { fault, at: index + 1 }))),
  );
});
