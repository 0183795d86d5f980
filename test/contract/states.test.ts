import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { eventStore } from '../../adapters/event-log/store-on-commit-log.ts';
import { type AnyDecider, foldingOf } from '../../core/write/decider.ts';
import { handlerOn } from '../support/handling.ts';
import { openLog } from '../support/open-log.ts';
import { newStream, request } from '../support/requests.ts';

const holding = <S>(initialState: () => S, evolve: (state: S) => S): AnyDecider => ({
  name: 'odd',
  commands: { Turn: z.object({}) },
  events: { Turned: z.object({}) },
  initialState,
  decide: { Turn: () => [{ type: 'Turned', data: {} }] },
  evolve: { Turned: evolve },
});

interface Circle {
  readonly times: number;
  self?: Circle;
}
const circle = (times: number): Circle => {
  const one: Circle = { times };
  one.self = one;
  return one;
};

/** The state after three commits, from a snapshot, and as the fold of all has it. */
const loaded = async (decider: AnyDecider): Promise<{ readonly fromSnapshot: unknown; readonly fresh: unknown }> => {
  const stream = newStream('odd');
  const store = eventStore(openLog().log, () => new Date());
  for (let index = 0; index < 3; index++) await handlerOn(store)(decider, stream, request({ type: 'Turn', data: {} }));
  const fromSnapshot = (await store.load(stream, foldingOf(decider), 'strong')).state;
  return { fromSnapshot, fresh: (await store.load(stream, { ...foldingOf(decider), fingerprint: 'another' }, 'strong')).state };
};

describe('a state is the same from a snapshot and from the fold of all:', () => {
  const kept: Readonly<Record<string, AnyDecider>> = {
    'a number': holding(
      () => 0,
      (sum) => sum + 1,
    ),
    null: holding(
      () => null,
      () => null,
    ),
    'a list': holding(
      () => [] as readonly number[],
      (all) => [...all, all.length],
    ),
    'a field that comes and goes': holding(
      (): { readonly name?: string | undefined } => ({}),
      ({ name }) => (name === undefined ? { name: 'x' } : { name: undefined }),
    ),
  };
  test.each(Object.entries(kept))('%s', async (_, decider) => {
    const { fromSnapshot, fresh } = await loaded(decider);
    expect(fromSnapshot).toEqual(fresh);
  });

  // What JSON would alter is in no snapshot.
  const altered: Readonly<Record<string, AnyDecider>> = {
    'a map': holding(
      () => new Map<string, number>(),
      (map) => new Map([...map, [`${map.size}`, 1]]),
    ),
    'a set': holding(
      () => new Set<number>(),
      (set) => new Set([...set, set.size]),
    ),
    'a date': holding(
      () => new Date(0),
      (date) => new Date(date.getTime() + 1),
    ),
    'not a number': holding(
      () => Number.NaN,
      () => Number.NaN,
    ),
    infinity: holding(
      () => ({ least: Number.POSITIVE_INFINITY }),
      (state) => state,
    ),
    nothing: holding(
      () => undefined as number | undefined,
      () => undefined,
    ),
    'a list with a gap': holding(
      () => [undefined] as readonly (number | undefined)[],
      (all) => all,
    ),
    'an object of a class': holding(
      () => ({ link: new URL('https://example.org/a') }),
      ({ link }) => ({ link: new URL(`${link.href}a`) }),
    ),
    'an object without a prototype': holding(
      () => Object.create(null) as Record<string, number>,
      (all) => Object.assign(Object.create(null), all, { constructor: 1 }),
    ),
    'what goes in circles': holding(
      (): Circle => ({ times: 0 }),
      ({ times }) => circle(times + 1),
    ),
    'a large whole number': holding(
      () => 0n,
      (sum) => sum + 1n,
    ),
  };
  test.each(Object.entries(altered))('%s', async (_, decider) => {
    const { fromSnapshot, fresh } = await loaded(decider);
    expect(fromSnapshot).toEqual(fresh);
  });
});
