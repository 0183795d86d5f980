import { expect, test } from '@jest/globals';
import { domain, till } from '../../../test/depot/index.ts';
import { plain } from '../../inboxes/format.ts';
import type { AnyInbox } from '../../inboxes/inbox.ts';
import { compareInboxes, inboxShapes } from './received.ts';

const shapes = inboxShapes(domain, String);
const changed = (change: Partial<AnyInbox>) =>
  inboxShapes({ ...domain, inboxes: [{ ...(till as unknown as AnyInbox), ...change }] }, String);
const before = { till: shapes['till'] as NonNullable<(typeof shapes)['till']> };
const findings = (after: typeof shapes) =>
  compareInboxes(before, after).map(({ severity, path, change }) => `${severity}: ${path} ${change}`);

test('the lock has the format of each inbox, where it reads ids, and its types', () =>
  expect(shapes).toEqual({
    orders: { format: 'cloudevents', receives: ['OrderPlaced.v1'] },
    till: { format: 'plain', identity: ['till', expect.stringContaining('receipt')], receives: ['sold', 'voided'] },
    stores: { format: 'eventbridge', receives: ['Object Created'] },
  }));

test('what has not changed is no finding', () => expect(findings(changed({}))).toEqual([]));

test.each<[string, Partial<AnyInbox>, readonly string[]]>([
  ['another name', { name: 'tills' }, ['incompatible: inbox till is no longer in the domain', 'compatible: inbox tills is a new inbox']],
  ['other types', { receives: {} }, ['compatible: inbox till receives other events']],
  [
    'ids from elsewhere',
    { format: plain({ source: 'till', body: till.receives.sold, id: ({ parcel }) => parcel, type: () => 'sold' }) },
    ['incompatible: inbox till reads the source and the id of an event in another way'],
  ],
])('%s', (_, change, says) => expect(findings(changed(change))).toEqual(says));
