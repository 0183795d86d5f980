import { expect, test } from '@jest/globals';
import { account, domain as inn, noShow, stay } from '../../test/inn/index.ts';
import { definePublication } from '../publish/publication.ts';
import { type Domain, defineDomain, processesOf, relayedOf } from './domain.ts';

const rules: Readonly<Record<string, Domain & { readonly says: string }>> = {
  'two reminders of one name': { ...inn, reminders: [noShow, noShow], says: "two members share the reminder name 'no-show'" },
  ...Object.fromEntries(
    ['NoShow', 'no-', '1st', 'no/show'].map((name) => [
      `a reminder named '${name}'`,
      { ...inn, reminders: [{ ...noShow, name }], says: `'${name}': a reminder's name is kebab-case` },
    ]),
  ),
  'a reminder of an aggregate that is not there': {
    ...inn,
    deciders: [account],
    says: "no-show: events of 'stay' set its time, which is no aggregate here",
  },
  'a reminder that sends to an aggregate that is not there': {
    ...inn,
    deciders: [stay],
    says: "no-show: it sends commands to 'account', which is no aggregate here",
  },
  'a reminder of an event that is not recorded': {
    ...inn,
    reminders: [{ ...noShow, due: { StayBegun: () => null } }],
    says: "no-show: 'stay' does not record 'StayBegun'",
  },
  'a reminder of nothing': { ...inn, reminders: [{ ...noShow, due: {} }], says: 'no-show: it has a row for no event' },
  'a publication that takes the name of its notices': {
    ...inn,
    publications: [definePublication({ name: 'reminders', events: stay.events, publishes: {}, map: {} })],
    says: "'reminders': the service itself listens to that name",
  },
};

test.each(Object.entries(rules))('is refused: %s', (_, { says, ...members }) => {
  expect(() => defineDomain(members)).toThrow(`domain: ${says}`);
});

test('the relay publishes its notices, and it parks what is refused', () => {
  expect(relayedOf(inn).map(({ name }) => name)).toEqual(['reminders']);
  expect(processesOf(inn)).toEqual(['reminder:no-show']);
});
