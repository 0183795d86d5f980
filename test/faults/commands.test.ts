import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Message } from '../../core/basics/messages.ts';
import { recallWindow } from '../../core/log/event-store.ts';
import { atMost } from '../support/at-most.ts';
import { badge, hold, show } from '../support/badge.ts';
import { createEventsTable, createNamesTable } from '../support/dynamo.ts';
import { type FaultName, faultNames, faults } from '../support/faults.ts';
import { noise } from '../support/noise.ts';
import { pile, put } from '../support/pile.ts';
import { add, close, tally } from '../support/tally.ts';
import { type Tables, type Trial, tryCommand } from './command-trial.ts';

let tables: Tables;
beforeAll(async () => {
  tables = { table: await createEventsTable(), names: await createNamesTable() };
});

const some = (count: number, command: Message): Message[] => Array<Message>(count).fill(command);
const tallied = { decider: tally, given: [], then: ['Added'] } as const;
const badged = { decider: badge, given: [show], then: ['NamesHeld'] } as const;

const trials: Readonly<Record<string, Trial>> = {
  'a first command': { ...tallied, when: add(1, 2), requests: ['Query', 'PutItem'], then: ['Added', 'Added'] },
  'a command on a stream': { ...tallied, given: [add(1), add(2, 3)], when: add(4), requests: ['Query', 'PutItem'] },
  'a command on a stream that is remembered': { ...tallied, given: [add(1), add(2, 3)], remembers: 2, when: add(4), requests: ['PutItem'] },
  'a command on a stream that is remembered as it was a commit ago': {
    ...tallied,
    given: [add(1), add(2, 3)],
    remembers: 1,
    when: add(4),
    requests: ['PutItem', 'PutItem'],
  },
  'a command on a stream that is remembered as it was long ago': {
    ...tallied,
    given: some(12, add(1)),
    remembers: 1,
    when: add(4),
    requests: ['PutItem', 'PutItem', 'Query', 'PutItem'],
  },
  'a lost race': { ...tallied, given: [add(1)], rivals: [add(2)], when: add(3), requests: ['Query', 'PutItem', 'PutItem'] },
  'two lost races': { ...tallied, rivals: [add(1), add(2)], when: add(3), requests: ['Query', 'PutItem', 'PutItem', 'Query', 'PutItem'] },
  'a race lost to what makes it refused': {
    ...tallied,
    rivals: [close],
    when: add(1),
    requests: ['Query', 'PutItem', 'Query'],
    then: 'TallyClosed',
  },
  'a command that came before': { ...tallied, given: [add(1)], cameBefore: [], when: add(2), requests: ['Query'] },
  'a command that came long before': {
    ...tallied,
    given: [add(1)],
    cameBefore: some(12, add(1)),
    when: add(2),
    requests: ['Query', 'Query'],
  },
  'a later try of what came before the last 64 commits': {
    ...tallied,
    isTriedAgain: true,
    cameBefore: some(recallWindow + 1, add(1)),
    when: add(2),
    requests: ['Query', 'Query'],
  },
  'a later try of what never came, on a stream of more than 64 commits': {
    ...tallied,
    isTriedAgain: true,
    given: some(recallWindow + 1, add(1)),
    when: add(2),
    requests: ['Query', 'Query', 'PutItem'],
  },
  'a command that came before, and is not remembered': {
    ...tallied,
    given: [add(1)],
    remembers: 1,
    cameBefore: [add(5)],
    when: add(2),
    requests: ['PutItem'],
  },
  'a refusal': { ...tallied, given: [close], when: add(1), requests: ['Query', 'Query'], then: 'TallyClosed' },
  'a refusal on a stream that is remembered': {
    ...tallied,
    given: [close],
    remembers: 1,
    when: add(1),
    requests: ['Query'],
    then: 'TallyClosed',
  },
  'a command that finds it so already': { ...tallied, given: [close], when: close, requests: ['Query', 'Query'], then: [] },
  'a snapshot that is due': {
    decider: pile,
    given: [put(noise(4000)), ...some(6, put('x'))],
    when: put('y'),
    requests: ['Query', 'PutItem'],
    then: ['SheetPut'],
    isSnapshotDue: true,
  },
  'a claim': { ...badged, when: hold('a', 'b'), requests: ['Query', 'TransactWriteItems'] },
  'a claim on a stream that is remembered': { ...badged, remembers: 1, when: hold('a'), requests: ['TransactWriteItems'] },
  'a name for another': { ...badged, given: [hold('a')], when: hold('b'), requests: ['Query', 'TransactWriteItems'] },
  'a release': { ...badged, given: [hold('a', 'b')], when: hold('b'), requests: ['Query', 'TransactWriteItems'] },
  'a claim of what was given up elsewhere': {
    ...badged,
    elsewhere: [hold('a'), hold()],
    when: hold('a'),
    requests: ['Query', 'TransactWriteItems'],
  },
  'a claim of what is taken': {
    ...badged,
    elsewhere: [hold('a')],
    when: hold('a'),
    requests: ['Query', 'TransactWriteItems'],
    then: 'NameTaken',
  },
  'a claim that loses a race': {
    ...badged,
    rivals: [hold('z')],
    when: hold('a'),
    requests: ['Query', 'TransactWriteItems', 'TransactWriteItems'],
  },
};

/** What the issue of this system asks for, and the faults that play it. */
const kinds: Readonly<Record<string, readonly FaultName[]>> = {
  throttled: ['throttled'],
  'timed out, not executed': ['timed out, not executed', 'an outage before', 'nobody listens'],
  'timed out, executed': ['timed out, executed', 'answered 500, executed', 'an outage after'],
  'conditional failure by own retry': ['delivered twice, the second time answered', 'timed out, executed after its own retry'],
  'crash before': ['a crash before'],
  'crash after': ['a crash after'],
};

/** For all of them together, on a busy machine. */
const patience = 180_000;

const played = new Map<string, Set<string>>();
const runs = new Map<string, Promise<unknown>>();
const inTurn = atMost(40);

const play = (title: string, trial: Trial, fault: FaultName): Promise<unknown> =>
  Promise.all(
    trial.requests.map(async (operation, index) => {
      await inTurn(() => tryCommand(tables, trial, { fault, at: index + 1 }));
      played.set(title, (played.get(title) ?? new Set()).add(`${fault} at ${index + 1} ${operation}`));
    }),
  );

// All are begun together, for most of their time they wait for the SDK to try again. Each fails in its own test.
beforeAll(() => {
  for (const [title, trial] of Object.entries(trials)) {
    for (const fault of faultNames) {
      const run = play(title, trial, fault);
      run.catch(() => {});
      runs.set(`${title}: ${fault}`, run);
    }
  }
});
afterAll(() => Promise.allSettled(runs.values()));

describe.each(Object.entries(trials))('%s', (title, trial) => {
  test(
    'sends the expected requests',
    async () => {
      expect(await tryCommand(tables, trial)).toEqual(trial.requests);
    },
    patience,
  );

  test.each(faultNames)(
    'is carried out once, whichever of its requests meets: %s',
    async (fault) => {
      await runs.get(`${title}: ${fault}`);
    },
    patience,
  );

  test('met every fault at every request', () => {
    const every = trial.requests.flatMap((operation, index) => faultNames.map((fault) => `${fault} at ${index + 1} ${operation}`));
    expect([...(played.get(title) ?? [])].sort()).toEqual(every.sort());
    expect(every.length).toBe(trial.requests.length * Object.keys(faults).length);
  });
});

test('every kind of fault is tried, and every fault has a kind', () => {
  expect(Object.values(kinds).flat().sort()).toEqual([...faultNames].sort());
  for (const names of Object.values(kinds)) expect(names.length).toBeGreaterThan(0);
});

test.each(['a first command', 'a claim'])(
  '%s is carried out once, whichever two faults meet it',
  async (title) => {
    const passing = faultNames.filter((name) => !faults[name].lasts && name !== 'throttled');
    const pairs = passing.flatMap((one) =>
      faultNames.flatMap((other) =>
        [1, 2].flatMap((at) =>
          [at + 1].map((next) => [
            { fault: one, at },
            { fault: other, at: next },
          ]),
        ),
      ),
    );
    expect(pairs.length).toBeGreaterThan(90);
    await Promise.all(pairs.map((strikes) => inTurn(() => tryCommand(tables, trials[title] as Trial, ...strikes))));
  },
  patience,
);
