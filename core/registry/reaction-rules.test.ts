import { expect, test } from '@jest/globals';
import { awardPoints, guest, domain as loyalty, stay } from '../../test/loyalty/index.ts';
import { type Domain, defineDomain } from './domain.ts';

const rules: Readonly<Record<string, Domain & { readonly says: string }>> = {
  'two reactions of one name': {
    ...loyalty,
    reactions: [awardPoints, awardPoints],
    says: "two members share the reaction name 'award-points'",
  },
  ...Object.fromEntries(
    ['Points', 'points-', '1point', 'award/points'].map((name) => [
      `a reaction named '${name}'`,
      { ...loyalty, reactions: [{ ...awardPoints, name }], says: `'${name}': a reaction's name is kebab-case` },
    ]),
  ),
  'a reaction to events of an aggregate that is not there': {
    ...loyalty,
    deciders: [guest],
    says: "award-points: it reacts to events of 'stay', which is no aggregate here",
  },
  'a reaction that sends to an aggregate that is not there': {
    ...loyalty,
    deciders: [stay],
    says: "award-points: it sends commands to 'guest', which is no aggregate here",
  },
  'a reaction to an event that is not recorded': {
    ...loyalty,
    reactions: [{ ...awardPoints, on: { StayBegun: () => null } }],
    says: "award-points: 'stay' does not record 'StayBegun'",
  },
  'a reaction to nothing': { ...loyalty, reactions: [{ ...awardPoints, on: {} }], says: 'award-points: it has a row for no event' },
};

test.each(Object.entries(rules))('is refused: %s', (_, { says, ...members }) => {
  expect(() => defineDomain(members)).toThrow(`domain: ${says}`);
});
