import { commandTo } from 'foldstream';
import { inboxScenarios } from 'foldstream/testing';
import { orders, parcel, stores, till } from './index.ts';

const item = (id: string, cents: number) => commandTo(parcel, { id, type: 'AddItem', data: { cents } });

inboxScenarios(orders, {
  'an item for the order, and one for its customer': {
    given: { type: 'OrderPlaced.v1', data: { orderId: '7', customerId: 'ada', totalCents: 100 } },
    then: [item('7', 100), item('of-ada', 100)],
  },
  'also from the message of a bus': {
    message: {
      ...{ id: 'e', source: 'orders', 'detail-type': 'OrderPlaced.v1' },
      detail: {
        specversion: '1.0',
        id: '8',
        source: 'orders',
        type: 'OrderPlaced.v1',
        data: { orderId: '8', customerId: 'bob', totalCents: 5 },
      },
    },
    then: [item('8', 5), item('of-bob', 5)],
  },
});

inboxScenarios(till, {
  'what is sold': { message: { receipt: '1', kind: 'sold', parcel: '7', cents: 3 }, then: [item('7', 3)] },
  'what is void': { message: '{"receipt":"2","kind":"voided"}', then: [] },
});

inboxScenarios(stores, {
  'an object': {
    given: { type: 'Object Created', data: { object: { key: 'k', size: 4 } }, event: { source: 'aws.s3' } },
    then: [item('k', 4)],
  },
});
