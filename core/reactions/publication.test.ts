import { expect, test } from '@jest/globals';
import { awardPoints, stay } from '../../test/loyalty/index.ts';
import type { Metadata } from '../basics/messages.ts';
import { noticesToReact, reactionPublications } from './publication.ts';
import { defineReaction } from './reaction.ts';

const praise = defineReaction({ name: 'praise', of: stay, to: [], on: { StayPraised: () => null } });

test('the notices are of the events that cause something, each once, and say nothing else', () => {
  const [publication, ...others] = reactionPublications([awardPoints, praise]);
  expect([publication?.name, others]).toEqual(['reactions', []]);
  expect(publication?.events).toEqual(stay.events);
  expect(Object.keys(publication?.map ?? {})).toEqual(['StayEnded', 'StayPraised']);
  expect(publication?.map['StayPraised']?.({}, {} as Metadata)).toEqual({ type: 'StayPraised.v1', data: {} });
});

test('the function listens to them, and to what an operator sends again', () =>
  expect(noticesToReact([awardPoints, praise])).toEqual(['StayEnded.v1', 'StayPraised.v1', 'SendAgain']));

test('there are none without reactions', () => expect(reactionPublications([])).toEqual([]));
