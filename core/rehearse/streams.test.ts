import { expect, test } from '@jest/globals';
import { exactJson } from '../../adapters/event-log/exact-json.ts';
import { accounts, type Otherwise } from '../../test/es/rehearsed/accounts.ts';
import { closed, linesOfLog, opened, paid, paidEuros } from '../../test/es/rehearsed/lines.ts';
import { type ExportedLine, exportedCommit, readExportedLine } from '../import/exported.ts';
import type { StoredEvent } from '../log/event-store.ts';
import { tableKey } from '../read/projection.ts';
import { type Contribution, rehearseDocuments } from './documents.ts';
import { releaseOf } from './release.ts';
import type { PlacedCommit, StreamRunPorts } from './stream-run.ts';
import { type BrokenHistory, rehearseStreams } from './streams.ts';
import { isClean, sumOf, tallyOf, type Verdict } from './totals.ts';

type Commits = readonly (readonly [id: string, ...events: StoredEvent[]])[];

const placedIn = (commits: Commits): readonly PlacedCommit[] => {
  const { commit } = linesOfLog();
  let line = 1;
  return commits.map(([id, ...events]) => {
    const lines = commit(id, ...events).map((text) => readExportedLine(JSON.parse(text))) as [ExportedLine, ...ExportedLine[]];
    line += lines.length;
    return { line: line - lines.length, commit: exportedCommit(lines) };
  });
};

interface Trial {
  readonly next?: Otherwise;
  /** Absent: the next release is rehearsed alone. */
  readonly today?: Otherwise;
  readonly only?: string;
  readonly unwritable?: StreamRunPorts['unwritable'];
  readonly examples?: number;
}

/** Both passes, in one piece. */
const rehearse = (commits: readonly PlacedCommit[], { next = {}, today, only, examples = 10, unwritable = () => undefined }: Trial) => {
  const release = (otherwise: Otherwise) => releaseOf(accounts(otherwise), { only });
  const releases = { next: release(next), today: today === undefined ? undefined : release(today) };
  const contributions: Contribution[] = [];
  const ports = (of: Contribution['release']): StreamRunPorts => ({
    unwritable,
    unstorable: (state) => (exactJson(state) === undefined ? 'JSON would alter it' : undefined),
    contribute: (projection, event) =>
      contributions.push(JSON.parse(JSON.stringify({ release: of, projection: tableKey(projection), ...event }))),
  });
  const [streams, documents] = [tallyOf(examples), tallyOf(examples)];
  const first = rehearseStreams(releases, { tally: streams, next: ports('next'), today: ports('today') });
  for (const commit of commits) first.take(commit);
  first.end();
  const second = rehearseDocuments(releases, { tally: documents, unwritable });
  for (const contribution of contributions) second.take(contribution);
  second.end();
  return sumOf(streams.totals(), documents.totals(), examples);
};

/** The counts that are not zero, as `member verdict: count`; and the examples. */
const told = (commits: Commits, trial: Trial) => {
  const totals = rehearse(placedIn(commits), trial);
  const counts = Object.entries(totals.members)
    .toSorted()
    .flatMap(([member, verdicts]) => {
      const unlike = Object.entries(verdicts).filter(([verdict, count]) => verdict !== 'ok' && count > 0);
      return unlike.map(([verdict, count]) => `${member} ${verdict}: ${count}`);
    });
  return { counts, examples: totals.examples, totals, isClean: isClean(totals) };
};

const history: Commits = [
  ['a', opened('north')],
  ['b', opened('south'), paid('south', 500)],
  ['a', paidEuros('north', 7), paid('north', 100)],
  ['b', paid('south', 20), closed],
  ['c', opened('north')],
];

test('a release can take the history that it recorded', () => {
  const { counts, totals, isClean: clean } = told(history, {});
  expect([counts, clean]).toEqual([[], true]);
  expect(totals).toMatchObject({ streams: 3, commits: 5, events: 8 });
  expect(Object.fromEntries(Object.entries(totals.members).map(([name, { ok }]) => [name, ok]))).toEqual({
    'aggregate account': 3,
    'projection balances@1': 3,
    'projection banks@1': 2,
    'publication payments': 2,
    'saga greeting': 3,
  });
  expect(told(history, { today: {} }).counts).toEqual([]);
});

test('an upcaster that throws stops every member that reads the event, at this event, in its line', () => {
  const next: Otherwise = {
    lift: (euros) => {
      throw new RangeError(`not ${euros}`);
    },
  };
  const { counts, examples, isClean: clean } = told(history, { next });
  expect(clean).toBe(false);
  expect(counts).toEqual([
    'aggregate account fails: 1',
    'projection balances@1 fails: 1',
    'projection banks@1 fails: 1',
    'publication payments fails: 1',
    'saga greeting fails: 1',
  ]);
  for (const one of examples)
    expect(one).toMatchObject({
      at: 'account-a@2',
      line: 4,
      error: expect.stringMatching(/upcaster of Paid from schema version 1 .*not 7/),
    });
  expect(told(history, { next, today: next }).counts).toEqual(counts.map((count) => count.replace('fails', 'asToday')));
  expect(told(history, { next, today: next }).isClean).toBe(true);
  expect(told(history, { today: next }).counts).toEqual(
    expect.arrayContaining(['aggregate account healed: 1', 'projection balances@1 healed: 1', 'publication payments healed: 1']),
  );
});

test('a stream that ends earlier than today fails', () => {
  const failingAt =
    (most: number): Otherwise['sum'] =>
    (sum, cents) => {
      if (sum + cents > most) throw new RangeError('too much');
      return sum + cents;
    };
  const trial = (next: number, today: number) => told(history, { next: { sum: failingAt(next) }, today: { sum: failingAt(today) } }).counts;
  expect(trial(400, 510)).toEqual(['aggregate account fails: 1', 'aggregate account asToday: 1']);
  expect(trial(510, 400)).toEqual(['aggregate account asToday: 2']);
});

test('an event that the release does not know is named', () => {
  const { counts, examples } = told(history, { next: { knowsClosed: false } });
  expect(counts).toEqual([
    'aggregate account fails: 1',
    'projection balances@1 fails: 1',
    'projection banks@1 fails: 1',
    'publication payments fails: 1',
    'saga greeting fails: 1',
  ]);
  expect(examples[0]).toMatchObject({ at: 'account-b@4', line: 7, error: expect.stringContaining("no event 'Closed'") });
});

test('an aggregate that the release does not have is named', () => {
  const { counts, examples } = told(history, { only: 'account' });
  expect(counts).toEqual([]);
  const foreign = placedIn([['x', opened('north')]]).map(({ commit, line }) => ({
    line,
    commit: { ...commit, stream: { aggregate: 'loan', id: 'x' } },
  }));
  const totals = rehearse(foreign, {});
  expect(totals.members).toEqual({ 'aggregate loan': expect.objectContaining({ fails: 1 }) });
  expect(totals.examples[0]).toMatchObject({ at: 'loan-x@1', error: expect.stringContaining("no event 'Opened'") });
  expect(examples).toEqual([]);
});

test.each<[string, Otherwise, RegExp, string]>([
  ['evolve that throws', { sum: () => JSON.parse('{') }, /SyntaxError/, 'account-b@2'],
  ['a state that JSON would alter', { sum: () => new Date(0) }, /JSON would alter it/, 'account-b@2'],
])('%s fails', (_, next, error, at) => {
  const { examples, counts } = told(history, { next, only: 'account' });
  expect(counts).toEqual(['aggregate account fails: 2']);
  expect(examples[0]).toMatchObject({ at, error: expect.stringMatching(error) });
});

test('a state that differs must not, unless snapshots of the released one are not read', () => {
  const sum: Otherwise['sum'] = (before, cents) => before + Math.min(cents, 300);
  const { counts, examples } = told(history, { next: { sum }, today: {}, only: 'account' });
  expect(counts).toEqual(['aggregate account differs: 2']);
  expect(examples).toEqual([
    {
      member: 'aggregate account',
      verdict: 'differs',
      at: 'account-a@3',
      line: 5,
      changes: [{ path: 'cents', today: '800', next: '400' }],
    },
    {
      member: 'aggregate account',
      verdict: 'differs',
      at: 'account-b@4',
      line: 7,
      changes: [{ path: 'cents', today: '520', next: '320' }],
    },
  ]);
  const declared = told(history, { next: { sum, deciderRevision: 2 }, today: {}, only: 'account' });
  expect([declared.counts, declared.isClean]).toEqual([['aggregate account changed: 2'], true]);
});

test('snapshots of a release that knows fewer events are read, those of one that knows more are not', () => {
  const sum: Otherwise['sum'] = (before, cents) => before + Math.min(cents, 300);
  const open = history.map(([id, ...events]) => [id, ...events.filter((event) => event !== closed)] as const);
  const trial = (next: Otherwise, today: Otherwise) => told(open, { next: { ...next, sum }, today, only: 'account' }).counts;
  expect(trial({}, { knowsClosed: false })).toEqual(['aggregate account differs: 2']);
  expect(trial({ knowsClosed: false }, {})).toEqual(['aggregate account changed: 2']);
});

test('a document that differs must not, unless the projection has another revision', () => {
  const balance: Otherwise['balance'] = (cents) => cents + 1;
  const { counts, examples } = told(history, { next: { balance }, today: {}, only: 'balances' });
  expect(counts).toEqual(['projection balances@1 differs: 2']);
  expect(examples[0]).toMatchObject({ at: 'account-a@3', changes: [{ path: 'cents', today: '800', next: '802' }] });
  const declared = told(history, { next: { balance, balanceRevision: 2 }, today: {}, only: 'balances' });
  expect([declared.counts, declared.isClean]).toEqual([['projection balances@2 changed: 2'], true]);
  const both = told(history, { next: { balance, balanceRevision: 2, alsoBefore: true }, today: {}, only: 'balances@1' });
  expect(both.counts).toEqual(['projection balances@1 differs: 2']);
});

test('a document of many streams that differs is named by its key', () => {
  const { counts, examples } = told(history, { next: { bankTotal: (cents) => Math.abs(cents - 500) }, today: {}, only: 'banks' });
  expect(counts).toEqual(['projection banks@1 differs: 2']);
  expect(examples.map(({ at }) => at).toSorted()).toEqual(['north', 'south']);
  const other = told(history, { next: { bankOf: (bank) => `${bank}-bank` }, today: {}, only: 'banks' });
  expect(other.counts).toEqual(['projection banks@1 differs: 4']);
  expect(other.examples).toContainEqual(
    expect.objectContaining({ at: 'north', changes: [{ path: '', today: expect.any(String), next: 'null' }] }),
  );
});

test.each<[string, Otherwise, RegExp, string]>([
  ['an empty key', { bankOf: (bank) => (bank === 'south' ? '' : bank) }, /document's key is text of 1 to/, 'account-b@2'],
  ['a document that does not fit its schema', { bankTotal: (cents) => cents * 10_000 }, /does not fit its schema: cents/, 'account-b@2'],
])('%s parks the stream, and its later events are skipped', (_, next, error, at) => {
  const { counts, examples } = told(history, { next, only: 'banks' });
  expect(counts).toEqual([expect.stringMatching(/^projection banks@1 fails: [12]$/)]);
  expect(examples).toContainEqual(expect.objectContaining({ at, error: expect.stringMatching(error) }));
  expect(examples.filter((one) => one.at.startsWith('account-b'))).toHaveLength(1);
});

test('a stream that is parked at a document today, too, is no failure', () => {
  const bankTotal: Otherwise['bankTotal'] = (cents) => cents * 10_000;
  const { counts, isClean: clean } = told(history, { next: { bankTotal }, today: { bankTotal }, only: 'banks' });
  expect([counts, clean]).toEqual([['projection banks@1 asToday: 2'], true]);
  expect(told(history, { next: {}, today: { bankTotal }, only: 'banks' }).counts).toContain('projection banks@1 healed: 2');
});

test('a row that the table rejects parks the stream, in either kind of projection', () => {
  const unwritable: StreamRunPorts['unwritable'] = (_, { next }) => (Number(next.document?.['cents']) >= 500 ? 'too large' : undefined);
  expect(told(history, { unwritable, only: 'balances' }).examples).toContainEqual(
    expect.objectContaining({ at: 'account-b@2', line: 3, error: expect.stringContaining('too large') }),
  );
  expect(told(history, { unwritable, only: 'banks' }).examples).toContainEqual(
    expect.objectContaining({ at: 'account-b@2', line: 3, error: expect.stringContaining('too large') }),
  );
});

test('an integration event that does not fit its schema fails; one that differs is a change of later events', () => {
  expect(told(history, { next: { published: String }, only: 'payments' }).counts).toEqual(['publication payments fails: 2']);
  const { counts, examples, isClean: clean } = told(history, { next: { published: (cents) => cents + 1 }, today: {}, only: 'payments' });
  expect([counts, clean]).toEqual([['publication payments changed: 2'], true]);
  expect(examples[0]).toMatchObject({ at: 'account-b@2', line: 3, changes: [{ path: '0.data.cents', today: '500', next: '501' }] });
});

test('a context that does not fit the saga, or that Step Functions cannot hold, fails', () => {
  expect(told(history, { next: { context: () => 1 }, only: 'greeting' }).counts).toEqual(['saga greeting fails: 3']);
  const { examples } = told(history, { next: { context: () => 'x'.repeat(300_000) }, only: 'greeting' });
  expect(examples[0]).toMatchObject({ at: 'account-a@1', line: 1, error: expect.stringContaining('makes an input of') });
  expect(told(history, { next: { context: (bank) => `${bank}!` }, today: {}, only: 'greeting' }).counts).toEqual([
    'saga greeting changed: 3',
  ]);
});

test('a gap, and a commit twice, is a broken history, with its line', () => {
  const commits = placedIn(history);
  const without = (index: number) => commits.filter((_, at) => at !== index);
  expect(() => rehearse(without(0), {})).toThrow('account-a goes on with version 2, and version 1 is missing before it');
  expect(() => rehearse([...commits, ...commits.slice(0, 1)], {})).toThrow('account-a has version 1 twice');
  const line = (() => {
    try {
      rehearse(without(1), {});
    } catch (error) {
      return (error as BrokenHistory).line;
    }
    return undefined;
  })();
  expect(line).toBe(6);
});

test('the first examples of each member and verdict are kept, in the order of the export', () => {
  const many: Commits = Array.from({ length: 500 }, (_, index) => [`x${index}`, opened(''), paid('north', index)]);
  const { counts, examples } = told(many, { next: { balance: () => 1.5 }, examples: 2, only: 'balances' });
  expect(counts).toEqual(['projection balances@1 fails: 500']);
  expect(examples.map(({ at, line }) => [at, line])).toEqual([
    ['account-x0@2', 2],
    ['account-x1@2', 4],
  ]);
});

test('of two parts of a history each member is summed', () => {
  const [first, second] = [rehearse(placedIn(history.slice(0, 2)), {}), rehearse(placedIn([['z', opened('west')]]), {})];
  const verdicts: Verdict[] = ['ok', 'fails', 'asToday', 'healed', 'differs', 'changed'];
  const sum = sumOf(first, second, 10);
  expect(sum).toMatchObject({ streams: 3, commits: 3, events: 4 });
  for (const verdict of verdicts) expect(sum.members['saga greeting']?.[verdict]).toBe(verdict === 'ok' ? 3 : 0);
});
