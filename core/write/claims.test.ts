import { beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { handlerOn } from '../../test/support/handling.ts';
import { request } from '../../test/support/requests.ts';
import type { EventStore } from '../log/event-store.ts';
import { defineDecider } from './decider.ts';

let store: EventStore;
beforeEach(() => {
  store = memoryEventStore(() => new Date());
});

describe('the names that a decision claims', () => {
  const badges = defineDecider({
    name: 'badges',
    commands: { Pin: z.object({ names: z.array(z.string()) }) },
    events: { Pinned: z.object({ names: z.array(z.string()) }) },
    initialState: (): { readonly names: readonly string[] } => ({ names: [] }),
    decide: { Pin: (data) => [{ type: 'Pinned', data }] },
    evolve: { Pinned: (_, { names }) => ({ names }) },
    claims: ({ names }) => names,
  });
  const claimsOf = async (decider: typeof badges, ...pins: readonly (readonly string[])[]) => {
    const written: unknown[] = [];
    const noting: EventStore = {
      ...store,
      append: (tail, asked, decided) => {
        written.push(decided.claims);
        return store.append(tail, asked, decided);
      },
    };
    for (const names of pins) await handlerOn(noting)(decider, { id: 'b' }, request({ type: 'Pin', data: { names: [...names] } }));
    return written;
  };

  test('are those that the state has afterwards and had not before; the others are released', async () => {
    expect(await claimsOf(badges, ['a', 'b'], ['b', 'c'])).toEqual([
      { claimed: ['a', 'b'], released: [] },
      { claimed: ['c'], released: ['a'] },
    ]);
  });

  test('are none where the aggregate claims no names', async () => {
    const { claims: _, ...plain } = badges;
    expect(await claimsOf(plain as typeof badges, ['a'])).toEqual([{ claimed: [], released: [] }]);
  });
});
