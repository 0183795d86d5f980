import { type Process, sagaPaths, stateOf, type World } from 'foldstream/testing';
import { bill, booking, calendar, points, stay } from './index.ts';

const id = '42';
const statusOf = (world: World) => stateOf(world, booking, id).status;
const creditedOf = (world: World) => stateOf(world, points, 'ada').credited;
const request = (pays: 'now' | 'later' | 'never', nights = 1, opensAt = '') => ({
  to: booking,
  id,
  command: { type: 'RequestBooking', data: { guestId: 'ada', nights, pays, opensAt } },
});
const addRoom = { to: calendar, id: 'house', command: { type: 'AddRoom', data: { roomId: 'r1', nightCents: 90 } } };
const receive = { to: bill, id, command: { type: 'ReceivePayment', data: { receipt: 'r' } } };
const decline = { to: bill, id, command: { type: 'DeclinePayment', data: { reason: 'no money' } } };

const process: Omit<Process, 'given' | 'outside'> = {
  retries: 1,
  invariants: {
    'a booking ends confirmed or rejected': (world) => ['confirmed', 'rejected'].includes(statusOf(world)),
    'a room is held ⇔ the booking is confirmed': (world) =>
      (typeof stateOf(world, calendar, 'house').holds[id] === 'string') === (statusOf(world) === 'confirmed'),
    'no money is kept of a rejected booking': (world) => statusOf(world) === 'confirmed' || stateOf(world, bill, id).status !== 'received',
    'points are kept ⇔ the booking is confirmed': (world) => creditedOf(world).length > 0 === (statusOf(world) === 'confirmed'),
  },
};

sagaPaths(stay, {
  'the guest pays now, or not': { ...process, given: [addRoom, request('now')], outside: [receive, decline] },
  'the guest pays later, after the opening': { ...process, given: [addRoom, request('later', 1, '2026-01-01')], outside: [] },
  'nobody pays, and there are three pages': { ...process, given: [addRoom, request('never', 3)], outside: [] },
  'there is no room': { ...process, given: [request('now')], outside: [receive] },
});
