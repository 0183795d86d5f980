import { expect, test } from '@jest/globals';
import { noticeIn } from '../../adapters/lambda/queued.ts';

const notice = { 'detail-type': 'OrderPlaced.v1', detail: { id: 'order-42@1' } };
const queued = (...messages: unknown[]) => ({ Records: messages.map((message) => ({ body: JSON.stringify(message) })) });

test.each<[string, unknown]>([
  ['of a queue', queued(notice)],
  ['of a rule, as a release without queues has it', notice],
  ['in a letter that Lambda made of it, which was put back into the queue', queued({ requestPayload: notice, responsePayload: {} })],
])('a notice is unpacked: %s', (_, event) => expect(noticeIn(event)).toEqual(notice));

test.each<[string, unknown]>([
  ['no message', queued()],
  ['two messages', queued(notice, notice)],
  ['a message without a body', { Records: [{}] }],
])('%s in place of one are refused: a failure of one would be a failure of all', (_, event) =>
  expect(() => noticeIn(event)).toThrow(/^a queue hands over one message, and not \d$/),
);

test('a message that is no JSON is refused', () => expect(() => noticeIn({ Records: [{ body: '{' }] })).toThrow(SyntaxError));

test.each([undefined, null, 'text'])('%s is handed on, for the function to refuse', (event) => expect(noticeIn(event)).toBe(event));
