import { expect, test } from '@jest/globals';
import { awardPoints, domain, guest, stay } from '../../../test/loyalty/index.ts';
import type { AnyReaction } from '../../reactions/reaction.ts';
import { defineDomain } from '../../registry/domain.ts';
import { compareReactions, reactionShapes, reactionsKey } from './reactions.ts';

const locked = reactionShapes(domain);
const found = (...reactions: readonly AnyReaction[]) =>
  compareReactions(locked, reactionShapes(defineDomain({ deciders: [stay, guest], projections: [], reactions }))).map(
    ({ severity, path, change }) => `${severity}: ${path} ${change}`,
  );

test('the lock has the events of each reaction', () => {
  expect(reactionsKey).toBe('sent-by-reactions');
  expect(locked).toEqual({ 'award-points': { of: 'stay', on: ['StayEnded', 'StayPraised'] } });
});

const none = () => null;
test.each<[string, readonly AnyReaction[], readonly string[]]>([
  ['nothing', [awardPoints], []],
  ['another row for the same event', [{ ...awardPoints, on: { StayPraised: none, StayEnded: none } }], []],
  ['an event less', [{ ...awardPoints, on: { StayEnded: none } }], ['compatible: reaction award-points reacts to other events']],
  ['another reaction', [awardPoints, { ...awardPoints, name: 'tell' }], ['compatible: reaction tell is a new reaction']],
  ['no reaction', [], ['incompatible: reaction award-points is no longer in the domain']],
  [
    'another name',
    [{ ...awardPoints, name: 'give-points' }],
    ['incompatible: reaction award-points is no longer in the domain', 'compatible: reaction give-points is a new reaction'],
  ],
  [
    'events of another aggregate',
    [{ ...awardPoints, of: guest, on: { AccountOpened: none } }],
    ['incompatible: reaction award-points reacts to another aggregate'],
  ],
])('%s', (_, reactions, findings) => expect(found(...reactions)).toEqual(findings));
