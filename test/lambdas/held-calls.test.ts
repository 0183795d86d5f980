import { SQSClient } from '@aws-sdk/client-sqs';
import { expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { deliveryIn, orLater } from '../../adapters/lambda/queued.ts';
import { laterInQueue } from '../../adapters/outbound/call-queue.ts';
import { CallHeld, CallRefused } from '../../core/calls/outbound-requests.ts';

const notice = { 'detail-type': 'ParcelPacked.v1', detail: { id: 'parcel-7@1' } };
const record = (body: object, receives = '1') => ({
  Records: [{ body: JSON.stringify(body), attributes: { ApproximateReceiveCount: receives } }],
});

test('a call that has to wait is sent again as a new message, which says that it was held', async () => {
  const sqs = mockClient(SQSClient);
  const later = laterInQueue({ client: new SQSClient({ region: 'eu-central-1' }), url: 'https://sqs.example/1/calls' });
  const hold = (seconds: number) => async () => {
    throw new CallHeld('bank: it is not called', seconds);
  };
  await orLater(later, notice, hold(41.2));
  await orLater(later, { ...notice, held: 1 }, hold(9000));
  await orLater(later, { ...notice, held: 2 }, hold(0));
  expect(sqs.calls().map(({ args: [{ input }] }) => input)).toEqual([
    { QueueUrl: 'https://sqs.example/1/calls', MessageBody: JSON.stringify({ ...notice, held: 1 }), DelaySeconds: 42 },
    { QueueUrl: 'https://sqs.example/1/calls', MessageBody: JSON.stringify({ ...notice, held: 2 }), DelaySeconds: 900 },
    { QueueUrl: 'https://sqs.example/1/calls', MessageBody: JSON.stringify({ ...notice, held: 3 }), DelaySeconds: 1 },
  ]);
  sqs.restore();
});

test.each([
  ['another failure', new CallRefused('bank: 422'), async () => {}],
  ['a call that has to wait, in a function without a queue of its own', new CallHeld('bank: it is not called', 1), undefined],
])('%s is the failure of the function, so that the message stays', async (_, error, later) => {
  const failing = async () => {
    throw error;
  };
  await expect(orLater(later, notice, failing)).rejects.toBe(error);
});

test('if the message cannot be sent, the old one stays', async () => {
  const down = async () => {
    throw new Error('SQS is down');
  };
  const held = async () => {
    throw new CallHeld('bank: it is not called', 1);
  };
  await expect(orLater(down, notice, held)).rejects.toThrow('SQS is down');
});

test('a notice that was held may have caused its call before', () => {
  expect(deliveryIn(record(notice)).isRepeated).toBe(false);
  expect(deliveryIn(record({ ...notice, held: 1 })).isRepeated).toBe(true);
  expect(deliveryIn(record(notice, '2')).isRepeated).toBe(true);
});
