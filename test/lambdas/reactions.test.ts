import { describe, expect, jest, test } from '@jest/globals';
import { noteParked, noteReactedTooLate, sendAgainNotices, toCommandsToSend } from '../../adapters/lambda/process-events.ts';
import { deliveryIn } from '../../adapters/lambda/queued.ts';
import type { IntegrationEvent } from '../../core/publish/publication.ts';

const notice = { 'detail-type': 'StayEnded.v1', detail: { id: 'stay-1@1' } };
const delivered = (attributes?: object) => ({ Records: [{ body: JSON.stringify(notice), ...(attributes && { attributes }) }] });

test.each<[string, unknown, boolean]>([
  ['for the first time', delivered({ ApproximateReceiveCount: '1' }), false],
  ['for the second time', delivered({ ApproximateReceiveCount: '2' }), true],
  ['by a queue that does not count', delivered(), true],
  ['without a queue', notice, true],
])('a notice that is delivered %s', (_, event, isRepeated) => expect(deliveryIn(event)).toEqual({ notice, isRepeated }));

describe('the notice to send a command again', () => {
  test('says what to send', async () => {
    const published: IntegrationEvent[] = [];
    const bus = { publish: async (event: IntegrationEvent) => void published.push(event) };
    await sendAgainNotices({ bus, now: () => new Date('2026-06-01') })({ process: 'reaction:award-points', cause: 'acme/stay-1@1' });
    const [{ source, type, ...event } = {} as IntegrationEvent] = published;
    expect([source, type]).toEqual(['reactions', 'SendAgain']);
    const heard = { 'detail-type': type, detail: JSON.parse(JSON.stringify(event)) };
    expect(toCommandsToSend(heard)).toEqual({ process: 'reaction:award-points', cause: 'acme/stay-1@1' });
  });

  test.each<[string, unknown]>([
    ['of an event', notice],
    ['without what to send', { 'detail-type': 'SendAgain', detail: { data: {} } }],
    ['of nothing', undefined],
  ])('is no notice %s', (_, other) => expect(toCommandsToSend(other)).toBeUndefined());
});

test('what is parked, and what is too old, is logged without its data, and counted', () => {
  const counted: unknown[] = [];
  const logger = { warn: jest.fn(), error: jest.fn() };
  const ports = { measure: (...told: unknown[]) => void counted.push(told), logger };
  const parked = { process: 'reaction:r', cause: 'stay-1@1', place: 0, command: 'AwardPoints of guest-1', code: 'NameTaken' } as const;
  noteParked(ports)({ ...parked, message: 'NameTaken {"name":"ada@example.com"}', since: '2026-06-01T00:00:00.000Z' });
  noteReactedTooLate(ports)('r', 'stay-1@1');
  expect(logger.error.mock.calls).toEqual([['a command of a process is parked', parked]]);
  expect(logger.warn.mock.calls).toEqual([['an event is too old to react to', { reaction: 'r', event: 'stay-1@1' }]]);
  expect(counted).toEqual([
    ['commandsParked', 1],
    ['reactionsTooLate', 1],
  ]);
});
