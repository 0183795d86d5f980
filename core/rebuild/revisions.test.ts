import { describe, expect, test } from '@jest/globals';
import type { Pointer, Revision } from './pointers.ts';
import {
  completed,
  failed,
  flippedTo,
  isCompleteIn,
  knownIn,
  leading,
  planned,
  progressed,
  registered,
  restarted,
  revisionIn,
} from './revisions.ts';

const before = '2026-01-01T00:00:00.000Z';
const at = '2026-01-02T00:00:00.000Z';
const part = (index: number, commits = 0, isDone = false) => ({ index, of: 2, commits, isDone });
const revision = (change: Partial<Revision> = {}): Revision => ({
  ...{ state: 'filling', attempt: 1, table: 't1', isFirst: true, since: before, segments: [] },
  ...change,
});
const done = revision({ state: 'complete' });
const pointer = (revisions: Pointer['revisions'], change: Partial<Pointer> = {}): Pointer => ({
  ...{ projection: 'total', version: 7, revisions },
  ...change,
});
const table = (number: number, name = `t${number}`) => ({ revision: number, table: name });

describe('the record of a revision', () => {
  test('is found by its number', () => {
    expect(revisionIn(pointer({ 2: done }), 2)).toBe(done);
    expect(() => revisionIn(pointer({ 2: done }), 1)).toThrow(new Error('total@1 is not a revision of this service'));
  });

  test.each([
    ['its table', done, true],
    ['no table, as in older releases', { ...done, table: undefined as never }, true],
    ['another table', { ...done, table: 'old' }, false],
  ])('counts or not: it names %s', (_, record, counts) => {
    const known = pointer({ 1: record });
    expect(knownIn(known, table(1))).toEqual(counts ? record : undefined);
    expect(isCompleteIn(known, table(1))).toBe(counts);
  });

  test('is complete only if it says so', () => {
    expect(isCompleteIn(pointer({ 1: revision() }), table(1))).toBe(false);
    expect(isCompleteIn(pointer({}), table(1))).toBe(false);
  });
});

describe('to register the revisions of the domain', () => {
  const first = { isFirst: true, at };
  const fresh = (name: string, isFirst = true) => revision({ table: name, since: at, isFirst });

  test('adds a record for each', () => {
    expect(registered(pointer({}), [table(1), table(2)], first)).toEqual(pointer({ 1: fresh('t1'), 2: fresh('t2') }));
    expect(registered(pointer({}), [table(1)], { isFirst: false, at })).toEqual(pointer({ 1: fresh('t1', false) }));
  });

  test('changes nothing where all are known', () => {
    const known = pointer({ 1: done, 2: revision({ table: 't2' }) }, { serves: 1, leads: 2, leadsSince: before });
    expect(registered(known, [table(2), table(1)], first)).toBe(known);
  });

  test('keeps the records that are known, and gives each its table', () => {
    const { table: _, ...old } = done;
    expect(registered(pointer({ 1: old }, { serves: 1, leads: 1 }), [table(1), table(2)], first)).toEqual(
      pointer({ 1: done, 2: fresh('t2') }, { serves: 1, leads: 1 }),
    );
  });

  test('begins again the revision whose table was replaced: it neither leads nor serves as complete', () => {
    const known = pointer({ 1: done }, { serves: 1, leads: 1, leadsSince: before });
    expect(registered(known, [table(1, 'new')], first)).toEqual(pointer({ 1: fresh('new') }, { serves: 1 }));
  });

  test.each([
    ['the newest complete one', { 1: done, 2: { ...done, table: 't2' }, 3: revision({ table: 't3' }) }, 2],
    ['the newest where none is complete', { 1: revision(), 2: revision({ table: 't2' }), 3: revision({ table: 't3' }) }, 3],
  ])('after the serving revision has left, %s serves', (_, revisions, serves) => {
    const known = pointer({ ...revisions, 4: { ...done, table: 't4' } }, { serves: 4 });
    expect(registered(known, [table(1), table(2), table(3)], first)).toEqual(pointer(revisions, { serves }));
  });

  test('after the leader has left, the serving revision leads if it is complete', () => {
    const known = pointer({ 1: done, 2: revision({ table: 't2' }) }, { serves: 1, leads: 2, leadsSince: before });
    expect(registered(known, [table(1)], first)).toEqual(pointer({ 1: done }, { serves: 1, leads: 1, leadsSince: at }));
    const unfilled = pointer({ 1: revision(), 2: revision({ table: 't2' }) }, { serves: 1, leads: 2, leadsSince: before });
    expect(registered(unfilled, [table(1)], first)).toEqual(pointer({ 1: revision() }, { serves: 1 }));
    const unserved = pointer({ 1: done, 2: revision({ table: 't2' }) }, { leads: 2, leadsSince: before });
    expect(registered(unserved, [table(1)], first)).toEqual(pointer({ 1: done }));
  });

  test('leaves a leader that stays, though the serving revision has left', () => {
    const known = pointer({ 1: done, 2: { ...done, table: 't2' } }, { serves: 1, leads: 2, leadsSince: before });
    expect(registered(known, [table(2)], first)).toEqual(
      pointer({ 2: { ...done, table: 't2' } }, { serves: 2, leads: 2, leadsSince: before }),
    );
  });
});

describe('the segments of a fill', () => {
  test('are recorded once: a later attempt keeps their progress', () => {
    const known = planned(pointer({ 1: revision() }), 1, [part(0), part(1)]);
    expect(known).toEqual(pointer({ 1: revision({ segments: [part(0), part(1)] }) }));
    const further = progressed(known, 1, part(1, 5, true));
    expect(further).toEqual(pointer({ 1: revision({ segments: [part(0), part(1, 5, true)] }) }));
    expect(planned(further, 1, [part(0), part(1)])).toBe(further);
  });
});

test('the revision that leads says since when; told again, it keeps that time', () => {
  const led = leading(pointer({ 1: done }), 1, before);
  expect(led).toEqual(pointer({ 1: done }, { leads: 1, leadsSince: before }));
  expect(leading(led, 1, at)).toBe(led);
  expect(leading(led, 2, at)).toMatchObject({ leads: 2, leadsSince: at });
});

describe('a revision that is complete', () => {
  test('says since when, forgets its error, and serves', () => {
    const known = pointer({ 1: revision({ error: 'no luck', attempt: 2 }) });
    const complete = pointer({ 1: { ...done, attempt: 2, since: at } }, { serves: 1 });
    expect(completed(known, 1, at)).toEqual(complete);
    expect(completed(complete, 1, '2027-01-01T00:00:00.000Z')).toBe(complete);
  });

  test.each([
    ['an older one that serves is followed', { 1: done, 2: revision() }, 1, 2],
    ['a newer one that serves stays', { 2: revision(), 3: done }, 3, 3],
    ['a newer one that is not complete is replaced', { 2: revision(), 3: revision() }, 3, 2],
  ])('%s', (_, revisions, serves, expected) => {
    const after = completed(pointer(revisions as Pointer['revisions'], { serves }), 2, at);
    expect(after).toMatchObject({ serves: expected, revisions: { 2: { state: 'complete' } } });
  });
});

describe('a flip', () => {
  test('makes a complete revision serve', () => {
    const known = pointer({ 1: done, 2: done }, { serves: 2 });
    expect(flippedTo(known, 1)).toEqual({ ...known, serves: 1 });
    expect(flippedTo(known, 2)).toBe(known);
  });
  test.each([
    [1, { 1: revision() }],
    [2, { 1: done }],
  ])('to revision %i, which is not complete, is refused', (number, revisions) =>
    expect(() => flippedTo(pointer(revisions), number)).toThrow(new Error(`total@${number} is not complete and cannot serve`)),
  );
});

describe('a failed attempt', () => {
  const failure = { attempt: 1, error: 'no luck', at };
  const marked = revision({ state: 'failed', since: at, error: 'no luck' });

  test('is recorded, and the serving revision leads again', () => {
    const known = { leads: 2, leadsSince: before };
    expect(failed(pointer({ 1: done, 2: revision() }, { ...known, serves: 1 }), 2, failure)).toEqual(
      pointer({ 1: done, 2: marked }, { serves: 1, leads: 1, leadsSince: at }),
    );
    expect(failed(pointer({ 2: revision() }, known), 2, failure)).toEqual(pointer({ 2: marked }, known));
    const other = { leads: 3, leadsSince: before, serves: 1 };
    expect(failed(pointer({ 2: revision() }, other), 2, failure)).toEqual(pointer({ 2: marked }, other));
  });

  test.each([
    ['of an earlier attempt', revision({ attempt: 2 })],
    ['of a revision that is complete', done],
    ['that is recorded already', marked],
  ])('%s changes nothing', (_, record) => {
    const known = pointer({ 2: record }, { serves: 1, leads: 2 });
    expect(failed(known, 2, failure)).toBe(known);
  });
});

describe('the next attempt', () => {
  test.each(['failed', 'filling'] as const)('follows one that is %s, and keeps its progress', (state) => {
    const known = pointer({ 1: done, 2: revision({ state, error: 'no luck', segments: [part(0, 3)] }) }, { serves: 1 });
    expect(restarted(known, 2, { attempt: 1, at })).toEqual(
      pointer({ 1: done, 2: revision({ attempt: 2, since: at, segments: [part(0, 3)] }) }, { serves: 1 }),
    );
  });
  test.each([
    ['another attempt is recorded', revision({ attempt: 3 })],
    ['the revision is complete', done],
  ])('does not begin where %s', (_, record) => {
    const known = pointer({ 2: record });
    expect(restarted(known, 2, { attempt: 1, at })).toBe(known);
  });
});
