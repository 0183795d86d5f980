import { commandTo } from 'foldstream';
import { reactionScenarios } from 'foldstream/testing';
import { awardPoints, guest } from './index.ts';

const points = (id: string, points: number) => commandTo(guest, { id, type: 'AwardPoints', data: { points } });

reactionScenarios(awardPoints, {
  'ten points a night': { given: { type: 'StayEnded', data: { guestId: 'ada', nights: 3 } }, then: [points('ada', 30)] },
  'a point for each friend': {
    given: { type: 'StayEnded', data: { guestId: 'ada', nights: 1, friends: ['bob', 'cleo'] } },
    then: [points('ada', 10), points('bob', 1), points('cleo', 1)],
  },
  'praise counts, by the id of the stay': {
    given: { type: 'StayPraised', data: {}, metadata: { id: '7', tenant: 'acme' } },
    then: [points('by-7', 5)],
  },
  'silent praise does not': { given: { type: 'StayPraised', data: {}, metadata: { id: 'silent' } }, then: [] },
});
