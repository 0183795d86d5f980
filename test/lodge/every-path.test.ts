import { describe, expect, test } from '@jest/globals';
import { type DomainPaths, everyPathOfDomain, stateOf } from 'foldstream/testing';
import { type Fault, lodge } from './index.ts';

const noShowAt = '2018-01-03T12:00:00.000Z';

const pathsOf = ({ booking, room, till, guest }: ReturnType<typeof lodge>): DomainPaths => ({
  given: [{ to: booking, id: 'b1', command: { type: 'RequestBooking', data: { guestId: 'ada', roomId: 'r1', noShowAt } } }],
  clients: [
    { to: booking, id: 'b1', command: { type: 'CancelBooking', data: {} } },
    { to: till, id: 'b1', command: { type: 'ReceiveMoney', data: {} } },
    { to: booking, id: 'b1', command: { type: 'Arrive', data: {} } },
  ],
  holds: {
    'a room is held ⇔ the booking is kept': ({ world }) =>
      stateOf(world, room, 'r1').heldFor.includes('b1') ===
      ['confirmed', 'arrived', 'no-show'].includes(stateOf(world, booking, 'b1').status),
    'money is kept ⇔ the booking is kept': ({ world }) =>
      (stateOf(world, till, 'b1').status === 'received') ===
      ['confirmed', 'arrived', 'no-show'].includes(stateOf(world, booking, 'b1').status),
    'a kept booking brings its points once': ({ world }) =>
      stateOf(world, guest, 'ada').points === (['confirmed', 'arrived', 'no-show'].includes(stateOf(world, booking, 'b1').status) ? 10 : 0),
    'a fee is charged ⇔ the guest did not come': ({ world }) =>
      stateOf(world, till, 'b1').hasFee === (stateOf(world, booking, 'b1').status === 'no-show'),
    'a guest who came is known as such': ({ world }) =>
      stateOf(world, booking, 'b1').status !== 'arrived' || stateOf(world, guest, 'ada').as === 'came',
    'a confirmed booking has a reminder': ({ world, ahead }) =>
      (stateOf(world, booking, 'b1').status === 'confirmed') === (ahead.length === 1),
    'only a reminder that was overtaken is parked': ({ parked }) => parked.every(({ process }) => process === 'reminder:no-show'),
  },
  always: { 'a room is held once': ({ world }) => stateOf(world, room, 'r1').heldFor.length <= 1 },
});

test('every path of the domain', () => {
  const members = lodge();
  const walked = everyPathOfDomain(members.domain, pathsOf(members));
  expect(walked.situations).toBeGreaterThan(1000);
}, 180_000);

describe('a domain that breaks a rule is found, with a path:', () => {
  test.each<[Fault, string]>([
    ['points are added each time', 'a kept booking brings its points once'],
    ['a freed room can be held by a late command', 'a room is held ⇔ the booking is kept'],
    ['arriving does not cancel the reminder', 'a confirmed booking has a reminder'],
    ['an interruption keeps the money', 'money is kept ⇔ the booking is kept'],
    ['the last notice wins', 'a guest who came is known as such'],
  ])('%s', (fault, broken) => {
    const members = lodge(fault);
    const walk = () => everyPathOfDomain(members.domain, pathsOf(members));
    expect(walk).toThrow(`broken: ${broken}\n1. `);
  });
});
