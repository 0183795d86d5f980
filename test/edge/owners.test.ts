import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { routeNames, rowOf } from '../../adapters/http/routes.ts';
import { cursorsIn, type Names, probesOf } from '../support/owned-probes.ts';
import { type Deed, ownedWorld, secretOf, type User } from '../support/owned-world.ts';
import { runs } from '../support/runs.ts';

// A token without a scope of the service reads what is its actor's, and nothing else. What it is told does not depend on what others have:
// it is told the same where the streams of others do not exist.

beforeEach(() => {
  for (const level of ['info', 'warn', 'error'] as const) jest.spyOn(console, level).mockImplementation(() => {});
});

const names: Names = { ids: ['1', 'a', 'note-1', 'a@1', 'missing'], users: ['ada', 'bo', 'cleo'], drawers: ['top', 'low'] };
const users: readonly User[] = ['a', 'b'].flatMap((tenant) => names.users.map((name) => ({ tenant, name })));

const deed: fc.Arbitrary<Deed> = fc.record({
  by: fc.constantFrom(...users.slice(0, 3), ...users.slice(0, 3), ...users.slice(3)),
  id: fc.constantFrom(...names.ids.slice(0, -1)),
  to: fc.constantFrom(...names.users),
  drawer: fc.constantFrom(...names.drawers),
  isPoison: fc.nat(9).map((number) => number === 0),
  command: fc.constantFrom('OpenNote', 'OpenNote', 'WriteNote', 'WriteNote', 'WriteNote', 'GiveNote'),
});

type Placed = Deed & { readonly place: number; readonly owner: string };

/** Each deed with the owner of the note after it. */
const placed = (deeds: readonly Deed[]): readonly Placed[] => {
  const owners = new Map<string, string>();
  return deeds.flatMap((one, place) => {
    const note = `${one.by.tenant}/${one.id}`;
    const owner = one.command === 'WriteNote' ? owners.get(note) : one.to;
    if (owner === undefined) return []; // Nobody writes into a note that is not open.
    owners.set(note, owner);
    return [{ ...one, to: owner, place, owner }];
  });
};

/** The deeds at notes that the user has never owned, and at which it has done nothing, are left out. */
const concerning = (user: User, deeds: readonly Placed[]): readonly Placed[] => {
  const isKnown = ({ by, owner }: Placed): boolean => by.tenant === user.tenant && (owner === user.name || by.name === user.name);
  const known = new Set(deeds.filter(isKnown).map(({ id }) => id));
  return deeds.filter(({ by, id }) => by.tenant === user.tenant && known.has(id));
};

const answered = new Map<string, Set<number>>();
const worldAfter = async (deeds: readonly Placed[]) => {
  const world = ownedWorld();
  for (const one of deeds) expect((await world.act(one, one.place)).status).toBe(200);
  return world;
};

const ada: User = { tenant: 'a', name: 'ada' };
const bo: User = { tenant: 'a', name: 'bo' };
const base = { by: ada, id: '1', to: 'ada', drawer: 'top', isPoison: false } as const;
const example: readonly Deed[] = [
  { ...base, command: 'OpenNote' },
  { ...base, command: 'WriteNote' },
  { ...base, by: bo, id: 'a', to: 'bo', command: 'OpenNote' },
  { ...base, by: bo, id: 'a', to: 'ada', command: 'GiveNote' },
  { ...base, by: ada, id: 'note-1', command: 'OpenNote' },
  { ...base, by: ada, id: 'note-1', to: 'bo', command: 'GiveNote' },
  { ...base, by: bo, id: 'a@1', to: 'bo', command: 'OpenNote' },
  { ...base, by: bo, id: 'a@1', to: 'bo', command: 'WriteNote' },
];

test('in the end every answer is that of a service in which the notes of others do not exist', () =>
  fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 10, maxLength: 18 }), fc.constantFrom(...users.slice(0, 4)), async (deeds, user) => {
      const all = placed(deeds);
      const world = await worldAfter(all);
      const alone = await worldAfter(concerning(user, all));
      const others = users.map(secretOf).filter((secret) => secret !== secretOf(user));
      for (const probe of probesOf(names, await cursorsIn(world, users, names))) {
        const told = await world.ask(user, probe);
        answered.set(probe.route, (answered.get(probe.route) ?? new Set()).add(told.reply.status));
        const text = JSON.stringify(told.reply);
        expect({ probe, found: others.filter((secret) => text.includes(secret)) }).toEqual({ probe, found: [] });
        // A drawer is one document of the notes of several owners, so who wrote last is its owner.
        if (probe.asked.params?.['projection'] !== 'drawers' && probe.asked.query?.['cursor'] === undefined)
          expect({ probe, ...told }).toEqual({ probe, ...(await alone.ask(user, probe)) });
      }
    }),
    { ...runs(4, 60), endOnFailure: true, examples: [[[...example], ada]] },
  ));

describe('what was tried:', () => {
  test('every route of a read has answered, and nothing has failed', () => {
    const reads = routeNames
      .map(rowOf)
      .filter(({ method }) => method === 'GET')
      .map(({ method, path }) => `${method} ${path}`);
    expect(new Set(answered.keys())).toEqual(new Set([...reads, '$default']));
    const isForOperators = (route: string): boolean => route.startsWith('GET /parked');
    expect(reads.filter((route) => answered.get(route)?.has(200) === isForOperators(route))).toEqual([]);
    expect([...answered].filter(([, statuses]) => statuses.has(500))).toEqual([]);
  });
});
